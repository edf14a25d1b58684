"""`flowengine openapi`: the description of the API."""

from __future__ import annotations

import json

import click

from flowengine import __version__


@click.command()
def openapi() -> None:
    """Print the description of the canvas's API (OpenAPI 3.1), as GET /api gives it."""
    from flowengine_web.openapi import document

    click.echo(json.dumps(document(__version__), indent=2, ensure_ascii=False))

"""Arguments that several commands share."""

from __future__ import annotations

import os
from pathlib import Path

import click

from flowengine import settings
from flowengine.registry import Registry

flows_argument = click.argument(
    "path", type=click.Path(exists=True, path_type=Path), default=Path("flows"), metavar="[DIR|FILE]"
)
"""A folder of flows, or one flow file; `flows` in the current folder by default."""


def _no_code(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        os.environ[settings.NO_CODE] = "1"  # processes that flows run in see it too


no_code_option = click.option(
    "--no-code",
    is_flag=True,
    expose_value=False,
    callback=_no_code,
    help="Run no node that runs code of its own: Python, JavaScript, commands.",
)


def _registry(ctx: click.Context, param: click.Parameter, value: tuple[Path, ...]) -> Registry:
    registry = Registry.discover(value)
    for failed in registry.failed:
        click.echo(f"flowengine: package {failed.name} failed to import and is left out: {failed.error}", err=True)
    return registry


registry_option = click.option(
    "--nodes-dir",
    "registry",
    multiple=True,
    type=click.Path(path_type=Path),
    callback=_registry,
    help="A folder with node classes in single .py files; may be given several times.",
)
"""Gives the command the registry of all installed nodes and those in the named folders."""

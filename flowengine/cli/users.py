"""`flowengine users`: who may sign in at the canvas, and a new password for who forgot his."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import click

from flowengine.errors import FlowEngineError


@click.command()
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="DIR")
@click.argument("action", type=click.Choice(["list", "reset"]), default="list")
@click.argument("name", default="")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where `flowengine run` keeps what it keeps."
)
def users(path: Path, action: str, name: str, state: Path | None) -> None:
    """List who may sign in at the canvas of a folder; `reset NAME` prints a one-time link for a new password.

    The link can be used once within 24 hours, also while the engine runs.
    """
    from flowengine.access.access import ADDRESS, Access, access_file

    file = access_file(path, state)
    if not file.exists():
        raise FlowEngineError(f"{file}: no user exists yet; `flowengine run` prints a link for the first one")
    access = Access(file)
    try:
        if action == "list":
            for user in access.users.all():
                click.echo(f"{user.role:8}  {user.name}")
            return
        if not name:
            raise FlowEngineError("whose? flowengine users DIR reset NAME")
        user = access.users.find(name)
        token = access.links.make(user.name)
        address = access.database.fact(ADDRESS) or "http://127.0.0.1:1890"
        click.echo(f"{address}/setup?{urlencode({'token': token, 'name': user.name})}")
    finally:
        access.close()

"""`flowengine backup` and `flowengine restore`: a copy of all that the engine keeps, and its way back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import click

from flowengine.cli.options import flows_argument, registry_option
from flowengine.registry import Registry

_STATE = click.option(
    "--state",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder that `flowengine run --state` was given; by default .flowengine beside the flows.",
)


@click.command()
@flows_argument
@click.argument("target", type=click.Path(file_okay=False, path_type=Path))
@registry_option
@_STATE
def backup(path: Path, target: Path, registry: Registry, state: Path | None) -> None:
    """Copy all that the engine keeps to the folder TARGET, also while it runs.

    Each flow's state is that of one instant, and so is each file that a connection keeps, such as a historian's. The
    flow files themselves belong into git.
    """
    from flowengine.service.keeping import kept_elsewhere
    from flowengine.service.places import own_folder
    from flowengine.store.backup import backup as copy

    files, broken = kept_elsewhere(path, registry)
    for name in broken:
        click.echo(f"flow '{name}' has errors: files that its connections keep are not copied", err=True)
    try:
        done = copy(own_folder(path, state), target, files)
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"the backup was not made: {error}") from error
    click.echo(f"{len(done)} files copied to {target}")


@click.command()
@flows_argument
@click.argument("source", type=click.Path(file_okay=False, path_type=Path))
@_STATE
def restore(path: Path, source: Path, state: Path | None) -> None:
    """Put the backup in SOURCE where the engine keeps things; that must be empty, and the engine must not run.

    Files that connections keep elsewhere come back to where they were.
    """
    from flowengine.service.places import own_folder
    from flowengine.store.backup import restore as bring

    try:
        done = bring(source, own_folder(path, state))
    except (OSError, sqlite3.Error) as error:
        raise click.ClickException(f"nothing was restored: {error}") from error
    click.echo(f"{len(done)} files restored")

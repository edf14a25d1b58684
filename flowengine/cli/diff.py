"""`flowengine diff`: what changed between two flow files, by node and option."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from flowengine.errors import FlowInvalid

if TYPE_CHECKING:
    from flowengine.flow.file import FlowFile
    from flowengine.flow.model import Flow

existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("old", type=existing)
@click.argument("new", type=existing)
def diff(old: Path, new: Path) -> None:
    """Show what changed from OLD to NEW by node, option, wire and connection. Exit code 1 if anything did."""
    from flowengine.flow import diff as flow_diff
    from flowengine.flow.file import read_flow

    changes = flow_diff.diff(_sound(read_flow(old)), _sound(read_flow(new)))
    if changes:
        click.echo(str(changes))
    sys.exit(1 if changes else 0)


def _sound(file: FlowFile) -> Flow:
    """Return the flow of a file whose form is sound."""
    if file.flow is None:
        raise FlowInvalid(file.name, list(file.problems))
    return file.flow

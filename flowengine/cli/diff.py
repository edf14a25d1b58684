"""`flowengine diff`: what changed between two flow files or two folders of them, by node and option."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from flowengine.errors import FlowInvalid

if TYPE_CHECKING:
    from flowengine.flow.diff import FlowDiff
    from flowengine.flow.file import FlowFile
    from flowengine.flow.model import Flow

existing = click.Path(exists=True, path_type=Path)


@click.command()
@click.argument("old", type=existing)
@click.argument("new", type=existing)
@click.option("--json", "as_json", is_flag=True, help="Print the differences as one JSON array.")
def diff(old: Path, new: Path, as_json: bool) -> None:
    """Show what changed from OLD to NEW by node, option, wire and connection. Exit code 1 if anything did.

    OLD and NEW are two flow files, or two folders: then flows are compared by name, and the shared connections too.
    """
    if old.is_dir() != new.is_dir():
        raise click.UsageError("give two files or two folders")
    changes = [change for change in (_of_folders(old, new) if old.is_dir() else _of_files(old, new)) if change]
    if as_json:
        click.echo(
            msgspec.json.format(msgspec.json.encode([_as_dict(change) for change in changes]), indent=2).decode()
        )
    else:
        for change in changes:
            click.echo(str(change))
    sys.exit(1 if changes else 0)


def _of_files(old: Path, new: Path) -> list[FlowDiff]:
    from flowengine.flow.diff import diff as compare
    from flowengine.flow.file import read_flow

    return [compare(_sound(read_flow(old)), _sound(read_flow(new)))]


def _of_folders(old: Path, new: Path) -> list[FlowDiff]:
    from flowengine.flow.diff import diff as compare
    from flowengine.flow.model import Flow
    from flowengine.flow.project import CONNECTIONS, load_project

    before, after = load_project(old), load_project(new)
    shared = [Flow(name=CONNECTIONS, connections=dict(project.connections)) for project in (before, after)]
    return [compare(*shared)] + [
        compare(*(_sound(project.flows[name]) if name in project.flows else None for project in (before, after)))
        for name in sorted({*before.flows, *after.flows})
    ]


def _sound(file: FlowFile) -> Flow:
    """Return the flow of a file whose form is sound."""
    if file.flow is None:
        raise FlowInvalid(file.name, list(file.problems))
    return file.flow


def _as_dict(change: FlowDiff) -> dict[str, Any]:
    """Return a difference as JSON values, wires as flow files write them."""
    from flowengine.flow.file import to_data
    from flowengine.flow.model import Flow

    data: dict[str, Any] = msgspec.to_builtins(change)
    for key, wires in (("wires_added", change.wires_added), ("wires_removed", change.wires_removed)):
        data[key] = to_data(Flow(name=change.name, wires=wires)).get("wires", [])
    return {**data, "logic": change.logic}

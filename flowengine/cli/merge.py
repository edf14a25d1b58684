"""`flowengine merge`: a merge driver for git that knows what a flow is."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click
import msgspec

existing = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("base", type=existing)
@click.argument("ours", type=existing)
@click.argument("theirs", type=existing)
@click.option(
    "-o", "--output", metavar="FILE", help="Write the outcome there; - is standard output. By default to OURS."
)
@click.option("--name", default="", help="What to call the file in messages (%P in git's configuration).")
@click.option("--json", "as_json", is_flag=True, help="Print conflicts and dropped wires as one JSON object.")
def merge(base: Path, ours: Path, theirs: Path, output: str | None, name: str, as_json: bool) -> None:
    """Merge two versions of a flow file, OURS and THEIRS, that began as BASE.

    Edits of different nodes, options, wires or connections always merge. What both sides have changed is named and
    keeps ours; the outcome is a flow file in either case. Exit code 0: merged; 1: conflicts; 2: a version is no JSON
    object, nothing is written. docs/git.md says how git is told to use it.
    """
    from flowengine.flow.canonical import format_flow
    from flowengine.flow.file import write_text
    from flowengine.flow.merge import merge as merge_flows

    called = name or str(ours)
    merged = merge_flows(
        *(_read(file, called, word) for file, word in ((base, "base"), (ours, "ours"), (theirs, "theirs")))
    )
    text = format_flow(merged.data)
    if output == "-":
        click.echo(text, nl=False)
    else:
        write_text(Path(output) if output is not None else ours, text)
    if as_json:
        report = {"conflicts": [one.as_dict() for one in merged.conflicts], "dropped": merged.dropped}
        click.echo(msgspec.json.encode(report).decode(), err=output == "-")
    for conflict in merged.conflicts:
        click.echo(f"{called}: conflict: {conflict}", err=True)
    for wire in merged.dropped:
        click.echo(f"{called}: dropped: {wire}", err=True)
    sys.exit(1 if merged.conflicts else 0)


def _read(file: Path, name: str, word: str) -> dict[str, Any]:
    """Return the JSON object of one version; a file that did not exist before is an empty one."""
    from flowengine.flow.problem import errors
    from flowengine.flow.strict_json import read_json

    if word == "base" and not file.read_bytes().strip():
        return {}
    json = read_json(file, f"{name} ({word})")
    wrong = [problem for problem in errors(json.problems) if problem.code != "bom"]
    if wrong or not isinstance(json.value, dict):
        reason = str(wrong[0]) if wrong else f"{name} ({word}): not a JSON object"
        click.echo(f"flowengine merge: nothing is merged: {reason}", err=True)
        sys.exit(2)
    value: dict[str, Any] = json.value
    return value

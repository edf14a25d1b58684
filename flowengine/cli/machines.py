"""`flowengine machines`: how the machines of a running engine stand; arm, stop, reset."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from flowengine.cli.acting import way_in
from flowengine.cli.pressing import press
from flowengine.cli.top.asking import ask
from flowengine.runtime.guard.desk import WHATS
from flowengine_web.shapes import MachineActed, Machines


@click.command()
@click.argument("target", default="flows", metavar="[DIR|URL]")
@click.argument("what", default="show", type=click.Choice(["show", *WHATS]), metavar="[ACT]")
@click.argument("output", default="", metavar="[OUTPUT|GROUP]")
@click.argument("value", default="", metavar="[VALUE]")
@click.option("--cause", default="", help="Why everything is stopped.")
@click.option("--json", "as_json", is_flag=True, help="Print how they stand as one JSON object.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where the engine of DIR keeps what it keeps."
)
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The token for a URL.")
def machines(
    target: str,
    what: str,
    output: str,
    value: str,
    cause: str,
    as_json: bool,
    state: Path | None,
    token_file: Path | None,
) -> None:
    """Show how the machines stand, or act on them through the guard.

    \b
    arm [OUTPUT|GROUP]      let commands reach it; without a name: all
    disarm [OUTPUT|GROUP]   make it safe, and let none reach it
    mode OUTPUT MODE        off, advisory, automatic, manual
    write OUTPUT VALUE      by hand, in mode manual
    stop --cause WHY        the emergency stop: everything safe until somebody resets it
    reset-stop              let it go, once its cause is gone
    reset-trip [OUTPUT]     let a trip go, once its cause is gone

    Who owns the state folder of DIR may act. A URL needs a token of the role operator, by --token-file or the variable
    FLOWENGINE_TOKEN.
    """
    if what == "stop" and press(target, state, token_file, cause):
        click.echo("done, at the guard itself")
        return
    with way_in(target, state, token_file, acts=what != "show") as way:
        if what != "show":
            act = {"what": what, "target": output, "cause": cause}
            act |= {"mode": {"mode": value}, "write": {"value": _value(value)}}.get(what, {})
            body = msgspec.json.encode(act)
            done = ask(*way, "/api/machines/act", MachineActed, body)
            click.echo(done.said or "done")
            return
        found = ask(*way, "/api/machines", Machines)
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(_lines(found)))


def _value(text: str) -> Any:
    """Return a number, true or false as such, anything else as text."""
    try:
        found = json.loads(text)
    except ValueError:
        return text
    return found if isinstance(found, int | float | bool) else text


def _lines(found: Machines) -> Iterator[str]:
    if not found.guarded:
        yield "there is no envelope.json: nothing is guarded"
        return
    if found.refused:
        yield f"{found.refused}; nothing is written to any machine"
        return
    yield f"envelope version {found.version}, signed by {found.signed_by}"
    yield f"EMERGENCY STOP: {found.stops[0]}" if found.stops else "no emergency stop"
    for name, output in found.outputs.items():
        state = "armed" if output.armed else "disarmed"
        told = "-" if output.told is None else str(output.told)
        why = f"  {output.safe}" if output.safe else "" if output.follows else "  the machine does not follow"
        yield f"{name:24} {output.mode:10} {state:9} {told:>10} {output.unit:6}{why}".rstrip()
    for name, one in found.inputs.items():
        shown = f"not known ({one.quality})" if one.value is None else f"{one.value}"
        yield f"  input {name:18} {shown}"

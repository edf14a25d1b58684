"""`flowengine alarms`: the list of alarms of a running engine; acknowledge, shelve, look back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import click
import msgspec

from flowengine.cli.acting import way_in
from flowengine.cli.top.asking import ask
from flowengine_web.shapes import AlarmEntry, AlarmHistory, Alarms

WHATS: Final = ("show", "history", "acknowledge", "shelve", "unshelve", "out-of-service")


@click.command()
@click.argument("target", default="flows", metavar="[DIR|URL]")
@click.argument("what", default="show", type=click.Choice(WHATS), metavar="[ACT]")
@click.argument("names", nargs=-1, metavar="[ALARM]...")
@click.option(
    "--minutes", type=click.FloatRange(min=0, min_open=True), default=60.0, help="How long an alarm is shelved."
)
@click.option("--reason", default="", help="Why it is shelved or out of service.")
@click.option("--most", type=click.IntRange(1, 1000), default=100, help="How many entries of the history.")
@click.option("--json", "as_json", is_flag=True, help="Print the answer as JSON.")
@click.option(
    "--state", type=click.Path(file_okay=False, path_type=Path), help="Where the engine of DIR keeps what it keeps."
)
@click.option("--token-file", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="The token for a URL.")
def alarms(
    target: str,
    what: str,
    names: tuple[str, ...],
    minutes: float,
    reason: str,
    most: int,
    as_json: bool,
    state: Path | None,
    token_file: Path | None,
) -> None:
    """Show the list of alarms, or act on it.

    \b
    acknowledge [ALARM]...            they have been seen; without a name: all that are shown
    shelve ALARM... --reason WHY      silent for --minutes, then back by itself
    unshelve ALARM...                 back now, also from out-of-service
    out-of-service ALARM... --reason  silent until somebody takes it back
    history [ALARM]                   what happened, the newest first

    Who owns the state folder of DIR may act. A URL needs a token of the role operator, by --token-file or the variable
    FLOWENGINE_TOKEN.
    """
    if what in ("shelve", "unshelve", "out-of-service") and not names:
        raise click.UsageError(f"{what} needs the name of an alarm: `flowengine alarms {target}` shows them")
    with way_in(target, state, token_file, acts=what not in ("show", "history")) as way:
        if what == "history":
            asked = urlencode({"name": names[0] if names else "", "most": most})
            past = ask(*way, f"/api/alarms/history?{asked}", AlarmHistory)
            click.echo(msgspec.json.encode(past).decode() if as_json else "\n".join(map(_entry, past.entries)))
            return
        found = ask(*way, "/api/alarms", Alarms) if what == "show" or not names else None
        if what != "show":
            if found is not None:
                names = tuple(
                    one.name for one in found.alarms if one.state in ("unacknowledged", "returned", "latched")
                )
            if names:
                body = {"what": what, "names": names, "minutes": minutes, "reason": reason}
                found = ask(*way, "/api/alarms/act", Alarms, msgspec.json.encode(body))
    assert found is not None
    click.echo(msgspec.json.encode(found).decode() if as_json else "\n".join(_lines(found)))


def _lines(found: Alarms) -> Iterator[str]:
    if not found.alarms:
        yield "no alarms"
    if found.flood:
        yield "FLOOD: more alarms than one operator can look after; the most important are first"
    for one in found.alarms:
        state = one.aside or one.state
        until = f" until {_moment(one.until)}" if one.until else ""
        why = f"  [{one.reason}, {one.by}{until}]" if one.aside else ""
        yield f"{one.priority:9} {state:15} {_moment(one.since)}  {one.name}  {one.text}{why}"
    if found.left_out:
        yield f"and {found.left_out} more"


def _entry(entry: AlarmEntry) -> str:
    by = f" ({entry.by})" if entry.by else ""
    return f"{_moment(entry.time)}  {entry.priority:9} {entry.name or 'list'}  {entry.what}{by}  {entry.text}".rstrip()


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(seconds))

"""`flowengine assets`: the parts of a plant, what their ends would stop, what to buy and to replace."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from flowengine import settings
from flowengine.cli.options import registry_option
from flowengine.clock import Clock
from flowengine.registry import Registry

if TYPE_CHECKING:
    from flowengine.assets.survey import Part
    from flowengine.flow.plan import Plan


@click.command()
@click.argument(
    "folder", default="flows", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="[DIR]"
)
@click.argument("part", default="", metavar="[PART]")
@registry_option
@click.option(
    "--feed", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Notices; else notices.json."
)
@click.option("--today", default="", metavar="DAY", help="Reckon from this day: 2031-12-31.")
@click.option("--due", type=click.IntRange(min=0), help="Only parts with a date that has passed or comes within DAYS.")
@click.option("--remind", is_flag=True, help="A line for each date that a reminder has come to, for a mail once a day.")
@click.option("--read", is_flag=True, help="Ask the devices what they are, and say where the file says otherwise.")
@click.option("--json", "as_json", is_flag=True, help="Print the parts as one JSON array.")
def assets(
    folder: Path,
    part: str,
    registry: Registry,
    feed: Path | None,
    today: str,
    due: int | None,
    remind: bool,
    read: bool,
    as_json: bool,
) -> None:
    """Show the parts of assets.json, the most urgent first; with PART all about one of them.

    Exit code 0: no part has come to its end; 1: one has, or --read has found what the file does not say; 2: a file has
    errors.
    """
    from flowengine.assets.feed import FILE as FEED
    from flowengine.assets.feed import read_feed
    from flowengine.assets.file import assets_file, check_against, read_assets
    from flowengine.assets.survey import survey
    from flowengine.flow.plan import sound_plans
    from flowengine.flow.problem import errors
    from flowengine.flow.project import load_project

    try:
        day = date.fromisoformat(today) if today else datetime.fromtimestamp(Clock().now(), UTC).date()
    except ValueError:
        raise click.BadParameter(f"{today} is no day: expected such as 2031-12-31", param_hint="--today") from None
    found, notices = read_assets(assets_file(folder)), read_feed(feed or folder / FEED)
    plans = sound_plans(load_project(folder), registry, settings.environment(), settings.secret)
    problems = [*found.problems, *notices.problems, *check_against(found, plans)]
    for problem in problems:
        click.echo(str(problem), err=True)
    if errors(problems):
        sys.exit(2)
    packages = {name: kind.package for name, kind in registry.types.items()}
    parts = survey(found.assets, notices.feed, plans, packages, day)
    if part:
        parts = [one for one in parts if one.id == part]
        if not parts:
            raise click.BadParameter(f"there is no part '{part}'", param_hint="PART")
    if due is not None:
        parts = [one for one in parts if any(date.days <= due for date in one.dates)]
    if remind:
        click.echo("\n".join(_reminders(parts, found.assets.remind)))
    elif as_json:
        click.echo(msgspec.json.encode(parts).decode())
    else:
        lines = _all_of(parts[0]) if part else _table(parts)
        click.echo("\n".join(lines))
    differs = False
    if read:
        for line in asyncio.run(_read(found.assets, parts, plans)):
            differs = True
            click.echo(line)
    sys.exit(1 if differs or any(one.state == "past" for one in parts) else 0)


def _table(parts: list[Part]) -> Iterator[str]:
    from flowengine.assets.lifecycle import EVENTS
    from flowengine.assets.shape import PLACES

    shown = [one for one in parts if one.kind not in PLACES]
    if not shown:
        yield "no parts"
        return
    yield f"{'part':24} {'state':8} {'what':18} {'day':10} {'stops':>5} {'notices':>7}  product"
    for one in shown:
        what, day = (EVENTS[one.next.what], str(one.next.day)) if one.next else ("-", "-")
        product = f"{one.vendor} {one.model} {one.version}".strip()
        yield (
            f"{one.id:24} {one.state:8} {what:18} {day:10} {len(one.touched.outputs):5} {len(one.notices):7}  {product}"
        ).rstrip()


def _reminders(parts: list[Part], remind: list[int]) -> Iterator[str]:
    from flowengine.assets.lifecycle import EVENTS, reminder

    for part in parts:
        for due in part.dates:
            reached = reminder(due, remind)
            if reached is not None:
                away = f"in {due.days} days (reminder of {reached})" if due.days >= 0 else f"{-due.days} days ago"
                yield f"{due.day}  {part.id}: {EVENTS[due.what]} {away}"


def _all_of(part: Part) -> Iterator[str]:
    from flowengine.assets.lifecycle import EVENTS

    yield f"{part.name} ({part.kind}) {part.vendor} {part.model} {part.version}".rstrip()
    if part.place:
        yield f"  place      {' > '.join(part.place)}"
    for due in part.dates:
        away = f"{due.days} days" if due.days >= 0 else f"{-due.days} days ago"
        yield f"  {due.state:10} {EVENTS[due.what]} {due.day} ({away}){f': {due.why}' if due.why else ''}"
    if part.hours_on or part.running_hours:
        of = f" of {part.rated_hours:g}" if part.rated_hours else ""
        counted = f", counted by {part.hours_from}" if part.hours_from and not part.hours_problem else ""
        unsure = "" if part.hours_sure else ", which has not seen all of them"
        yield f"  hours      {part.running_hours:g}{of} on {part.hours_on or part.installed}{counted}{unsure}"
    if part.hours_problem:
        yield f"  hours      {part.hours_problem}"
    for notice in part.notices:
        score = f" {notice.score:g}" if notice.score else ""
        yield f"  notice     {notice.id} {notice.kind}{score}: {notice.title} {notice.url}".rstrip()
    for name, values in (("flows", part.touched.flows), ("tags", part.touched.tags)):
        if values:
            yield f"  {name:10} {', '.join(values)}"
    for output in part.touched.outputs:
        way = "" if output.direct else " (what it is told depends on this part)"
        yield f"  stops      {output.flow}/{output.node} {output.device}{way}".rstrip()
    if part.buy is not None:
        yield f"  buy        {part.buy.quantity} by {part.buy.by}: {part.buy.why}"
    if part.replace is not None:
        best = part.replace.product or "(no substitute known)"
        yield f"  replace    with {best}, order by {part.replace.by}: {part.replace.why}"


async def _read(assets: Any, parts: list[Part], plans: Mapping[str, Plan]) -> list[str]:
    """Ask the devices of the parts; gives a line for each that is away, or is not what the file says.

    A connection whose class has `identify(options, where)` can be asked: a coroutine that returns some of vendor, model
    and version, and raises OSError or ValueError. `where` is that of the asset.
    """
    connections = {name: one for plan in plans.values() for name, one in plan.connections.items()}
    lines = []
    for part in parts:
        asset = assets.assets[part.id]
        planned = connections.get(asset.connection)
        identify = getattr(planned.cls, "identify", None) if planned is not None else None
        if planned is None or identify is None:
            continue
        try:
            said = await identify(planned.options, asset.where)
        except (OSError, ValueError) as error:
            lines.append(f"{part.id}: does not say what it is: {error}")
            continue
        for name, mine in (("vendor", part.vendor), ("model", part.model), ("version", part.version)):
            if said.get(name) and said[name] != mine:
                lines.append(f"{part.id}: {name} is '{said[name][:100]}', not '{mine}'")
    return lines

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
@click.option("--read", is_flag=True, help="Ask the devices what they are, and say whether that is what the file says.")
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
    if not assets_file(folder).exists():
        click.echo(
            f"there is no {assets_file(folder)}: it says which parts the plant has, see docs/assets.md", err=True
        )
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
        for same, line in asyncio.run(_read(found.assets, parts, plans)):
            differs = differs or not same
            click.echo(line, err=as_json)
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
    if part.todo:
        yield f"  to do      {part.todo}"
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
        if notice.remedy:
            yield f"             {notice.remedy}"
    for name, values in (("flows", part.touched.flows), ("tags", part.touched.tags)):
        if values:
            yield f"  {name:10} {', '.join(values)}"
    for output in part.touched.outputs:
        way = "" if output.direct else " (what it is told depends on this part)"
        yield f"  stops      {output.flow}/{output.node} {output.device}{way}".rstrip()
    if part.buy is not None:
        when = f"by {part.buy.by}" if part.buy.sold else "are missing and no longer sold"
        yield f"  buy        {part.buy.quantity} {when}: {part.buy.why}"
    if part.replace is not None:
        best = part.replace.product or "(no substitute known)"
        yield f"  replace    with {best}, order by {part.replace.by}: {part.replace.why}"


async def _read(assets: Any, parts: list[Part], plans: Mapping[str, Plan]) -> list[tuple[bool, str]]:
    """Ask the devices of the parts; gives lines for each, and whether they say that it is what the file says.

    A connection whose class has `identify(options, where)` can be asked: a coroutine that returns some of vendor, code,
    product, model, version and `object N`, and raises OSError or ValueError. `where` is that of the asset.
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
            lines.append((False, f"{part.id}: does not say what it is: {error}"))
            continue
        if said:
            others = [f"{part.id}: {text}" for text in _otherwise(part, assets.products.get(asset.product), said)]
            lines += [(False, text) for text in others] or [(True, f"{part.id}: is what the file says")]
    return lines


def _otherwise(part: Part, product: Any, said: Mapping[str, str]) -> Iterator[str]:
    """Yield what a device says of itself that is not what the file says; devices name their model in several ways."""
    names = [said[word] for word in ("model", "product", "code") if said.get(word)]
    known = {text.casefold() for text in (part.model, product.order_code if product else "") if text}
    if names and known.isdisjoint(name.casefold() for name in names):
        yield f"model is '{names[0][:100]}', not '{part.model}'"
    serial = said.get(f"object {product.serial_object}", "") if product and product.serial_object else ""
    for name, now, mine in (
        ("vendor", said.get("vendor", ""), part.vendor),
        ("version", said.get("version", ""), part.version),
        ("serial", serial, part.serial),
    ):
        if now and now.casefold() != mine.casefold():
            other = f"not '{mine}'" if mine else "of which the file says nothing"
            yield f"{name} is '{now[:100]}', {other}"

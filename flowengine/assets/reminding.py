"""The dates of parts to which a reminder has come, with all that somebody needs to act on them.

Nodes ask here: it is the one module of the assets that they see. It reads the folder of the flows, not the engine, so
it gives the same in every process; whoever asks waits for the disk.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from flowengine import settings
from flowengine.assets.feed import FILE as FEED
from flowengine.assets.feed import read_feed
from flowengine.assets.file import FILE, read_assets
from flowengine.assets.lifecycle import EVENTS, Due, What, reminder
from flowengine.assets.shape import AssetShape, AssetsShape
from flowengine.assets.survey import Part, survey
from flowengine.flow.plan import sound_plans
from flowengine.flow.problem import errors
from flowengine.flow.project import load_project
from flowengine.registry import Registry
from flowengine.settings import FOLDER as FOLDER
from flowengine.whole_types import make_whole

make_whole()  # nodes load this when an engine runs already, and then ask from several threads

Stamp = tuple[tuple[int, int] | None, ...]
"""Time of the last change and size of the files that say what parts there are; None: there is no such file."""


@dataclass(frozen=True)
class Reminder:
    """One date of one part that somebody is to be reminded of."""

    part: str
    what: What
    day: date
    reached: int
    """Which of `remind` it has come to, in days; 0: the day has passed."""
    payload: Mapping[str, Any]
    """All of it, as plain values."""


def stamp(folder: Path) -> Stamp:
    """Return what tells whether assets.json or notices.json has changed."""
    return tuple(_mark(folder / name) for name in (FILE, FEED))


def reminders(folder: Path, today: date) -> list[Reminder]:
    """Return every date of every part to which a reminder has come, the most urgent part first.

    Raises:
        FileNotFoundError: there is no assets.json in the folder.
        ValueError: one of the files has errors; the text is the first of them.
    """
    file = folder / FILE
    if not file.exists():
        raise FileNotFoundError(f"there is no {file}")
    found, notices = read_assets(file), read_feed(folder / FEED)
    problems = errors([*found.problems, *notices.problems])
    if problems:
        raise ValueError(str(problems[0]))
    registry = Registry.discover()
    # What a part touches does not depend on any secret, so one that is not known here keeps no flow out.
    plans = sound_plans(
        load_project(folder), registry, settings.environment(), lambda name: settings.secret(name) or "-"
    )
    packages = {name: kind.package for name, kind in registry.types.items()}
    return [
        Reminder(part.id, due.what, due.day, reached, _payload(part, due, reached, found.assets))
        for part in survey(found.assets, notices.feed, plans, packages, today)
        for due in part.dates
        if (reached := reminder(due, found.assets.remind)) is not None
    ]


def _payload(part: Part, due: Due, reached: int, assets: AssetsShape) -> dict[str, Any]:
    asset = assets.assets[part.id]
    product = assets.products.get(asset.product)
    substitutes = [assets.products[name] for name in product.substitutes] if product else []
    outputs = [f"{one.flow}/{one.node}" for one in part.touched.outputs]
    event = EVENTS[due.what]
    said = f"{event} on {due.day}, {_away(due.days)}"
    return {
        "part": part.id,
        "name": part.name,
        "kind": part.kind,
        "place": list(part.place),
        "machine": _machine(asset, assets.assets),
        "what": due.what,
        "event": event,
        "day": str(due.day),
        "days": due.days,
        "reminder": reached,
        "why": "; ".join([f"{part.name}: {said}", *_stops(outputs)]),
        "vendor": part.vendor,
        "model": part.model,
        "order_code": product.order_code if product else "",
        "serial": part.serial,
        "installed": part.installed,
        "flows": list(part.touched.flows),
        "tags": list(part.touched.tags),
        "outputs": outputs,
        "spares": product.spares if product else 0,
        "substitutes": [f"{one.vendor} {one.model}" for one in substitutes],
        "buy": part.buy.quantity if part.buy and part.buy.sold else 0,
        "buy_by": str(part.buy.by) if part.buy and part.buy.sold else "",
        "replacement": part.replace.name if part.replace else "",
        "order_by": str(part.replace.by) if part.replace else "",
        "running_hours": part.running_hours,
    }


def _machine(asset: AssetShape, assets: Mapping[str, AssetShape]) -> str:
    """Return the name of the machine that a part is in; empty: it is in none."""
    at = asset.inside
    while at and assets[at].kind != "machine":
        at = assets[at].inside
    return (assets[at].name or at) if at else ""


def _away(days: int) -> str:
    if days >= 0:
        return "1 day left" if days == 1 else f"{days} days left"
    return "1 day ago" if days == -1 else f"{-days} days ago"


def _stops(outputs: list[str]) -> list[str]:
    return [] if not outputs else ["stops 1 output" if len(outputs) == 1 else f"stops {len(outputs)} outputs"]


def _mark(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size

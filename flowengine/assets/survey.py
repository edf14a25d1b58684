"""Everything that is known of the parts, together: dates, notices, what they touch, what to buy and to replace."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from msgspec.structs import replace

from flowengine.assets.counting import Count, counts_of
from flowengine.assets.feed import FeedShape, Notice, notices_of
from flowengine.assets.lifecycle import GRAVEST, Due, State, dates_of, state_of, worst
from flowengine.assets.shape import PLACES, AssetShape, AssetsShape, Kind, ProductShape
from flowengine.assets.spares import Purchase, last_time_buy
from flowengine.assets.touching import Touched, Touching
from flowengine.flow.plan import Plan


@dataclass(frozen=True)
class Replacement:
    """What to put in the place of a part, and when."""

    by: date
    """Day on which it must be ordered to be there in time."""
    product: str
    """The best substitute, or the same again where it is worn out; empty: none is known."""
    name: str
    """Its vendor and model; empty: none is known."""
    mapped: bool
    """Whether both have a register map, so that `flowengine migrate` can draft the flows."""
    why: str


@dataclass(frozen=True)
class Part:
    """One asset with all that is known of it."""

    id: str
    kind: Kind
    name: str
    place: tuple[str, ...]
    """The names of what it is part of, the largest first."""
    vendor: str
    model: str
    serial: str
    version: str
    installed: str
    state: State
    dates: tuple[Due, ...]
    notices: tuple[Notice, ...]
    touched: Touched
    buy: Purchase | None
    replace: Replacement | None
    running_hours: float = 0.0
    hours_on: str = ""
    """Day of which they are; empty: none are known."""
    hours_from: str = ""
    """Where a flow counts them: flow/tag; empty: nowhere, or in a flow that is not looked at."""
    hours_sure: bool = True
    """Whether the counter saw all of them."""
    hours_problem: str = ""
    """Why they are not what is counted, but what is written in the file."""
    rated_hours: float = 0.0
    """Hours that it is made to run; 0: not known."""

    todo: str = ""
    """What to do about it within the longest of `remind`, in short; empty: nothing."""

    @property
    def next(self) -> Due | None:
        """The date to look at: the one that has passed last, else the one that comes next."""
        dates = [due for due in self.dates if due.what != "warranty"]
        passed = [due for due in dates if due.state == "past"]
        return passed[-1] if passed else next(iter(dates), None)


def survey(
    assets: AssetsShape,
    feed: FeedShape,
    plans: Mapping[str, Plan],
    packages: Mapping[str, str],
    today: date,
    counts: Mapping[str, Count] | None = None,
) -> list[Part]:
    """Return all parts, the most urgent first; waits for the disk where flows count hours.

    Args:
        packages: which package each node type comes from.
        counts: what `counts_of` returns for these assets and plans, where that is known already.
    """
    touching = Touching(plans, packages)
    counts = counts_of(assets, plans) if counts is None else counts
    parts = [
        _part(id, asset, assets, feed, touching, today, counts.get(id, Count())) for id, asset in assets.assets.items()
    ]
    parts.sort(key=lambda part: (part.kind in PLACES, GRAVEST.index(part.state), _when(part), part.id))
    return parts


def _when(part: Part) -> date:
    return part.next.day if part.next is not None else date.max


def _part(
    id: str,
    asset: AssetShape,
    assets: AssetsShape,
    feed: FeedShape,
    touching: Touching,
    today: date,
    count: Count,
) -> Part:
    if count.hours is not None:
        asset = replace(asset, running_hours=count.hours, hours_on=count.day)
    product = assets.products.get(asset.product)
    soon = max(assets.remind, default=0)
    version = asset.version or _installed_version(asset.package)
    notices = notices_of(feed.notices, product, replace(asset, version=version)) if product is not None else []
    dates = dates_of(product, asset, notices, today, soon)
    buy = _purchase(asset, assets, dates, today) if product is not None else None
    if buy is not None and buy.sold:
        due = Due(
            "last_time_buy", buy.by, (buy.by - today).days, state_of(buy.by, today, soon), f"{buy.quantity} pieces"
        )
        dates = sorted([*dates, due], key=lambda due: (due.day, due.what))
    state = worst(dates)
    fault = next((notice for notice in notices if notice.kind in ("vulnerability", "recall")), None)
    if fault is not None and state in ("later", "unknown"):
        state = "soon"  # somebody has to look at it
    replacement = _replacement(product, asset, dates, assets, today)
    return Part(
        id,
        asset.kind,
        asset.name or id,
        _place(asset, assets.assets),
        product.vendor if product else "",
        product.model if product else "",
        asset.serial,
        version,
        asset.installed,
        state,
        tuple(dates),
        tuple(notices),
        touching.of(asset),
        buy,
        replacement,
        asset.running_hours,
        asset.hours_on,
        count.source,
        count.sure,
        count.problem,
        product.rated_hours if product else 0.0,
        _todo(fault, buy, replacement, today, soon),
    )


def _todo(fault: Notice | None, buy: Purchase | None, replacement: Replacement | None, today: date, soon: int) -> str:
    """Return the next step: a fault that was reported, else what is to be ordered first."""
    if fault is not None:
        return f"see to {fault.id}"
    steps: list[tuple[date, str]] = []
    if buy is not None and buy.sold:
        steps.append(
            (
                buy.by,
                f"order {buy.quantity} by {buy.by}" if buy.by >= today else f"order {buy.quantity} now: it is late",
            )
        )
    if replacement is not None:
        name, by = replacement.name, replacement.by
        if name:
            step = f"order {name} by {by}" if by >= today else f"order {name} now: it is late"
        else:
            step = f"find what can take its place by {by}" if by >= today else "find what can take its place now"
        steps.append((by, step))
    day, step = min(steps, default=(date.max, ""))
    return step if (day - today).days <= soon else ""


def _place(asset: AssetShape, assets: Mapping[str, AssetShape]) -> tuple[str, ...]:
    found: list[str] = []
    at = asset.inside
    while at:
        found.insert(0, assets[at].name or at)
        at = assets[at].inside
    return tuple(found)


def _purchase(asset: AssetShape, assets: AssetsShape, dates: Sequence[Due], today: date) -> Purchase | None:
    """Return the last purchase for all installed pieces of a part's product, until the last of them is not needed."""
    product = assets.products[asset.product]
    sale = next((due.day for due in dates if due.what == "end_of_sale"), None)
    alike = [other for other in assets.assets.values() if other.product == asset.product]
    needed = max((date.fromisoformat(other.needed_until) for other in alike if other.needed_until), default=None)
    if needed is None:
        needed = next((due.day for due in dates if due.what == "end_of_life"), None)
    if sale is None or needed is None:
        return None
    return last_time_buy(
        installed=len(alike),
        failures_per_year=product.failures_per_year,
        spares=product.spares,
        lead_time=product.lead_time,
        end_of_sale=sale,
        needed_until=needed,
        today=today,
    )


def _replacement(
    product: ProductShape | None, asset: AssetShape, dates: Sequence[Due], assets: AssetsShape, today: date
) -> Replacement | None:
    ends = [due for due in dates if due.what in ("end_of_support", "end_of_life", "worn_out")]
    if product is None or not ends:
        return None
    end = ends[0]
    again = [asset.product] if end.what == "worn_out" else []
    best = next((name for name in [*again, *product.substitutes] if _can_be_had(assets.products[name], today)), "")
    other = assets.products[best] if best else None
    lead = other.lead_time if other else product.lead_time
    by = date.fromordinal(max(1, end.day.toordinal() - round(lead)))
    words = {"end_of_support": "support ends", "end_of_life": "its life ends", "worn_out": "it is worn out"}
    name = f"{other.vendor} {other.model}" if other else ""
    mapped = bool(other and other is not product and other.registers and product.registers and asset.connection)
    return Replacement(by, best, name, mapped, f"{words[end.what]} on {end.day}; delivery takes {lead:g} days")


def _can_be_had(product: ProductShape, today: date) -> bool:
    return not product.end_of_sale or date.fromisoformat(product.end_of_sale) >= today


def _installed_version(package: str) -> str:
    """Return the version of a Python package that is installed here; empty: it is not, or is none."""
    if not package:
        return ""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""

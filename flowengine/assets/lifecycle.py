"""The dates of a part's life, and how far away they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

from flowengine.assets.feed import Notice
from flowengine.assets.shape import AssetShape, ProductShape

What = Literal["warranty", "end_of_sale", "last_time_buy", "end_of_support", "worn_out", "end_of_life"]
State = Literal["past", "soon", "later", "unknown"]

EVENTS: Final[dict[What, str]] = {
    "warranty": "end of warranty",
    "end_of_sale": "end of sale",
    "last_time_buy": "last time to buy",
    "end_of_support": "end of support",
    "worn_out": "end of rated hours",
    "end_of_life": "end of life",
}
"""What people call each date."""

GRAVEST: Final[tuple[State, ...]] = ("past", "soon", "unknown", "later")
"""Which state of several counts for a part."""

_ENDS: Final[tuple[What, ...]] = ("end_of_sale", "end_of_support", "end_of_life")

YEAR: Final = 365.25
"""Days of a year."""


@dataclass(frozen=True)
class Due:
    """One date of one part."""

    what: What
    day: date
    days: int
    """From today; negative: it has passed."""
    state: State
    why: str = ""
    """Where the date is from, where not from the file: the id of a notice, hours run."""


def dates_of(
    product: ProductShape | None, asset: AssetShape, notices: Sequence[Notice], today: date, soon: int
) -> list[Due]:
    """Return the dates of a part, the nearest first; `soon` is how many days before a date it is that.

    An end that a notice tells counts where it is earlier than that of the file, or the file has none.
    """
    found: dict[What, tuple[date, str]] = {}
    if asset.warranty_until:
        found["warranty"] = (date.fromisoformat(asset.warranty_until), "")
    if product is not None:
        for end in _ENDS:
            written = getattr(product, end)
            days = [(date.fromisoformat(written), "")] if written else []
            days += [(date.fromisoformat(notice.date), notice.id) for notice in notices if notice.kind == end]
            if days:
                found[end] = min(days)
        if worn := _worn_out(product, asset, today):
            found["worn_out"] = worn
    return sorted(
        (Due(what, day, (day - today).days, state_of(day, today, soon), why) for what, (day, why) in found.items()),
        key=lambda due: (due.day, due.what),
    )


def state_of(day: date, today: date, soon: int) -> State:
    """Say whether a day has passed, comes within `soon` days, or later."""
    days = (day - today).days
    return "past" if days < 0 else "soon" if days <= soon else "later"


def worst(dues: Iterable[Due]) -> State:
    """Return the state that counts for a part: that of its gravest date. A warranty that ends is no end of a part."""
    states = {due.state for due in dues if due.what != "warranty"}
    return next((state for state in GRAVEST if state in states), "unknown")


def reminder(due: Due, remind: Iterable[int]) -> int | None:
    """Return the reminder that a date has come to: the smallest of `remind` not below the days left; None: none yet.

    0 once the day has passed.
    """
    if due.days < 0:
        return 0
    return min((days for days in remind if due.days <= days), default=None)


def _worn_out(product: ProductShape, asset: AssetShape, today: date) -> tuple[date, str] | None:
    """Return the day on which the hours it is made for have run, going on as now.

    What has run them already is worn out, be it known or not how many it runs a year.
    """
    rated, run = product.rated_hours, asset.running_hours
    since = asset.hours_on or asset.installed
    if rated and run >= rated and not (asset.hours_per_year and since):
        return date.fromisoformat(since) if since else today, f"{run:g} of {rated:g} h"
    if not (rated and asset.hours_per_year and since):
        return None
    years = (rated - run) / asset.hours_per_year
    try:
        day = date.fromisoformat(since) + timedelta(days=round(years * YEAR))
    except OverflowError:
        return None  # after the year 9999
    return day, f"{run:g} of {rated:g} h on {since}, {asset.hours_per_year:g} h a year"

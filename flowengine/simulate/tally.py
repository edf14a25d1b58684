"""Notes what one version would have written at each output, and what became of each command."""

from __future__ import annotations

import bisect
import itertools
import math
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from flowengine.safety.limits import is_number
from flowengine.simulate.result import Figures

MOST_REASONS: Final = 20
"""Reasons kept for one output; further ones are counted under their code alone."""
MOST_POINTS: Final = 400_000
"""Values kept of one output; what comes beyond is counted, and missing in the chart."""
MOST_TEXT: Final = 300

Key = tuple[str, str, str]
"""Flow, node, and the output of the envelope (or its address where it is not listed)."""


class Why(NamedTuple):
    """Commands that were not written as asked, for one reason."""

    outcome: Literal["clamp", "hold", "refuse", "safe"]
    code: str


@dataclass
class Told:
    """What one output was told by one version."""

    unit: str = ""
    figures: Figures = field(default_factory=Figures)
    times: array[float] = field(default_factory=lambda: array("d"))
    values: array[float] = field(default_factory=lambda: array("d"))
    """What stands there from each of the times on; a text counts as its number of order."""
    reasons: dict[Why, tuple[str, float, int]] = field(default_factory=dict)
    """The text the first time, when that was, how often."""
    total: float = 0.0
    texts: dict[str, int] = field(default_factory=dict)

    def asked(self, value: Any) -> None:
        """Note a command."""
        figures = self.figures
        figures.commands += 1
        if is_number(value):
            figures.asked_least = _least(figures.asked_least, value)
            figures.asked_most = _most(figures.asked_most, value)

    def written(self, value: Any, at: float) -> None:
        """Note a value that the machine would have got."""
        figures = self.figures
        figures.written += 1
        if is_number(value):
            figures.least, figures.most = _least(figures.least, value), _most(figures.most, value)
            self.total += value
            figures.mean = self.total / figures.written
        self.stands(value, at)

    def stands(self, value: Any, at: float) -> None:
        """Note what the output stands at from a time on."""
        if isinstance(value, str):
            value = self.texts.setdefault(value[:MOST_TEXT], len(self.texts))
        number = float(value)
        if math.isfinite(number) and len(self.times) < MOST_POINTS:
            self.times.append(at)
            self.values.append(number)

    def why(self, why: Why, text: str, at: float) -> None:
        """Note why something was not written as asked."""
        known = self.reasons.get(why)
        if known is None and len(self.reasons) < MOST_REASONS:
            self.reasons[why] = text[:MOST_TEXT], at, 1
        elif known is not None:
            self.reasons[why] = (*known[:2], known[2] + 1)

    def at(self, time: float) -> float | None:
        """Return what it stood at; None: nothing had been written yet."""
        place = bisect.bisect_right(self.times, time)
        return self.values[place - 1] if place else None


@dataclass
class Tally:
    """What one version would have written, output by output."""

    told: dict[Key, Told] = field(default_factory=dict)
    failures: dict[tuple[str, str], tuple[str, int]] = field(default_factory=dict)
    """Flow and node -> the first error, and how many messages failed there."""
    closed: bool = False

    def of(self, key: Key, unit: str = "") -> Told:
        """Return what is noted of an output."""
        found = self.told.get(key)
        if found is None:
            found = self.told[key] = Told(unit)
        return found

    def failed(self, flow: str, node: str, error: Exception) -> None:
        """Note a message that failed and that no error port took."""
        if not self.closed:
            text, count = self.failures.get((flow, node), (str(error)[:MOST_TEXT] or type(error).__name__, 0))
            self.failures[flow, node] = text, count + 1


def largest_difference(old: Told, new: Told) -> tuple[float | None, float]:
    """Return how far apart both stood at most, and when; None: never did both stand at something."""
    found, when = None, 0.0
    for time, one, other in _both(old, new):
        if one is not None and other is not None and (found is None or abs(other - one) > found):
            found, when = abs(other - one), time
    return found, when


def differs(old: Told, new: Told) -> bool:
    """Say whether one ever stood at something else than the other, or wrote more or less."""
    if old.texts != new.texts or old.figures.written != new.figures.written:
        return True
    return any(one != other for _, one, other in _both(old, new))


def _both(old: Told, new: Told) -> Iterator[tuple[float, float | None, float | None]]:
    """Yield what both stand at, at each time at which one of them changes; what changes at once is looked at once."""
    times = sorted({*old.times, *new.times})
    for time in times:
        yield time, old.at(time), new.at(time)


class Chart(NamedTuple):
    """Points of both versions; None: nothing had been written yet."""

    times: list[float]
    old: list[float | None]
    new: list[float | None]


def chart(old: Told | None, new: Told | None, begin: float, end: float, points: int = 300) -> Chart:
    """Return about `points` points at most: of each stretch of time the least and greatest value of each version."""
    one, other = old or Told(), new or Told()
    chosen = {begin, end}
    if len(one.times) + len(other.times) <= points:
        chosen |= {*one.times, *other.times}
    else:
        width = (end - begin) / max(1, points // 4) or 1.0
        for told in (one, other):
            for _, group in itertools.groupby(zip(told.times, told.values, strict=True), lambda p: p[0] // width):
                stretch = list(group)
                chosen |= {min(stretch, key=lambda p: p[1])[0], max(stretch, key=lambda p: p[1])[0]}
    times = sorted(chosen)
    return Chart(times, [one.at(time) for time in times], [other.at(time) for time in times])


def _least(before: float | None, value: float) -> float:
    return value if before is None or value < before else before


def _most(before: float | None, value: float) -> float:
    return value if before is None or value > before else before

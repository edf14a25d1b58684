"""Compares what came with what was expected; what does not agree is said so that the cause can be seen."""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from msgspec import UNSET

from flowengine.flow.problem import Keys, listed
from flowengine.plain import from_plain
from flowengine.rehearse.condition import (
    condition_in_words,
    distance,
    equal,
    fits,
    in_time,
    is_timed,
    looking_at,
    message_in_words,
    place_in_words,
    shown,
    time_in_words,
)
from flowengine.rehearse.file import Case
from flowengine.rehearse.places import Place, Places
from flowengine.rehearse.record import Arrival, FailedMessage, Record, leaving
from flowengine.rehearse.shape import Bounds, Condition, Expectation, Failure, Timed

MOST_SHOWN: Final = 5
"""Messages shown of those that came instead."""


@dataclass(frozen=True)
class Unmet:
    """One expectation that was not met."""

    keys: Keys
    expected: str
    came: list[str]
    """What came instead, in lines."""


def judge_case(case: Case, places: Places, record: Record) -> list[Unmet]:
    """Return every expectation of a test that was not met."""
    judge = Judge(places, record)
    found: list[Unmet | None] = []
    for number, expectation in enumerate(case.test.expect):
        found.append(judge.expectation((*case.keys, "expect", number), expectation))
    for number, condition in enumerate(case.test.final):
        found.append(judge.final((*case.keys, "final", number), condition))
    return [unmet for unmet in found if unmet is not None] + _judge_failures(case, record)


def watched_places(case: Case, places: Places) -> set[Place]:
    """Return the places that a test speaks of, as a record names them."""
    conditions: list[Condition] = [*case.test.final]
    for expectation in case.test.expect:
        conditions += [expectation] if expectation.order is UNSET else expectation.order
    return {place_of(condition, places) for condition in conditions}


def place_of(condition: Condition, places: Places) -> Place:
    """Return the place of a condition, as a record names it."""
    if condition.node is not UNSET:
        return places.input(condition.node)
    assert condition.leaves is not UNSET
    return leaving(*places.output(condition.leaves))


class Judge:
    """Judges the expectations of one test."""

    def __init__(self, places: Places, record: Record) -> None:
        self.places = places
        self.record = record

    def arrivals(self, condition: Condition) -> list[Arrival]:
        """Return everything that came to the place of a condition."""
        return self.record.arrivals[place_of(condition, self.places)]

    def expectation(self, keys: Keys, expectation: Expectation) -> Unmet | None:
        """Judge one expectation."""
        if expectation.order is not UNSET:
            return self._order(keys, expectation.order)
        arrivals = inside = self.arrivals(expectation)
        if is_timed(expectation):
            timely = in_time(expectation)
            inside = [arrival for arrival in arrivals if timely(arrival.time)]
        if expectation.payloads is not UNSET:
            return self._payloads(keys, expectation, inside, expectation.payloads)
        fit = fits(expectation)
        good = [arrival for arrival in inside if fit(arrival.msg)]
        low, high = _bounds(expectation.count, 0 if expectation.all and expectation.count is not UNSET else 1)
        where = f"{place_in_words(expectation)}{time_in_words(expectation)}"
        what = condition_in_words(expectation)
        if expectation.all and len(good) < len(inside):
            bad = [arrival for arrival in inside if not fit(arrival.msg)]
            came = [f"{len(bad)} of {len(inside)} not so:", *_listed(expectation, bad)]
            return Unmet(keys, f"every message {where}: {what}", came)
        if low <= len(good) and (high is None or len(good) <= high):
            return None
        expected = f"{_number_in_words(low, high)} {where}{': ' * bool(what)}{what}"
        if len(good) > low:
            return Unmet(keys, expected, [f"{len(good)}:", *_listed(expectation, good)])
        return Unmet(keys, expected, self._too_few(expectation, arrivals, inside, good))

    def final(self, keys: Keys, condition: Condition) -> Unmet | None:
        """Judge what the last message of a place says."""
        arrivals = self.arrivals(condition)
        if arrivals and fits(condition)(arrivals[-1].msg):
            return None
        expected = f"the last message {place_in_words(condition)}: {condition_in_words(condition) or 'any'}"
        came = _listed(condition, arrivals[-MOST_SHOWN:]) if arrivals else self._none(condition)
        return Unmet(keys, expected, came)

    def _order(self, keys: Keys, steps: list[Timed]) -> Unmet | None:
        last: Arrival | None = None
        for number, step in enumerate(steps):
            fit, timely = fits(step), in_time(step)
            least = last.number if last is not None else -1
            good = [a for a in self.arrivals(step) if timely(a.time) and fit(a.msg)]
            following = next((arrival for arrival in good if arrival.number > least), None)
            if following is None:
                expected = f"step {number + 1} of {len(steps)}: {_step_in_words(step)}"
                came: list[str] = []
                if last is not None:
                    expected += f", after {_step_in_words(steps[number - 1])}, which came at {last.time:g} s"
                if good:
                    came = ["only before that:", *_listed(step, good[-MOST_SHOWN:])]
                else:
                    came = self._too_few(step, self.arrivals(step), self.arrivals(step), [])
                return Unmet((*keys, "order", number), expected, came)
            last = following
        return None

    def _payloads(self, keys: Keys, expectation: Expectation, inside: list[Arrival], stated: list[Any]) -> Unmet | None:
        look = looking_at(expectation)
        tolerance = 0.0 if expectation.tolerance is UNSET else expectation.tolerance
        wanted = [from_plain(value) for value in stated]
        found = [look(arrival.msg) for arrival in inside]
        pairs = zip(found, wanted, strict=False)
        same = next((n for n, (value, want) in enumerate(pairs) if not equal(value, want, tolerance)), None)
        if same is None and len(found) == len(wanted):
            return None
        at = min(len(found), len(wanted)) if same is None else same
        expected = f"{len(wanted)} {place_in_words(expectation)}{time_in_words(expectation)}: {shown(wanted)}"
        came = [f"{len(found)}: {shown(found)}"] if found else self._none(expectation)
        if found or wanted:
            want = shown(wanted[at]) if at < len(wanted) else "no further message"
            got = f"{shown(found[at])} at {inside[at].time:g} s" if at < len(found) else "no further message"
            came.append(f"number {at + 1}: expected {want}, came {got}")
        return Unmet(keys, expected, came)

    def _too_few(
        self, condition: Condition, arrivals: list[Arrival], inside: list[Arrival], good: list[Arrival]
    ) -> list[str]:
        if not arrivals:
            return self._none(condition)
        fit = fits(condition)
        timely = {arrival.number for arrival in inside}
        others = [arrival for arrival in inside if not fit(arrival.msg)]
        outside = [arrival for arrival in arrivals if arrival.number not in timely and fit(arrival.msg)]
        lines = [f"{len(good)} such"] if good else []
        lines += _listed(condition, good) if good else []
        if outside:
            lines += [f"{len(outside)} such at other times:", *_listed(condition, outside)]
        if others:
            lines += [f"{len(others)} other in that time, the nearest:", *_nearest(condition, others)]
        if not inside and not outside:
            lines += [f"nothing in that time; {len(arrivals)} at other times:", *_listed(condition, arrivals)]
        return lines

    def _none(self, condition: Condition) -> list[str]:
        """Say that nothing came, and how far messages got."""
        node, _ = place_of(condition, self.places)
        feeders = [wire.source for wire in self.places.plan.wires if wire.target == node]
        name = self.places.shown(node)
        if condition.leaves is not UNSET:
            return [f"nothing left {name} by this port"]
        named = [self.places.shown(feeder) for feeder in dict.fromkeys(feeders)]
        return [f"nothing came to {name}" + (f"; it is fed by {listed(named)}" if named else "; no wire leads to it")]


def _judge_failures(case: Case, record: Record) -> list[Unmet]:
    expected = case.test.failures
    keys: Keys = (*case.keys, "failures")
    if isinstance(expected, int):
        if len(record.failures) == expected:
            return []
        what = f"{expected} message{'s' * (expected != 1)} to fail" if expected else "no message to fail"
        count = [f"{len(record.failures)} failed:"] if record.failures else ["none failed"]
        return [Unmet(keys if expected else case.keys, what, count + _failed(record.failures))]
    unmet: list[Unmet] = []
    left = list(record.failures)
    for number, failure in enumerate(expected):
        found = [failed for failed in record.failures if _is_expected(failed, failure)]
        left = [failed for failed in left if not _is_expected(failed, failure)]
        low, high = _bounds(failure.count, 1)
        if len(found) < low or (high is not None and len(found) > high):
            words = [f"at {failure.node}"] if failure.node is not UNSET else []
            words += [failure.kind] if failure.kind is not UNSET else []
            words += [f"'{failure.error}'"] if failure.error else []
            what = f"{_number_in_words(low, high)} to fail{' ' * bool(words)}{', '.join(words)}"
            others = [failed for failed in record.failures if not _is_expected(failed, failure)]
            came = [f"{len(found)} such", *_failed(found), *(["other failures:"] * bool(others)), *_failed(others)]
            unmet.append(Unmet((*keys, number), what, came))
    if left:
        unmet.append(Unmet(keys, "no other message to fail", [f"{len(left)} failed:", *_failed(left)]))
    return unmet


def _is_expected(failed: FailedMessage, failure: Failure) -> bool:
    return (
        (failure.node is UNSET or failed.node == failure.node)
        and (failure.kind is UNSET or failed.kind == failure.kind)
        and failure.error in failed.error
    )


def _bounds(count: Any, least: int) -> tuple[int, int | None]:
    if isinstance(count, Bounds):
        return count.min, None if count.max is UNSET else count.max
    return (least, None) if count is UNSET else (count, count)


def _number_in_words(low: int, high: int | None) -> str:
    if high == 0:
        return "no message"
    number = f"at least {low}" if high is None else f"{low}" if low == high else f"{low} to {high}"
    return f"{number} message{'s' * (low != 1 or (high is not None and high > 1))}"


def _step_in_words(step: Timed) -> str:
    what = condition_in_words(step)
    return f"{what}{' ' * bool(what)}{place_in_words(step)}{time_in_words(step)}"


def _nearest(condition: Condition, arrivals: list[Arrival]) -> list[str]:
    far = distance(condition)
    if far is None:
        return _listed(condition, arrivals)
    nearest = heapq.nsmallest(MOST_SHOWN, arrivals, key=lambda arrival: far(arrival.msg))
    return _listed(condition, sorted(nearest, key=lambda arrival: arrival.number))


def _listed(condition: Condition, arrivals: Iterable[Arrival]) -> list[str]:
    arrivals = list(arrivals)
    lines = [f"  {a.time:10.3f} s  {message_in_words(condition, a.msg)}" for a in arrivals[:MOST_SHOWN]]
    rest = len(arrivals) - MOST_SHOWN
    return lines + ([f"  and {rest} more, the last at {arrivals[-1].time:g} s"] if rest > 0 else [])


def _failed(failures: list[FailedMessage]) -> list[str]:
    lines = [
        f"  {f.time:10.3f} s  {f.node}: {f.kind}: {f.error}"
        + (f" [payload {shown(f.msg.payload, 60)}]" if f.msg is not None else "")
        for f in failures[:MOST_SHOWN]
    ]
    rest = len(failures) - MOST_SHOWN
    return lines + ([f"  and {rest} more"] if rest > 0 else [])

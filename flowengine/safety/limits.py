"""Range, rate of change and interval: how far and how often an output may be moved."""

from __future__ import annotations

import math
from typing import Final, NamedTuple

from flowengine.safety.model import Output, Value
from flowengine.safety.verdict import Verdict, refuse

CREDIT: Final = 1.0
"""Seconds of rate that a pause saves up at most, or one interval if that is longer: no silence earns a great leap."""
MOST: Final = 1e300
"""A number beyond this counts as infinite."""
ROUNDING: Final = 1e-9
"""How much, relative, sums of floating point numbers may be off."""


class Last(NamedTuple):
    """What an output was told last."""

    value: Value
    at: float
    """When, in monotonic seconds."""


def step(output: Output, elapsed: float) -> float:
    """Return how far a number may move after so many seconds."""
    if output.rate is None:
        return math.inf
    return output.rate * min(max(0.0, elapsed), max(CREDIT, output.interval))


def limited(output: Output, value: Value, last: Last | None, now: float) -> Verdict:
    """Judge a value by an output's range, interval and rate.

    `last` is what it was told last; None: not known, then range alone can be judged.
    """
    wrong = _kind(output, value)
    if wrong:
        return refuse(value, "value", wrong)
    if last is not None and now - last.at < output.interval:
        reason = f"{now - last.at:.3g} s after the last write; it may be written every {output.interval:g} s"
        return Verdict("hold" if output.clamp else "refuse", value, reason, "interval")
    if not output.numeric:
        return Verdict("allow", value)
    assert output.low is not None
    assert output.high is not None
    number, unit = float(value), f" {output.unit}" if output.unit else ""
    to = min(max(number, output.low), output.high)
    code, reason = "range", f"{number:g}{unit} is outside {output.low:g} to {output.high:g}{unit}"
    if last is not None:
        start, most = float(last.value), step(output, now - last.at)
        near = min(max(to, start - most), start + most)
        near = min(max(near, output.low), output.high)  # whatever it stands at: the range holds first
        if abs(near - to) > ROUNDING * (abs(to) + abs(start)):
            to, code = near, "rate"
            reason = f"from {start:g} to {number:g}{unit} at once; it may change by {output.rate:g}{unit} in a second"
    if to == number:
        return Verdict("allow", value)
    return Verdict("clamp", to, f"{reason}: cut to {to:g}", code) if output.clamp else refuse(value, code, reason)


def is_number(value: object) -> bool:
    """Say whether a value is a finite number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return -MOST <= value <= MOST


def _kind(output: Output, value: Value) -> str:
    """Say why an output cannot take such a value at all; empty: it can."""
    if output.numeric:
        if not is_number(value):
            return f"{value!r:.60} is no number that can be written"
        return ""
    if not output.takes(value):
        return f"{value!r:.60} is not among what may be written: {', '.join(map(repr, output.values))}"
    return ""

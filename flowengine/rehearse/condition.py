"""Whether a message is as a condition says, and both of them in words."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, Final

from msgspec import UNSET

from flowengine import path
from flowengine.message import Message
from flowengine.plain import from_plain, to_plain
from flowengine.rehearse.shape import Condition, Timed

ROUNDING: Final = 1e-9
"""Computed numbers may differ by this share without being different."""

MILLISECOND: Final = 0.001

Test = Callable[[Message], bool]


def fits(condition: Condition) -> Test:
    """Return the function that says whether a message is as stated."""
    tests: list[Test] = []
    look = looking_at(condition)
    tolerance = 0.0 if condition.tolerance is UNSET else condition.tolerance
    if condition.payload is not UNSET:
        wanted = from_plain(condition.payload)
        tests.append(lambda msg: equal(look(msg), wanted, tolerance))
    if condition.near is not UNSET:
        near = condition.near
        tests.append(lambda msg: is_number(look(msg)) and equal(look(msg), near, tolerance))
    if condition.range is not UNSET:
        low, high = condition.range
        least, most = -math.inf if low is None else low, math.inf if high is None else high
        tests.append(lambda msg: is_number(value := look(msg)) and least <= value <= most)
    if condition.matches is not UNSET:
        part = from_plain(condition.matches)
        tests.append(lambda msg: includes(look(msg), part))
    if condition.msg is not UNSET:
        properties = from_plain(condition.msg)
        tests.append(lambda msg: includes(msg.as_dict(), properties))
    if condition.topic is not UNSET:
        topic = condition.topic
        tests.append(lambda msg: msg.topic == topic)
    if condition.quality is not UNSET:
        quality = condition.quality
        tests.append(lambda msg: msg.quality == quality)
    if len(tests) == 1:  # the usual case, asked of each message of a day
        return tests[0]
    return lambda msg: all(test(msg) for test in tests)


def looking_at(condition: Condition) -> Callable[[Message], Any]:
    """Return the function that takes the value in question out of a message."""
    if condition.property == "payload":
        return lambda msg: msg.payload
    return lambda msg: msg.get(condition.property, path.MISSING)


def distance(condition: Condition) -> Callable[[Message], float] | None:
    """Return the function that says how far a message's number is from what is stated; None if none is stated."""
    look = looking_at(condition)
    low, high = condition.range if condition.range is not UNSET else (None, None)
    target = condition.near if condition.near is not UNSET else condition.payload
    if not is_number(target) and low is None and high is None:
        return None

    def far(msg: Message) -> float:
        value = look(msg)
        if not is_number(value):
            return math.inf
        if is_number(target):
            return float(abs(value - target))
        return max(0.0 if low is None else low - value, 0.0 if high is None else value - high, 0.0)

    return far


def is_timed(timed: Timed) -> bool:
    """Say whether a time is stated at all."""
    return timed.at is not UNSET or timed.after is not UNSET or timed.by is not UNSET


def in_time(timed: Timed) -> Callable[[float], bool]:
    """Return the function that says whether a moment is within the stated time."""
    if timed.at is not UNSET:
        at = timed.at
        return lambda moment: abs(moment - at) <= MILLISECOND
    after = 0.0 if timed.after is UNSET else timed.after
    by = math.inf if timed.by is UNSET else timed.by
    return lambda moment: after - ROUNDING <= moment <= by + ROUNDING


def equal(value: Any, wanted: Any, tolerance: float = 0.0) -> bool:
    """Say whether two JSON values are the same; numbers up to rounding, or up to `tolerance`."""
    if is_number(value) and is_number(wanted):
        if tolerance:
            return bool(abs(value - wanted) <= tolerance * (1 + ROUNDING))
        return bool(value == wanted) or math.isclose(value, wanted, rel_tol=ROUNDING, abs_tol=1e-12)
    if isinstance(value, list | tuple) and isinstance(wanted, list):
        return len(value) == len(wanted) and all(equal(v, w, tolerance) for v, w in zip(value, wanted, strict=True))
    if isinstance(value, dict) and isinstance(wanted, dict):
        return value.keys() == wanted.keys() and all(equal(value[k], w, tolerance) for k, w in wanted.items())
    return type(value) is type(wanted) and bool(value == wanted)


def includes(value: Any, part: Any) -> bool:
    """Say whether a value has at least what `part` says: its keys at any depth; lists entry by entry."""
    if isinstance(part, dict):
        return isinstance(value, dict) and all(key in value and includes(value[key], p) for key, p in part.items())
    if isinstance(part, list):
        same = isinstance(value, list | tuple) and len(value) == len(part)
        return same and all(includes(v, p) for v, p in zip(value, part, strict=True))
    return equal(value, part)


def is_number(value: Any) -> bool:
    """Say whether a value is a number that can be compared."""
    if value.__class__ is float:
        return bool(value == value)  # NaN alone is not
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


# --- in words ---


def condition_in_words(condition: Condition) -> str:
    """Say what a message must be like; empty when nothing is stated."""
    what = condition.property
    margin = f" ± {condition.tolerance:g}" if condition.tolerance is not UNSET else ""
    words: list[str] = []
    if condition.payload is not UNSET:
        words.append(f"{what} {shown(from_plain(condition.payload))}{margin}")
    if condition.near is not UNSET:
        words.append(f"{what} {condition.near:g}{margin}")
    if condition.range is not UNSET:
        low, high = condition.range
        limits = [] if low is None else [f"at least {low:g}"]
        limits += [] if high is None else [f"at most {high:g}"]
        words.append(f"{what} {' and '.join(limits) or 'a number'}")
    if condition.matches is not UNSET:
        words.append(f"{what} with {shown(condition.matches)}")
    if condition.msg is not UNSET:
        words.append(f"with {shown(condition.msg)}")
    if condition.topic is not UNSET:
        words.append(f"topic '{condition.topic}'")
    if condition.quality is not UNSET:
        words.append(f"quality {condition.quality}")
    return ", ".join(words)


def place_in_words(condition: Condition) -> str:
    """Say where a message must be."""
    return f"to {condition.node}" if condition.node is not UNSET else f"from {condition.leaves}"


def time_in_words(timed: Timed) -> str:
    """Say when, with a leading space; empty when at any time."""
    if timed.at is not UNSET:
        return f" at {timed.at:g} s"
    after = f" after {timed.after:g} s" if timed.after is not UNSET else ""
    by = f" by {timed.by:g} s" if timed.by is not UNSET else ""
    return f"{after}{' and' * bool(after and by)}{by}"


def message_in_words(condition: Condition, msg: Message) -> str:
    """Show of a message what a condition asks about."""
    value = looking_at(condition)(msg)
    words = [f"{condition.property} {'missing' if value is path.MISSING else shown(value)}"]
    if condition.topic is not UNSET:
        words.append(f"topic '{msg.topic}'")
    if condition.quality is not UNSET or msg.quality != "good":
        words.append(f"quality {msg.quality}")
    if condition.msg is not UNSET:
        found = msg.as_dict()
        words += [
            f"{key} {shown(found[key]) if key in found else 'missing'}"
            for key in condition.msg
            if key not in ("payload", "topic", "quality")
        ]
    return ", ".join(words)


def shown(value: Any, most: int = 120) -> str:
    """Show a value on one line, shortened."""
    if isinstance(value, float):
        return f"{value:.9g}"
    text = json.dumps(to_plain(value), ensure_ascii=False)
    return text if len(text) <= most else text[: most - 3] + "..."

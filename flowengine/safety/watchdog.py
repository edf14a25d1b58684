"""Silence and disobedience: an output that nobody commands, and a machine that does not follow."""

from __future__ import annotations

from typing import Any, Literal

from flowengine.safety.limits import Last, is_number
from flowengine.safety.model import Output
from flowengine.safety.readings import Readings

Following = Literal["unknown", "waiting", "follows", "fails"]


def silent(output: Output, alive_at: float, now: float) -> bool:
    """Say whether nobody has commanded an output for longer than its watchdog allows."""
    return output.watchdog is not None and now - alive_at > output.watchdog


def following(output: Output, last: Last | None, readings: Readings, now: float) -> Following:
    """Say whether the machine shows what it was told last."""
    back = output.read_back
    if back is None or last is None:
        return "unknown"
    shown = readings.value(back.input, now)
    if _same(shown, last.value, back.tolerance):
        return "follows"
    return "waiting" if now - last.at <= back.within else "fails"


def _same(shown: Any, told: Any, tolerance: float) -> bool:
    if is_number(shown) and is_number(told):
        return abs(float(shown) - float(told)) <= tolerance
    return type(shown) is type(told) and shown == told

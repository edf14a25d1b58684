"""Interlocks and permissives: what the machine's own state allows. What is not known allows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from flowengine.safety.model import Output, Rule, Value
from flowengine.safety.readings import Readings


class Blocked(NamedTuple):
    """An interlock that holds an output safe."""

    text: str
    latch: bool


def blocked(output: Output, readings: Readings, now: float, value: Value | None) -> Blocked | None:
    """Return the first interlock that is active, or that may be, since an input is not known."""
    return next((_why(rule, readings, now, value) for rule in active(output.interlocks, readings, now, value)), None)


def active(rules: Iterable[Rule], readings: Readings, now: float, value: Value | None = None) -> Iterable[Rule]:
    """Yield the rules whose condition is so, or not known not to be."""
    return (rule for rule in rules if rule.when.holds(readings, now, value) is not False)


def missing(output: Output, readings: Readings, now: float, value: Value) -> str:
    """Return the first permissive that is not known to be so, in words; empty: all are."""
    for rule in output.permissives:
        answer = rule.when.holds(readings, now, value)
        if answer is not True:
            return f"'{rule.text}' is not {'so' if answer is False else 'known'} ({rule.when.source})"
    return ""


def told(rule: Rule, readings: Readings, now: float, value: Value | None = None) -> str:
    """Return a rule in words, with whether it is so or only may be."""
    said = f"{rule.text} ({rule.when.source})"
    return said if rule.when.holds(readings, now, value) is not None else f"not known: {said}"


def _why(rule: Rule, readings: Readings, now: float, value: Value | None) -> Blocked:
    return Blocked(told(rule, readings, now, value), rule.latch)

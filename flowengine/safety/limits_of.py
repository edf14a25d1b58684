"""The limits of each output, from what the file says and what the device can hold."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import UNSET

from flowengine.errors import NodeError
from flowengine.flow.plan import Plan
from flowengine.flow.problem import Keys, Report, near
from flowengine.message import Message
from flowengine.node import Actuator, Connection
from flowengine.safety.actuators import looked_at
from flowengine.safety.condition import compile_condition
from flowengine.safety.model import HOLD, Output, ReadBack, Rule, Value
from flowengine.safety.shape import EnvelopeShape, InterlockShape, OutputShape, PermissiveShape
from flowengine.writes import Write

SLACK: Final = 1e-6
"""How far, relative, a limit may be from the nearest value that the device can hold."""


def limits_of(shape: EnvelopeShape, plan: Plan | None, report: Report) -> dict[str, Output]:
    """Return the outputs of an envelope, and report what is wrong with them; without a plan they have no address."""
    for number, rule in enumerate(shape.emergency_stop.when):
        _rule(rule, shape.inputs, ("emergency_stop", "when", number, "when"), report)
    return {name: _output(name, one, shape, plan, report) for name, one in shape.outputs.items()}


def stops_of(shape: EnvelopeShape) -> tuple[Rule, ...]:
    """Return the conditions of the emergency stop, which `limits_of` has found to be sound."""
    return tuple(Rule(compile_condition(rule.when), rule.text, latch=True) for rule in shape.emergency_stop.when)


def _output(name: str, shape: OutputShape, envelope: EnvelopeShape, plan: Plan | None, report: Report) -> Output:
    at: Keys = ("outputs", name)
    inputs = envelope.inputs
    low, high = _range(shape, at, report)
    values = (False, True) if shape.values is UNSET else tuple(shape.values)
    safe = None if shape.safe == HOLD else shape.safe
    _check_safe(safe, low, high, values, at, report)
    if low is None and shape.rate is not None:
        report.error("bad-rate", (*at, "rate"), "a rate is for numbers, and the output has no range")
    read_back = None
    if shape.read_back is not UNSET:
        back = shape.read_back
        read_back = ReadBack(back.input, back.tolerance, back.within, back.trip)
        if back.input not in inputs:
            hint = near(back.input, inputs) or "add it under inputs"
            report.error("unknown-input", (*at, "read_back", "input"), f"there is no input '{back.input}'", hint=hint)
    address = ""
    if plan is not None and not report.has_errors:
        node = looked_at(name, plan)
        address = _address(node, shape, at, report)
        if address:
            low, high = (None if v is None else _held(node, v, (*at, "range"), report) for v in (low, high))
            safe = None if safe is None else _held(node, safe, (*at, "safe"), report)
            for value in values if low is None else ():
                _held(node, value, (*at, "values"), report)
    return Output(
        name=name,
        address=address,
        writers=tuple(shape.writers),
        group="" if shape.group is UNSET else shape.group,
        owner=shape.owner,
        unit=shape.unit,
        low=low,
        high=high,
        values=values,
        rate=shape.rate,
        interval=shape.interval,
        clamp=shape.clamp,
        max_age=shape.max_age,
        modes=tuple(shape.modes),
        permissives=_rules(shape.permissives, inputs, (*at, "permissives"), report),
        interlocks=_rules(shape.interlocks, inputs, (*at, "interlocks"), report),
        safe=safe,
        watchdog=shape.watchdog,
        read_back=read_back,
        manual_timeout=shape.manual.timeout,
        reminder=shape.manual.reminder,
    )


def _range(shape: OutputShape, at: Keys, report: Report) -> tuple[float | None, float | None]:
    if shape.range is UNSET:
        if shape.values is UNSET and not isinstance(shape.safe, bool) and shape.safe != HOLD:
            hint = "add a range for numbers, values for texts; true and false need neither"
            report.error("no-limits", at, "nothing says what may be written", hint=hint)
        return None, None
    low, high = shape.range
    if shape.values is not UNSET:
        report.error("bad-range", (*at, "values"), "an output has a range or values, not both")
    if not low <= high:
        report.error("bad-range", (*at, "range"), f"the least, {low:g}, is more than the most, {high:g}")
    return float(low), float(high)


def _check_safe(
    safe: Value | None, low: float | None, high: float | None, values: Iterable[Value], at: Keys, report: Report
) -> None:
    if safe is None:
        return
    if low is None or high is None:
        if not any(safe == value and type(safe) is type(value) for value in values):
            report.error("bad-safe", (*at, "safe"), f"the safe value {safe!r} is not among the values")
    elif isinstance(safe, bool | str) or not low <= safe <= high:
        report.error("bad-safe", (*at, "safe"), f"the safe value {safe!r} is not within {low:g} to {high:g}")


def _rules(
    shapes: Iterable[PermissiveShape | InterlockShape], inputs: Mapping[str, Any], at: Keys, report: Report
) -> tuple[Rule, ...]:
    found = (_rule(shape, inputs, (*at, n, "when"), report) for n, shape in enumerate(shapes))
    return tuple(rule for rule in found if rule is not None)


def _rule(shape: PermissiveShape | InterlockShape, inputs: Mapping[str, Any], at: Keys, report: Report) -> Rule | None:
    try:
        condition = compile_condition(shape.when)
    except ValueError as error:
        report.error("bad-condition", at, str(error))
        return None
    for name in sorted(condition.names - inputs.keys()):
        hint = near(name, inputs) or "add it under inputs"
        report.error("unknown-input", at, f"there is no input '{name}'", hint=hint)
    return Rule(condition, shape.text, isinstance(shape, InterlockShape) and shape.latch)


def _address(node: Actuator, shape: OutputShape, at: Keys, report: Report) -> str:
    """Return the one place that the output's node writes, "" when something is wrong with it."""
    options = [getattr(node, one) for one in type(node).__dataclass_fields__]
    devices = [one for one in options if isinstance(one, Connection)]
    if not any(type(device).ot for device in devices):
        report.error("not-ot", (*at, "type"), f"'{shape.type}' writes to no machine: its connection is none of OT's")
        return ""
    sample = shape.range[0] if shape.range is not UNSET else shape.values[0] if shape.values is not UNSET else False
    try:
        found = node.writes(Message(sample))
    except NodeError as error:
        report.error("cannot-hold", (*at, "options"), f"{sample!r} cannot be written there: {error}")
        return ""
    if found is None or not all(device.leads_to() for device in devices):
        hint = "take an actuator that has `writes`, and a connection that has `leads_to`"
        report.error(
            "cannot-say", (*at, "type"), f"'{shape.type}' cannot say beforehand what it writes where", hint=hint
        )
        return ""
    if len(found) != 1:
        report.error(
            "several", (*at, "options"), f"it writes {len(found)} values; an output is one", hint="set count to 1"
        )
        return ""
    if found[0].unit and shape.unit and found[0].unit != shape.unit:
        message = f"the node's unit is '{found[0].unit}', the limits are in '{shape.unit}'"
        report.error("other-unit", (*at, "unit"), message)
    return found[0].address


def _held(node: Actuator, value: Any, at: Keys, report: Report) -> Any:
    """Return a limit as the device can hold it: a single precision float has seven digits."""
    try:
        writes: list[Write] = list(node.writes(Message(value)) or ())
    except NodeError as error:
        report.error("cannot-hold", at, f"{value!r} cannot be written there: {error}")
        return value
    held = writes[0].value
    same_kind = isinstance(held, bool | str) == isinstance(value, bool | str)
    near_enough = held == value or (
        same_kind and not isinstance(held, bool | str) and math.isclose(held, value, rel_tol=SLACK, abs_tol=1e-12)
    )
    if not same_kind or not near_enough:
        report.error(
            "cannot-hold", at, f"the device cannot hold {value!r}, the nearest is {held!r}", hint=f"write {held!r}"
        )
    return held

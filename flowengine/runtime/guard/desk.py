"""What people ask of a guard at work, as data: it may run in this process or in the field process."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import msgspec

from flowengine.errors import NotAllowed
from flowengine.runtime.guard.guarding import Guarding
from flowengine.safety import interlock
from flowengine.safety.model import MODES
from flowengine.safety.standing import Refusal

What = Literal["arm", "disarm", "mode", "write", "stop", "reset-stop", "reset-trip"]
LATELY: Final = 5.0
"""Seconds for which a refused command is told of."""
WHATS: tuple[What, ...] = get_args(What)


class Act(msgspec.Struct, frozen=True, kw_only=True):
    """One act of a person."""

    what: What
    by: str
    target: str = ""
    """An output or a group; empty: all."""
    mode: str = ""
    value: Any = None
    """For `write`: the value, in mode manual."""
    cause: str = ""
    """For `stop`."""


async def perform(guarding: Guarding, act: Act) -> str:
    """Do what a person asks, and have it stored; returns what is to be known of it, empty: it is done as asked.

    Raises:
        NotFound: there is no such output or group.
        NotAllowed: it cannot be done as things stand; says why.
        NodeError: (write) the device did not take it.
    """
    said = await _perform(guarding, act)
    try:
        await guarding.stored()
    except OSError as error:
        return f"it is done, and would not outlast the process: {error.strerror}"
    return said


async def _perform(guarding: Guarding, act: Act) -> str:
    match act.what:
        case "arm":
            guarding.arm(act.target, act.by)
        case "disarm":
            guarding.disarm(act.target, act.by)
        case "mode":
            if act.mode not in MODES:
                raise NotAllowed(f"there is no mode '{act.mode}'; there are {', '.join(MODES)}")
            guarding.set_mode(act.target, act.mode, act.by)
        case "write":
            verdict = await guarding.set_manually(act.target, act.value, act.by)
            if not verdict.writes:
                raise NotAllowed(verdict.reason)
            return verdict.reason
        case "stop":
            guarding.emergency_stop(act.cause or f"{act.by} has pressed it", act.by)
        case "reset-stop":
            guarding.reset_stop(act.by)
        case "reset-trip":
            guarding.reset_trip(act.target, act.by)
    return ""


def described(guarding: Guarding) -> dict[str, Any]:
    """Return how a guard stands, as JSON values."""
    guard, now = guarding.guard, guarding.clock.monotonic()
    outputs = {}
    for name, output in guarding.envelope.outputs.items():
        how = guard.standing[name]
        outputs[name] = {
            "address": output.address,
            "group": output.group,
            "owner": output.owner,
            "unit": output.unit,
            "low": output.low,
            "high": output.high,
            "values": list(output.values),
            "mode": how.mode,
            "modes": list(output.modes),
            "armed": how.armed,
            "trips": list(how.trips),
            "safe": how.noted,
            "told": None if how.last is None else how.last.value,
            "writer": how.lease.holder,
            "follows": how.follows,
            "said": how.said,
            "refused": _code(how.refused, now),
            "refusal": "" if not _code(how.refused, now) or how.refused is None else how.refused.reason,
            "no_reset": _blocked(interlock.blocked(output, guard.readings, now, how.last and how.last.value)),
        }
    inputs = {
        name: {"value": guard.readings.value(name, now), "quality": guard.readings.quality(name)}
        for name in guarding.envelope.inputs
    }
    stopping = interlock.active(guarding.envelope.stops, guard.readings, now)
    return {
        "version": guarding.envelope.version,
        "stops": list(guard.stops),
        "no_reset": next((interlock.told(rule, guard.readings, now) for rule in stopping), ""),
        "outputs": outputs,
        "inputs": inputs,
        "unlisted": {place: one.reason for place, one in guard.unlisted.items() if _code(one, now)},
    }


def _code(refused: Refusal | None, now: float) -> str:
    """Return why a command was refused, as a word, where that was lately."""
    return refused.code if refused is not None and 0 <= now - refused.at < LATELY else ""


def _blocked(found: interlock.Blocked | None) -> str:
    return "" if found is None else found.text

"""What people do at the guard: arm, choose a mode, stop, reset. Whoever calls has made sure who it is and may.

Each act is told as an event with its author; what cannot be done now says why.
"""

from __future__ import annotations

from flowengine.errors import NotAllowed, NotFound
from flowengine.safety import interlock
from flowengine.safety.guard import Guard
from flowengine.safety.model import Mode


def targets(guard: Guard, target: str) -> list[str]:
    """Return the outputs that a name stands for: an output, a group; empty: all.

    Raises:
        NotFound: there is no such output or group.
    """
    outputs = guard.envelope.outputs
    found = [name for name in guard.envelope.order if target in ("", name, outputs[name].group)]
    if not found:
        raise NotFound(f"the envelope has no output or group '{target}'; outputs: {', '.join(outputs)}")
    return found


def arm(guard: Guard, target: str, by: str, now: float) -> None:
    """Let commands reach outputs from now on: a watchdog begins to count.

    Raises:
        NotFound: there is no such output or group.
        NotAllowed: the emergency stop holds or may, or one of them is tripped; none is armed then.
    """
    names = targets(guard, target)
    if guard.stops:
        raise NotAllowed(f"the emergency stop holds: {guard.stops[0]}; reset it first")
    for rule in interlock.active(guard.envelope.stops, guard.readings, now):
        raise NotAllowed(f"the emergency stop: {interlock.told(rule, guard.readings, now)}")
    for name in names:
        if guard.standing[name].trips:
            raise NotAllowed(f"'{name}' is tripped: {guard.standing[name].trips[0]}; reset it first")
    for name in names:
        standing = guard.standing[name]
        standing.armed, standing.alive_at, standing.wanted_safe = True, now, ""
        guard.tell("armed", name, "armed", by)


def disarm(guard: Guard, target: str, by: str) -> None:
    """Make outputs safe once, and let no command reach them.

    Raises:
        NotFound: there is no such output or group.
    """
    for name in targets(guard, target):
        standing = guard.standing[name]
        if standing.armed:
            standing.armed, standing.is_safe, standing.wanted_safe = False, False, f"{by} has disarmed it"
        guard.tell("disarmed", name, "disarmed", by)


def set_mode(guard: Guard, target: str, mode: Mode, by: str, now: float) -> None:
    """Choose who commands outputs. Off and advisory make them safe; manual lasts as long as the envelope says.

    Raises:
        NotFound: there is no such output or group.
        NotAllowed: the envelope does not let one of them be in that mode; none is changed then.
    """
    names = targets(guard, target)
    for name in names:
        modes = guard.envelope.outputs[name].modes
        if mode not in modes:
            raise NotAllowed(f"the envelope does not let '{name}' be in mode {mode}; it may be {', '.join(modes)}")
    for name in names:
        output, standing = guard.envelope.outputs[name], guard.standing[name]
        if standing.mode != "manual":
            standing.before = standing.mode
        standing.alive_at = now
        standing.manual_until = now + output.manual_timeout
        standing.remind_at = now + output.reminder
        guard.change_mode(name, mode, f"{by} has set mode {mode}", by)


def reset_stop(guard: Guard, by: str, now: float) -> None:
    """Let the emergency stop go, when its cause is known to be gone. Everything stays disarmed.

    Raises:
        NotAllowed: nobody is named, or a condition of the stop is still so, or not known.
    """
    _person(by)
    for rule in interlock.active(guard.envelope.stops, guard.readings, now):
        raise NotAllowed(f"the cause is not gone: {interlock.told(rule, guard.readings, now)}")
    if guard.stops:
        guard.tell("reset", "", f"emergency stop reset; first of {len(guard.stops)} causes: {guard.stops[0]}", by)
    guard.stops.clear()


def reset_trip(guard: Guard, target: str, by: str, now: float) -> None:
    """Let tripped outputs go, when the cause is known to be gone. They stay disarmed.

    Raises:
        NotFound: there is no such output or group.
        NotAllowed: nobody is named, or an interlock of one of them is still so, or not known; none is reset then.
    """
    _person(by)
    names = [name for name in targets(guard, target) if guard.standing[name].trips]
    for name in names:
        last = guard.standing[name].last
        found = interlock.blocked(guard.envelope.outputs[name], guard.readings, now, last and last.value)
        if found is not None:
            raise NotAllowed(f"the cause is not gone: {found.text}")
    for name in names:
        trips = guard.standing[name].trips
        guard.tell("reset", name, f"trip reset; first of {len(trips)} causes: {trips[0]}", by)
        trips.clear()


def _person(by: str) -> None:
    if not by.strip():
        raise NotAllowed("a reset needs a person: nobody is named")

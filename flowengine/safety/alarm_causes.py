"""What rings: the alarms that the guard's state, and faults of flows and devices, stand for at a moment.

They follow state and no single events, so that nothing that was missed leaves an alarm standing, or keeps one from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from flowengine.node import Rings
from flowengine.safety.alarms import Alarm
from flowengine.telemetry.faults import Fault

CHATTER: Final = 2.0
"""Seconds for which a fault must be over before its alarm is: one that comes and goes rings once."""
GUARD: Final = "guard:"
"""What the names of the guard's alarms begin with; no flow can be called so."""
AREA: Final = "machines"

STOPPED: Final = "it follows from the emergency stop"

CAUSED_BY_STATE: Final = frozenset({"disarmed", "emergency-stop", "trip", "interlock", "mode"})
"""Codes of refusals that are no alarm: that state has an alarm of its own, or was a person's wish."""


class Cause(NamedTuple):
    """One alarm condition that holds now."""

    alarm: Alarm
    seen_by: str = ""
    """Who has acknowledged it as a fault; empty: nobody."""
    silent: str = ""
    """What it follows from, if it is only a consequence of another alarm, and so suppressed by design."""


def of_guard(look: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what of a guard, as `guard_desk.described` tells it, is an alarm now."""
    if look.get("refused"):
        yield _guard("envelope", look["refused"], "critical")
    if look.get("unknown"):
        yield _guard("silent", look["unknown"], "critical")
    if look.get("rejected"):
        yield _guard("envelope-rejected", look["rejected"], "high")
    stops = look.get("stops") or []
    silent = STOPPED if stops else ""
    if stops:
        yield _guard("emergency-stop", stops[0], "critical")
    for name, output in (look.get("outputs") or {}).items():
        if output["trips"]:
            yield _guard(f"{name}/trip", output["trips"][0], "high", silent)
        elif output["armed"] and output["safe"]:
            yield _guard(f"{name}/safe", output["safe"], "high", silent)
        if output.get("refused") and output["refused"] not in CAUSED_BY_STATE:
            yield _guard(f"{name}/refused", output["refusal"], "medium", silent)
        if not output["follows"]:
            yield _guard(f"{name}/read-back", "the machine does not show what it was told", "high", silent)
    for address, text in (look.get("unlisted") or {}).items():
        yield _guard(f"unlisted {address}", text, "high", silent)


def of_faults(
    faults: Iterable[Fault], rings: Callable[[str, str], Rings | None], connection: Callable[[str, str], str]
) -> Iterator[Cause]:
    """Yield the alarms that faults are; of nodes that say the same of one connection the first alone rings.

    Args:
        faults: all there are.
        rings: what a node of a flow means by its fault.
        connection: the name of the connection that a node of a flow uses; empty: none.
    """
    said: dict[tuple[str, str, str], str] = {}
    for fault in sorted(faults, key=lambda one: (one.since, one.node)):
        cause = of_fault(fault, rings)
        if cause is None:
            continue
        shared = connection(fault.flow, fault.node)
        first = said.setdefault((fault.flow, shared, fault.text), cause.alarm.name) if shared else cause.alarm.name
        yield cause if first == cause.alarm.name else cause._replace(silent=f"it follows from {first}")


def of_fault(fault: Fault, rings: Callable[[str, str], Rings | None]) -> Cause | None:
    """Return the alarm that a fault is; None: a warning asks nobody to act, and so is none (ISA-18.2, 3.1.7)."""
    if not fault.active or fault.level != "error":
        return None
    meant = rings(fault.flow, fault.node) if fault.node else Rings(priority="high")
    name = f"{fault.flow}/{fault.node}" if fault.node else fault.flow
    if meant is None:
        meant = Rings()
    text = f"{meant.text} ({fault.text})" if meant.text else fault.text
    alarm = Alarm(name, text, meant.priority, meant.area or fault.flow, off_delay=CHATTER)
    return Cause(alarm, fault.acknowledged_by)


def _guard(name: str, text: str, priority: Any, silent: str = "") -> Cause:
    return Cause(Alarm(GUARD + name, text, priority, AREA), silent=silent)

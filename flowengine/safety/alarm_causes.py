"""What rings: the alarms that the guard's state, and faults of flows and devices, stand for at a moment.

They follow state and no single events, so that nothing that was missed leaves an alarm standing, or keeps one from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from flowengine.node import Rings
from flowengine.safety.alarms import Alarm
from flowengine.telemetry.faults import Fault

CHATTER: Final = 2.0
"""Seconds for which a fault must be over before its alarm is: one that comes and goes rings once."""
GUARD: Final = "guard:"
"""What the names of the guard's alarms begin with; no flow can be called so."""
AREA: Final = "machines"

CAUSED_BY_STATE: Final = frozenset({"disarmed", "emergency-stop", "trip", "interlock", "mode"})
"""Codes of refusals that are no alarm: that state has an alarm of its own, or was a person's wish."""


class Cause(NamedTuple):
    """One alarm condition that holds now."""

    alarm: Alarm
    seen_by: str = ""
    """Who has acknowledged it as a fault; empty: nobody."""
    silent: bool = False
    """Whether it is only a consequence of another alarm, and so suppressed by design."""


def of_guard(look: Mapping[str, Any]) -> Iterator[Cause]:
    """Yield what of a guard, as `guard_desk.described` tells it, is an alarm now."""
    if look.get("refused"):
        yield _guard("envelope", look["refused"], "critical")
    if look.get("unknown"):
        yield _guard("silent", look["unknown"], "critical")
    if look.get("rejected"):
        yield _guard("envelope-rejected", look["rejected"], "high")
    stops = look.get("stops") or []
    if stops:
        yield _guard("emergency-stop", stops[0], "critical")
    for name, output in (look.get("outputs") or {}).items():
        if output["trips"]:
            yield _guard(f"{name}/trip", output["trips"][0], "high", bool(stops))
        elif output["armed"] and output["safe"]:
            yield _guard(f"{name}/safe", output["safe"], "high", bool(stops))
        if output.get("refused") and output["refused"] not in CAUSED_BY_STATE:
            yield _guard(f"{name}/refused", output["refusal"], "medium", bool(stops))
        if not output["follows"]:
            yield _guard(f"{name}/read-back", "the machine does not show what it was told", "high", bool(stops))
    for address, text in (look.get("unlisted") or {}).items():
        yield _guard(f"unlisted {address}", text, "high", bool(stops))


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


def _guard(name: str, text: str, priority: Any, silent: bool = False) -> Cause:
    return Cause(Alarm(GUARD + name, text, priority, AREA), silent=silent)

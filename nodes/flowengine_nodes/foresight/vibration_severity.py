"""The transform `foresight/vibration-severity`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Message, Port, Routed
from flowengine_nodes.signal.readings import PerTopic, usable

LIMITS: dict[str, tuple[float, float, float]] = {
    "large-rigid": (2.3, 4.5, 7.1),
    "large-flexible": (3.5, 7.1, 11.0),
    "medium-rigid": (1.4, 2.8, 4.5),
    "medium-flexible": (2.3, 4.5, 7.1),
}
"""Zone boundaries A/B, B/C and C/D, mm/s r.m.s.: ISO 10816-3:2009 annex A, taken over by ISO 20816-3:2022 for groups 1
(over 300 kW) and 2 (15 to 300 kW)."""

MEANING = {
    "A": "as of a new machine",
    "B": "acceptable for long-term operation",
    "C": "not for long: plan a repair",
    "D": "severe enough to cause damage",
}


class VibrationSeverity(PerTopic, type="foresight/vibration-severity"):
    """Judge the vibration of a machine by the zones A to D of ISO 20816.

    In: the velocity of a bearing housing, mm/s r.m.s. over 10 to 1000 Hz, as velocity_rms of signal/vibration. Out:
    {"zone", "value", "meaning", "limit", "margin"}: the boundary to the next worse zone and how far it is. The limits
    are those of a machine group, or of your own (`limits`). `alarm` says a change of zone, with the value, the one
    before, and how much it has grown against the first readings (a change by over a quarter of the boundary B/C is
    worth a look in any zone, ISO 20816-1 section 6.3).

    The zone becomes better only when the value is below the boundary by `hysteresis`. A bad reading leaves empty, with
    quality bad. Each topic is a machine of its own, kept over restarts.

    Example: machine medium-rigid for a motor of 45 kW on a concrete base.
    """

    inputs = (Port("in", "number", "Velocity, mm/s r.m.s."),)
    outputs = (Port("out", "object", "Zone and margin"), Port("alarm", "object", "A change of zone"))

    machine: Annotated[
        Literal["medium-rigid", "medium-flexible", "large-rigid", "large-flexible", "own"],
        Meta(
            description="15 to 300 kW (medium) or above (large), on a rigid or flexible base; own: limits of your own"
        ),
    ] = "medium-rigid"
    limits: Annotated[
        list[Annotated[float, Meta(gt=0)]],
        Meta(description="With machine own: boundaries A/B, B/C and C/D, mm/s", max_length=3),
    ] = []
    hysteresis: Annotated[float, Meta(description="Share below a boundary before the zone gets better", ge=0, lt=1)] = (
        0.05
    )

    def __post_init__(self) -> None:
        own = self.machine == "own"
        if own != bool(self.limits) or (own and (len(self.limits) != 3 or sorted(set(self.limits)) != self.limits)):
            raise ValueError("machine own needs three limits that ascend; the other machines have theirs already")
        self._limits = tuple(self.limits) if own else LIMITS[self.machine]

    def process(self, msg: Message) -> Message | list[Message | Routed]:
        """Return the zone of a reading."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return msg.replace(payload=None, quality="bad")
        memory = self.memory.get(msg.topic)
        if memory is None:
            self.remember(msg.topic, memory := {"zone": "", "first": value, "value": value})
        zone, before = self._zone(value, memory["zone"]), memory["zone"]
        limit = self._limits["ABC".index(zone)] if zone != "D" else None
        payload: dict[str, Any] = {
            "zone": zone,
            "value": value,
            "meaning": MEANING[zone],
            "limit": limit,
            "margin": None if limit is None else limit - value,
        }
        sent: list[Message | Routed] = [msg.with_payload(payload)]
        if before != zone:
            changed = {"before": before, "last": memory["value"], "since_first": value - memory["first"]}
            if before or zone > "B":
                sent.append(msg.with_payload({**payload, **changed}).to("alarm"))
            self.status("ok" if zone < "C" else "warning" if zone == "C" else "error", f"zone {zone}")
        memory["zone"], memory["value"] = zone, value
        return sent

    def _zone(self, value: float, before: str) -> str:
        zone = "ABCD"[sum(value > limit for limit in self._limits)]
        if before and zone < before:  # better only when clearly below
            clearly = "ABCD"[sum(value > limit * (1 - self.hysteresis) for limit in self._limits)]
            return min(clearly, before)
        return zone

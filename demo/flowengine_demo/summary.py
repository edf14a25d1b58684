"""What a run of the demo amounted to: how well the oven was held, and what was counted."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flowengine import Message
from flowengine_demo.watch import Watch

BAND = 2.0
"""degC around the setpoint that count as held."""
HOLD_S = 5.0
"""Plant seconds in the band after which the temperature counts as settled."""
RECOVERY_S = 60.0
"""Plant seconds that the controller has after the door was closed."""


@dataclass
class HeldTemperature:
    """Follows the temperature against its setpoint. Times are plant seconds since the start."""

    setpoint: float | None = None
    temperature: float | None = None
    quality: str = "bad"
    now: float = 0.0
    settled_after: float | None = None
    overshoot: float = 0.0
    recoveries: list[float] = field(default_factory=list)
    """How long after each door opening the temperature was back, from the closing of the door."""
    openings: int = 0
    _inside_since: float | None = None
    _door_open: bool = False
    _closed_at: float | None = None
    """When the door was closed, until the temperature is back."""

    def door(self, now: float, is_open: bool) -> None:
        """Hear that the door is open or closed."""
        if is_open and not self._door_open:
            self.openings += 1
        elif self._door_open and not is_open:
            self._closed_at = now
        self._door_open = is_open

    def reading(self, now: float, temperature: float | None, quality: str) -> None:
        """Take a reading."""
        self.now, self.quality = now, quality
        if temperature is None or quality == "bad" or self.setpoint is None:
            self._inside_since = None
            return
        self.temperature = temperature
        above = temperature - self.setpoint
        if abs(above) > BAND:
            self._inside_since = None
        elif self._inside_since is None:
            self._inside_since = now
        if self._inside_since is not None and now - self._inside_since >= HOLD_S:
            self._held(self._inside_since)
        if self.openings == 0 or self.settled_after is None:
            self.overshoot = max(self.overshoot, above)

    def _held(self, since: float) -> None:
        if self.settled_after is None:
            self.settled_after = since
        if self._closed_at is not None and not self._door_open:
            self.recoveries.append(max(0.0, since - self._closed_at))
            self._closed_at = None

    @property
    def settled_for(self) -> float:
        """For how long the temperature has been in the band without a break."""
        return 0.0 if self._inside_since is None else self.now - self._inside_since

    @property
    def disturbed(self) -> bool:
        """Whether the door is open, or was until a moment ago."""
        return self._door_open or (self._closed_at is not None and self.now - self._closed_at <= RECOVERY_S)

    @property
    def settled(self) -> bool:
        """Whether the temperature is held: in the band, but for an open door and the time to recover from it."""
        return self.settled_after is not None and (self.settled_for >= HOLD_S or self.disturbed)


class Summary:
    """Listens to a Watch and says at the end what happened."""

    def __init__(self, watch: Watch, speed: float) -> None:
        """Begin with the first message; `speed` is plant seconds per second."""
        self.held = HeldTemperature()
        self._watch, self._speed = watch, speed
        self._began: float | None = None
        watch.listeners.append(self._passed)

    def _passed(self, name: str, msg: Message) -> None:
        if self._began is None:
            self._began = msg.time
        now = (msg.time - self._began) * self._speed
        if name == "controller" and isinstance(msg.payload, dict):
            self.held.setpoint = msg.payload.get("setpoint")
        elif name == "temperature":
            self.held.reading(now, msg.payload, msg.quality)
        elif name == "door" and isinstance(msg.payload, bool):
            self.held.door(now, msg.payload)

    def as_dict(self, seconds: float, snapshot: dict[str, Any]) -> dict[str, Any]:
        """Return the summary as JSON values; times of the oven are plant seconds."""
        held, watch = self.held, self._watch
        nodes = [node for flow in snapshot["flows"].values() for node in flow["nodes"].values()]
        return {
            "seconds": round(seconds, 1),
            "speed": self._speed,
            "setpoint": held.setpoint,
            "temperature": None if held.temperature is None else round(held.temperature, 2),
            "unit": "degC",
            "quality": held.quality,
            "settled": held.settled,
            "settled_after_s": _rounded(held.settled_after),
            "settled_for_s": round(held.settled_for, 1),
            "overshoot": round(held.overshoot, 2),
            "door_openings": held.openings,
            "door_recoveries_s": [round(each, 1) for each in held.recoveries],
            "messages": watch.messages,
            "messages_by_flow": dict(watch.by_flow),
            "alarms": watch.raised,
            "alarms_raised": sorted({f"{event.area}/{event.name}" for event in watch.alarms if event.active}),
            "alarms_active": [f"{area}/{name}" for area, name in watch.active],
            "dropped": sum(node["dropped"] for node in nodes),
            "errors": sum(node["failed"] for node in nodes),
            "dead_letters": snapshot["dead_letters"]["kept"],
            "connections": {name: each["level"] for name, each in snapshot["connections"].items()},
            "line": watch.value("performance"),
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 1)

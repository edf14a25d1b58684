"""What passes through the flows, as the demo shows it: the newest message at each node, alarms, counts."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flowengine import Message
from flowengine.flow.plan import Plan
from flowengine.runtime.wiring import Tap

KEPT_ALARMS = 200
TREND_S = 300.0
"""Seconds of a trend that are kept."""


@dataclass(frozen=True, slots=True)
class Place:
    """A node's input in one of the example flows; with a topic only messages of that topic count."""

    flow: str
    node: str
    topic: str = ""


OVEN, LINE = "oven-control", "line-monitor"

PLACES: Mapping[str, Place] = {
    "temperature": Place(OVEN, "over-temperature"),
    "controller": Place(OVEN, "controller-report"),
    "heater": Place(OVEN, "heater"),
    "power": Place(OVEN, "power-changed"),
    "door": Place(OVEN, "report", "plant/oven/door"),
    "performance": Place(LINE, "performance-to-mqtt"),
    "cycle": Place(LINE, "cycle-to-mqtt"),
    "vibration": Place(LINE, "vibration-changed"),
    "spindle": Place(LINE, "spindle-changed"),
    "state": Place(LINE, "report", "plant/line/state"),
}
"""Where the values of the view come by."""

TRENDS = frozenset({"temperature", "vibration"})


@dataclass(frozen=True, slots=True)
class AlarmEvent:
    """An alarm was raised or cleared."""

    time: float
    area: str
    name: str
    active: bool
    priority: str
    text: str


@dataclass
class Watch:
    """Filled by the engine's taps; read by the view and the summary."""

    latest: dict[str, Message] = field(default_factory=dict)
    """The newest message of each value in PLACES."""
    trends: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)
    """Time and value of good readings."""
    alarms: deque[AlarmEvent] = field(default_factory=lambda: deque(maxlen=KEPT_ALARMS))
    active: dict[tuple[str, str], AlarmEvent] = field(default_factory=dict)
    raised: int = 0
    changes: int = 0
    """How often an alarm was raised or cleared."""
    messages: int = 0
    by_flow: dict[str, int] = field(default_factory=dict)
    """Messages that came to a node, of each flow."""
    listeners: list[Any] = field(default_factory=list)
    """Functions that are told of each message of a value: name, message."""

    def taps(self, plan: Plan) -> dict[str, Tap]:
        """Return what listens at the nodes of a flow."""
        self.by_flow[plan.name] = 0
        names: dict[str, list[tuple[str, str]]] = {}
        for name, place in PLACES.items():
            if place.flow == plan.name:
                names.setdefault(place.node, []).append((place.topic, name))
        return {node: partial(self._passed, plan.name, names.get(node, [])) for node in plan.nodes}

    def value(self, name: str) -> Any:
        """Return the newest payload of a value; None before the first."""
        msg = self.latest.get(name)
        return None if msg is None else msg.payload

    def _passed(self, flow: str, names: list[tuple[str, str]], node: str, port: str, msg: Message) -> None:
        self.messages += 1
        self.by_flow[flow] += 1
        for topic, name in names:
            if not topic or msg.topic == topic:
                self._keep(name, msg)
        if node.endswith("/publish") and isinstance(msg.payload, dict) and "alarm" in msg.payload:
            self._alarm(msg)

    def _keep(self, name: str, msg: Message) -> None:
        self.latest[name] = msg
        if name in TRENDS and msg.quality != "bad" and isinstance(msg.payload, int | float):
            trend = self.trends.setdefault(name, deque())
            trend.append((msg.time, float(msg.payload)))
            while trend[0][0] < msg.time - TREND_S:
                trend.popleft()
        for listener in self.listeners:
            listener(name, msg)

    def _alarm(self, msg: Message) -> None:
        found = msg.payload
        event = AlarmEvent(
            msg.time,
            str(found.get("area", "")),
            str(found["alarm"]),
            found.get("state") == "active",
            str(found.get("priority", "")),
            str(found.get("text", "")),
        )
        self.alarms.append(event)
        self.changes += 1
        key = event.area, event.name
        if event.active:
            self.raised += key not in self.active
            self.active[key] = event
        else:
            self.active.pop(key, None)

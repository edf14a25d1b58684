"""Node-RED's filter node (rbe)."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg

MOST_TOPICS = 100_000

Mode = Literal["rbe", "rbei", "deadband", "deadbandEq", "narrowband", "narrowbandEq"]


class Filter(RedTransform, type="nodered/filter"):
    """Let messages through only if a value has changed, or has changed by enough, or by little enough."""

    red: ClassVar[str] = "rbe"

    func: Annotated[Mode, Meta(description="rbe: any change; deadband: by more than the gap; narrowband: by less")] = (
        "rbe"
    )
    gap: Annotated[str | float, Meta(description="How much; with % of the value before")] = "0"
    start_value: Annotated[str | float, Meta(description="narrowband: the value to begin with")] = ""
    inout: Annotated[
        Literal["in", "out"], Meta(description="Compare with the last value that came, or that passed")
    ] = "out"
    septopics: Annotated[bool, Meta(description="Each topic for itself")] = True
    property: Annotated[str, Meta(description="The value")] = "payload"
    topi: Annotated[str, Meta(description="The topic")] = "topic"

    def begin(self) -> None:
        """Know nothing yet."""
        text = js.text(self.gap)
        self._percent = text.endswith("%")
        self._gap = js.parse_float(text.rstrip("%"))
        start = js.parse_float(self.start_value)
        self._start = start if start == start else MISSING
        self._before: dict[str, Any] = {}

    def receive(self, msg: Msg) -> None:
        """Let a msg through or not."""
        try:
            topic = properties.get(msg, self.topi or "topic")
        except RedError:
            topic = MISSING
        if "reset" in msg:
            if self.septopics and isinstance(topic, str) and topic:
                self._before.pop(topic, None)
            else:
                self._before.clear()
            self.done(msg)
            return
        try:
            value = properties.get(msg, self.property or "payload")
        except RedError:
            value = MISSING
        if value is MISSING:
            self.done(msg)
            return
        key = (js.text(topic) if js.truthy(topic) else "_no_topic") if self.septopics else "_no_topic"
        if len(self._before) >= MOST_TOPICS and key not in self._before:
            raise RedError(f"more than {MOST_TOPICS} topics")
        if self._passes(key, value):
            self.send(msg)
        self.done(msg)

    def _passes(self, key: str, value: Any) -> bool:
        if self.func in ("rbe", "rbei"):
            before = self._before.get(key, MISSING)
            if isinstance(value, dict | list | bytes):
                changed = before is MISSING or type(before) is not type(value) or before != value
            else:
                changed = before is MISSING or not _same(before, value)
            self._before[key] = value
            return changed and not (self.func == "rbei" and before is MISSING)
        n = js.parse_float(value)
        if n != n:
            self.warn("the value is not a number")
            return False
        before = self._before.get(key, MISSING)
        if before is MISSING:
            if self.func.startswith("narrowband"):
                before = self._before[key] = n if self._start is MISSING else self._start
            else:
                before = MISSING
        gap = abs(before * self._gap / 100) if self._percent and before is not MISSING else self._gap
        if self.func.startswith("deadband"):
            away = float("inf") if before is MISSING else abs(n - before)
            passes = away > gap if self.func == "deadband" else away >= gap
        else:
            away = abs(n - before)
            passes = away < gap if self.func == "narrowband" else away <= gap
        if passes or self.inout == "in":
            self._before[key] = n
        return passes


def _same(a: Any, b: Any) -> bool:
    return (type(a) is type(b) and bool(a == b)) or (js.is_number(a) and js.is_number(b) and bool(a == b))

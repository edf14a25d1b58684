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
    """Let messages through only if a value has changed, or has changed by enough, or by little enough.

    Its options have Node-RED's names, and it does what Node-RED's filter node does: see docs/nodered.md.
    """

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
        text = js.text(self.gap or "0")
        self._percent = text.endswith("%")
        self._gap = js.parse_float(text) if self._percent else js.number(text)
        self._before: dict[str, Any] = {}
        self._begin = js.number(self.start_value) if self.start_value not in ("", None) else MISSING

    def receive(self, msg: Msg) -> None:
        """Let a msg through or not."""
        topic = self._property(msg, self.topi or "topic")
        if "reset" in msg:
            if self.septopics and isinstance(topic, str) and topic:
                self._before.pop(js.text(msg.get("topic", MISSING)), None)
            else:
                self._before.clear()
        value = self._property(msg, self.property or "payload")
        if value is not MISSING:
            key = js.text(topic) if self.septopics and js.truthy(topic) else "_no_topic"
            if len(self._before) >= MOST_TOPICS and key not in self._before:
                raise RedError(f"more than {MOST_TOPICS} topics")
            if self._changed(key, value) if self.func in ("rbe", "rbei") else self._moved(key, value):
                self.send(msg)
        self.finished(msg)

    def _property(self, msg: Msg, where: str) -> Any:
        try:
            return properties.get(msg, where)
        except RedError:
            return MISSING

    def _changed(self, key: str, value: Any) -> bool:
        known = self.func == "rbe" or key in self._before
        before = self._before.get(key, MISSING)
        if js.type_of(value) == "object":
            if js.type_of(before) != "object":
                before = {}
            changed = not _alike(value, before)
        else:
            changed = before is MISSING or not _same(before, value)
        if changed or key not in self._before:
            self._before[key] = value if changed else before
        return changed and known

    def _moved(self, key: str, value: Any) -> bool:
        n = js.parse_float(value)
        if n != n:
            self.warn("no number found in payload")
            return False
        before = self._before.get(key, MISSING)
        if before is MISSING and self.func.startswith("narrowband"):
            before = n if self._begin is MISSING else self._begin
        gap = self._gap
        if self._percent:
            gap = abs(before * self._gap / 100) if before is not MISSING else 0
        away = abs(n - before) if before is not MISSING else gap + 1
        if away == gap:
            passes = self.func in ("deadbandEq", "narrowband")
        elif away > gap:
            passes = self.func in ("deadband", "deadbandEq")
        else:
            passes = away < gap and self.func in ("narrowband", "narrowbandEq")
        if self.inout == "in" or passes:
            self._before[key] = n
        elif before is MISSING:
            self._before[key] = n - gap - 1
        else:
            self._before[key] = before
        return passes


def _alike(a: Any, b: Any) -> bool:
    if a is None or b is None:
        return a is b
    return type(a) is type(b) and bool(a == b)


def _same(a: Any, b: Any) -> bool:
    return (type(a) is type(b) and bool(a == b)) or (js.is_number(a) and js.is_number(b) and bool(a == b))

"""Node-RED's batch node."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import Msg

MOST_HELD: Final = 100_000


class Batch(RedTransform, type="nodered/batch"):
    """Make sequences of messages: of so many, of those of a time, or of the sequences of several topics.

    Its options have Node-RED's names, and it does what Node-RED's batch node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "batch"

    mode: Annotated[str, Meta(description="count, interval or concat")] = "count"
    count: Annotated[float | str, Meta(description="How many")] = 10
    overlap: Annotated[float | str, Meta(description="How many of them again in the next")] = 0
    interval: Annotated[float | str, Meta(description="Seconds")] = 10
    allowEmptySequence: Annotated[bool, Meta(description="interval: send a message where none has come")] = False
    honourParts: Annotated[bool, Meta(description="count: end with the sequence that comes")] = False
    topics: Annotated[list[Any], Meta(description="concat: the topics, in order")] = []

    def begin(self) -> None:
        """Hold nothing."""
        self._held: list[tuple[Msg, Message]] = []
        self._timer: Any = None
        self._ends = False
        self._count = max(1, int(js.number(self.count) or 1))
        self._overlap = max(0, int(js.number(self.overlap) or 0))
        self._names = [str(each.get("topic", "")) for each in self.topics if isinstance(each, dict)]
        self._open: dict[str, list[tuple[str, list[tuple[Msg, Message]]]]] = {}
        if self.mode == "interval":
            self._seconds = max(0.001, js.number(self.interval))
            self._timer = self.clock.call_later(self._seconds, self._due)

    def receive(self, msg: Msg) -> None:
        """Add a msg."""
        if "reset" in msg:
            self._held.clear()
            self._open.clear()
            self.finished(msg)
            return
        if self.mode == "concat":
            self._concatenate(msg)
            self.finished(msg)
            return
        if len(self._held) >= MOST_HELD:
            raise RedError("Too many pending messages in batch node")
        self._held.append((msg, self._base))
        if self.mode == "count":
            parts = msg.get("parts")
            if self.honourParts and isinstance(parts, dict) and js.is_number(parts.get("index")):
                self._ends = self._ends or parts["index"] + 1 == parts.get("count")
            if len(self._held) == self._count or self._ends:
                self._sequence(self._held)
                self._held = self._held[-self._overlap :] if self._overlap else []
                self._ends = False
        self.finished(msg)

    def _due(self) -> None:
        self._timer = self.clock.call_later(self._seconds, self._due)
        if self._held:
            held, self._held = self._held, []
            self._sequence(held)
        elif self.allowEmptySequence:
            self._base = Message(time=self.clock.now())
            parts = {"id": uuid.uuid4().hex[:16], "index": 0, "count": 1}
            self.send({"_msgid": uuid.uuid4().hex[:16], "payload": None, "parts": parts})

    def _sequence(self, held: list[tuple[Msg, Message]]) -> None:
        id = held[0][0].get("_msgid")
        for index, (msg, base) in enumerate(held):
            self._base = base
            before = msg["parts"] if isinstance(msg.get("parts"), dict) else {}
            self.send({**msg, "parts": {**before, "id": id, "index": index, "count": len(held)}})

    def _concatenate(self, msg: Msg) -> None:
        parts, topic = msg.get("parts"), js.text(msg.get("topic", ""))
        if topic not in self._names:
            return
        if not isinstance(parts, dict) or not {"id", "index", "count"} <= parts.keys():
            raise RedError("no parts property in message")
        waiting = self._open.setdefault(topic, [])
        id = js.text(parts["id"])
        group = next((group for name, group in waiting if name == id), None)
        if group is None:
            group = []
            waiting.append((id, group))
        if sum(len(g) for w in self._open.values() for _, g in w) >= MOST_HELD:
            raise RedError("Too many pending messages in batch node")
        group.append((msg, self._base))
        while all(self._whole(name) for name in self._names):
            held: list[tuple[Msg, Message]] = []
            for name in self._names:
                held += self._open[name].pop(0)[1]
            self._sequence(held)

    def _whole(self, topic: str) -> bool:
        waiting = self._open.get(topic)
        if not waiting:
            return False
        group = waiting[0][1]
        counts = [m["parts"]["count"] for m, _ in group if js.is_number(m["parts"].get("count"))]
        return bool(counts) and len(group) >= counts[0]

    def end(self) -> None:
        """Forget the timer."""
        if self._timer is not None:
            self._timer.cancel()

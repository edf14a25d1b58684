"""Node-RED's sort node."""

from __future__ import annotations

import functools
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import Message
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.jsonata import evaluate as jsonata
from flowengine_nodes.nodered.message import Msg

MOST_HELD: Final = 100_000


class Sort(RedTransform, type="nodered/sort"):
    """Sort a list in a message, or the messages of a sequence.

    Its options have Node-RED's names, and it does what Node-RED's sort node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "sort"

    target: Annotated[str, Meta(description="The property that holds the list; empty: the sequence")] = "payload"
    targetType: Annotated[str, Meta(description="msg: the list; seq: the sequence")] = "msg"
    msgKey: Annotated[str, Meta(description="Expression for the key of an item")] = ""
    msgKeyType: Annotated[str, Meta(description="elem: the item itself; jsonata: the expression")] = "elem"
    seqKey: Annotated[str, Meta(description="The property or expression for the key of a message")] = "payload"
    seqKeyType: Annotated[str, Meta(description="msg or jsonata")] = "msg"
    order: Annotated[str, Meta(description="ascending or descending")] = "ascending"
    as_num: Annotated[bool | str, Meta(description="Compare as numbers")] = False

    def begin(self) -> None:
        """Hold nothing."""
        self._groups: dict[str, list[tuple[Msg, Message]]] = {}
        self._held = 0

    def receive(self, msg: Msg) -> None:
        """Sort."""
        if self.targetType == "seq":
            self._sequence(msg)
            return
        value = properties.get(msg, self.target or "payload")
        if not isinstance(value, list):
            self.finished(msg)
            return
        if self.msgKeyType == "jsonata":
            keyed = [(jsonata(self, self.msgKey, item), item) for item in value]
        else:
            keyed = [(item, item) for item in value]
        properties.put(msg, self.target or "payload", [item for _, item in self._sorted(keyed)])
        self.send(msg)
        self.finished(msg)

    def _sorted(self, keyed: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
        sign = -1 if self.order == "descending" else 1
        number = self.as_num in (True, "true")

        def compare(a: tuple[Any, Any], b: tuple[Any, Any]) -> int:
            x, y = (js.number(a[0]), js.number(b[0])) if number else (a[0], b[0])
            if x is y if js.type_of(x) == "object" else js.type_of(x) == js.type_of(y) and x == y:
                return 0
            return sign if js.less(y, x) else -sign

        return sorted(keyed, key=functools.cmp_to_key(compare))

    def _sequence(self, msg: Msg) -> None:
        parts = msg.get("parts")
        if not isinstance(parts, dict) or "id" not in parts or "index" not in parts:
            if "reset" in msg:
                self._groups.clear()
                self._held = 0
            self.finished(msg)
            return
        name = js.text(parts["id"])
        if self._held >= MOST_HELD:
            raise RedError("Too many pending messages in sort node")
        group = self._groups.setdefault(name, [])
        group.append((msg, self._base))
        self._held += 1
        count = next((m["parts"]["count"] for m, _ in group if js.is_number(m["parts"].get("count"))), None)
        if count is None or len(group) < count:
            self.finished(msg)
            return
        del self._groups[name]
        self._held -= len(group)
        keyed: list[tuple[Any, Any]] = []
        for pair in group:
            if self.seqKeyType == "jsonata":
                keyed.append((jsonata(self, self.seqKey, pair[0]), pair))
            else:
                keyed.append((properties.get(pair[0], self.seqKey or "payload"), pair))
        for index, (_, (each, base)) in enumerate(self._sorted(keyed)):
            self._base = base
            self.send({**each, "parts": {**each["parts"], "index": index}})
        self.finished(msg)

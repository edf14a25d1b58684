"""Node-RED's split node."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import binary, parse_json

MOST_PARTS = 1_000_000


class Split(RedTransform, type="nodered/split"):
    """Split a text, a list, an object or a buffer into a sequence of messages, which a join node puts together."""

    red: ClassVar[str] = "split"

    splt: Annotated[Any, Meta(description="Where a text or a buffer is split")] = "\\n"
    spltType: Annotated[str, Meta(description="How to read it: str, bin or len (a length)")] = "str"
    arraySplt: Annotated[float | str, Meta(description="How many items of a list stay together")] = 1
    arraySpltType: Annotated[str, Meta(description="len")] = "len"
    stream: Annotated[bool, Meta(description="Messages are a stream: what is left of one goes before the next")] = False
    addname: Annotated[str, Meta(description="The property that gets an object's key")] = ""
    property: Annotated[str, Meta(description="The property to split")] = "payload"

    def begin(self) -> None:
        """Nothing is left yet."""
        self._text_rest = ""
        self._bytes_rest = b""
        self._index = 0
        self._id = uuid.uuid4().hex[:16]
        at = self.splt
        if self.spltType == "str":
            at = js.text(at)
            for mark, char in (
                ("\\n", "\n"),
                ("\\r", "\r"),
                ("\\t", "\t"),
                ("\\e", "\x1b"),
                ("\\f", "\f"),
                ("\\0", "\0"),
            ):
                at = at.replace(mark, char)
        elif self.spltType == "bin":
            at = binary(parse_json(at))
        else:
            at = int(js.number(at)) if js.number(at) == js.number(at) else 0
        self._at = at
        self._chunk = max(1, int(js.number(self.arraySplt) or 1))

    def receive(self, msg: Msg) -> None:
        """Split a msg."""
        if "reset" in msg:
            self._text_rest, self._bytes_rest, self._index = "", b"", 0
            self.done(msg)
            return
        where = self.property or "payload"
        value = properties.get(msg, where)
        if value is MISSING:
            self.done(msg)
            return
        out = {key: inner for key, inner in msg.items() if key != "_msgid"}
        parts: dict[str, Any] = {"id": self._id if self.stream else uuid.uuid4().hex[:16]}
        if "parts" in msg:
            parts["parts"] = msg["parts"]
        if where != "payload":
            parts["property"] = where
        if isinstance(value, str):
            self._text(out, parts, where, value)
        elif isinstance(value, list):
            self._list(out, parts, where, value)
        elif isinstance(value, bytes):
            self._bytes(out, parts, where, value)
        elif isinstance(value, dict):
            for number, (key, inner) in enumerate(value.items()):
                more = {"type": "object", "key": key, "index": number, "count": len(value)}
                made = self._one(out, {**parts, **more}, where, inner)
                if self.addname:
                    properties.put(made, self.addname, key)
                self.send(made)
        else:
            self.done(msg)
            return
        self.done(msg)

    def _one(self, out: Msg, parts: dict[str, Any], where: str, value: Any) -> Msg:
        made = {**out, "_msgid": uuid.uuid4().hex[:16]}
        properties.put(made, where, value)
        made["parts"] = parts
        return made

    def _send(self, out: Msg, parts: dict[str, Any], where: str, values: list[Any]) -> None:
        if len(values) > MOST_PARTS:
            raise RedError(f"more than {MOST_PARTS} parts")
        for number, value in enumerate(values):
            self.send(self._one(out, {**parts, "index": number, "count": len(values)}, where, value))

    def _stream(self, out: Msg, parts: dict[str, Any], where: str, values: list[Any]) -> None:
        for value in values:
            self.send(self._one(out, {**parts, "index": self._index}, where, value))
            self._index += 1

    def _text(self, out: Msg, parts: dict[str, Any], where: str, value: str) -> None:
        text = self._text_rest + value
        parts["type"] = "string"
        if self.spltType == "len":
            parts["ch"], parts["len"] = "", self._at
            size = max(1, self._at)
            pieces = [text[i : i + size] for i in range(0, len(text), size)]
        else:
            at = self._at if isinstance(self._at, str) else self._at.decode(errors="replace")
            parts["ch"] = at
            pieces = text.split(at) if at else list(text)
        if not self.stream:
            self._send(out, parts, where, pieces)
            return
        if self.spltType == "len":
            self._text_rest = pieces.pop() if pieces and len(pieces[-1]) < self._at else ""
        else:
            self._text_rest = pieces.pop() if pieces else ""
        self._stream(out, parts, where, pieces)

    def _list(self, out: Msg, parts: dict[str, Any], where: str, value: list[Any]) -> None:
        parts["type"], parts["len"] = "array", self._chunk
        if self._chunk == 1:
            pieces: list[Any] = value
        else:
            pieces = [value[i : i + self._chunk] for i in range(0, len(value), self._chunk)]
        if self.stream:
            self._stream(out, parts, where, pieces)
        else:
            self._send(out, parts, where, pieces)

    def _bytes(self, out: Msg, parts: dict[str, Any], where: str, value: bytes) -> None:
        data = self._bytes_rest + value
        parts["type"] = "buffer"
        if self.spltType == "len":
            parts["len"] = self._at
            size = max(1, self._at)
            pieces = [data[i : i + size] for i in range(0, len(data), size)]
            short = bool(pieces) and len(pieces[-1]) < size
        else:
            at = self._at if isinstance(self._at, bytes) else str(self._at).encode()
            parts["ch"] = self._at if isinstance(self._at, str) else list(at)
            pieces = data.split(at) if at else [data]
            short = True
        if not self.stream:
            self._send(out, parts, where, pieces)
            return
        self._bytes_rest = pieces.pop() if pieces and short else b""
        self._stream(out, parts, where, pieces)

"""Node-RED's split node."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, ClassVar

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered import properties
from flowengine_nodes.nodered.base import RedError, RedTransform
from flowengine_nodes.nodered.escapes import unescaped
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import binary, parse_json

MOST_PARTS = 1_000_000


class Split(RedTransform, type="nodered/split"):
    """Split a text, a list, an object or a buffer into a sequence of messages, which a join node puts together.

    Its options have Node-RED's names, and it does what Node-RED's split node does: see docs/nodered.md.
    """

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
        self._broken = ""
        self._at: Any = ""
        self._chunk = 1
        try:
            self._read_options()
        except (RedError, ValueError) as error:
            self._broken = f"Invalid split property: {error}"
            self.log.error("%s", self._broken)

    def _read_options(self) -> None:
        if self.spltType == "bin":
            self._list_at = parse_json(self.splt)
            if not isinstance(self._list_at, list):
                raise RedError("Error: not an array")
            self._at = binary(self._list_at)
        elif self.spltType == "len":
            self._at = _length(self.splt, "split")
        else:
            self._at = unescaped(js.text(self.splt or "\\n"))
        self._chunk = _length(self.arraySplt, "array split")

    def receive(self, msg: Msg) -> None:
        """Split a msg."""
        where = self.property or "payload"
        value = properties.get(msg, where)
        if self._broken or value is MISSING:
            return
        out = {key: inner for key, inner in msg.items() if key != "_msgid"}
        parts: dict[str, Any] = {"id": uuid.uuid4().hex[:16]}
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
            self._object(out, parts, where, value)
        elif value is None:
            msg["parts"] = parts
            raise RedError("TypeError: Cannot convert undefined or null to object")
        self.finished(msg)

    def _send(self, out: Msg, parts: dict[str, Any], where: str, value: Any) -> None:
        made = {**out, "_msgid": uuid.uuid4().hex[:16]}
        properties.put(made, where, value)
        made["parts"] = parts
        self.send(made)

    def _all(self, out: Msg, parts: dict[str, Any], where: str, pieces: list[Any]) -> None:
        """Send pieces, numbered from 0, or in a stream from where the last one ended."""
        if len(pieces) > MOST_PARTS:
            raise RedError(f"more than {MOST_PARTS} parts")
        if not self.stream:
            self._index = 0
        for piece in pieces:
            self._send(out, {**parts, "index": self._index}, where, piece)
            self._index += 1

    def _object(self, out: Msg, parts: dict[str, Any], where: str, value: dict[str, Any]) -> None:
        parts["type"] = "object"
        for number, (key, inner) in enumerate(value.items()):
            if self.addname:
                properties.put(out, self.addname, key)
            self._send(out, {**parts, "key": key, "index": number, "count": len(value)}, where, inner)

    def _list(self, out: Msg, parts: dict[str, Any], where: str, value: list[Any]) -> None:
        pieces: list[Any] = value
        if self._chunk > 1:
            pieces = [value[i : i + self._chunk] for i in range(0, len(value), self._chunk)]
        for number, piece in enumerate(pieces):
            more = {"type": "array", "count": len(pieces), "len": self._chunk, "index": number}
            self._send(out, {**parts, **more}, where, piece)

    def _text(self, out: Msg, parts: dict[str, Any], where: str, value: str) -> None:
        text = self._text_rest + value
        parts["type"] = "string"
        if self.spltType == "len":
            parts["ch"], parts["len"] = "", self._at
            self._text_rest = self._lengths(out, parts, where, text, "")
            return
        at = self._at.decode(errors="replace") if isinstance(self._at, bytes) else self._at
        parts["ch"] = self._list_at if isinstance(self._at, bytes) else at
        pieces = text.split(at) if at else list(text)
        if self.stream:
            self._text_rest = pieces.pop() if pieces else ""
        else:
            parts["count"] = len(pieces)
        start = self._index
        self._all_text(out, parts, where, pieces, start)

    def _all_text(self, out: Msg, parts: dict[str, Any], where: str, pieces: list[str], start: int) -> None:
        """Send the pieces of a text; their numbers go on from what a stream has left, and begin anew after it."""
        self._index = start
        for piece in pieces:
            self._send(out, {**parts, "index": self._index}, where, piece)
            self._index += 1
        if not self.stream:
            self._index = 0

    def _lengths(self, out: Msg, parts: dict[str, Any], where: str, data: Any, nothing: Any) -> Any:
        """Send pieces of one length; returns what is left of a stream."""
        pieces = [data[i : i + self._at] for i in range(0, len(data), self._at)]
        if not self.stream:
            parts["count"] = len(pieces)
            self._all(out, parts, where, pieces or [data])
            return nothing
        rest = pieces.pop() if pieces and len(pieces[-1]) < self._at else nothing
        self._all(out, parts, where, pieces)
        return rest

    def _bytes(self, out: Msg, parts: dict[str, Any], where: str, value: bytes) -> None:
        data = self._bytes_rest + value
        parts["type"] = "buffer"
        if self.spltType == "len":
            parts["len"] = self._at
            self._bytes_rest = self._lengths(out, parts, where, data, b"")
            return
        at = self._at if isinstance(self._at, bytes) else str(self._at).encode()
        parts["ch"] = self._list_at if isinstance(self._at, bytes) else self._at
        *pieces, rest = data.split(at) if at else [data]
        if self.stream:
            self._all(out, parts, where, pieces)
            self._bytes_rest = rest
            return
        parts["count"] = len(pieces) + 1
        self._all(out, parts, where, pieces)
        self._bytes_rest = b""
        if rest:
            self._send(out, {**parts, "index": self._index, "count": self._index + 1}, where, rest)
            self._index += 2


def _length(value: Any, what: str) -> int:
    number = js.parse_float(value)
    if number != number or number < 1:
        raise RedError(f"Error: invalid {what} length: {js.text(value)}")
    return int(number)

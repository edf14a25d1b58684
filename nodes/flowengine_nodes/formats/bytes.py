"""Binary data to values and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Inline, Message, Transform
from flowengine_nodes.formats.layout import Field, slots
from flowengine_nodes.values.convert import shown
from flowengine_nodes.values.properties import MISSING, reader, writer

MOST_BYTES = 1_000_000


class Bytes(Transform, type="formats/bytes"):
    """Take values out of binary data by a layout, or put them into it.

    parse: in goes binary data (bytes, or a list of 16-bit registers as a Modbus device gives them), out comes an object
    with one key for each field. build: the other way round; bytes that no field covers are 0. Longer numbers in
    registers come in several orders: with byte_order big and word_order high-first the first register is the highest
    (ABCD); low-first is CDAB; byte_order little swaps the bytes of each word.

    Bad data: too few bytes, a value that is missing or does not fit its field.

    Example: data registers, layout `[{"name": "level", "type": "float32"}, {"name": "running", "type": "bits"}]` turns
    [16518, 26214, 1] into {"level": 4.2 (as a 32-bit float), "running": true}.
    """

    layout: Annotated[list[Field], Meta(description="The fields, in order", min_length=1)]
    direction: Annotated[Literal["parse", "build"], Meta(description="Data into values, or values into data")] = "parse"
    data: Annotated[
        Literal["bytes", "registers"], Meta(description="bytes, or a list of 16-bit registers; offsets count these")
    ] = "bytes"
    property: Annotated[str, Meta(description="Which property to convert: a path such as payload")] = "payload"

    def __post_init__(self) -> None:
        """Give each field its place."""
        step = 2 if self.data == "registers" else 1
        self._slots = slots(self.layout, step)
        self._size = -(-max(slot.end for slot in self._slots) // step) * step
        if self._size > MOST_BYTES:
            raise ValueError(f"the layout is {self._size} bytes long; at most {MOST_BYTES} are allowed")
        self._read = reader(self.property)
        self._write = writer(self.property)
        self._convert = self._parsed if self.direction == "parse" else self._built

    def process(self, msg: Message) -> Message:
        """Parse or build."""
        value = self._read(msg)
        if value is MISSING:
            raise BadData(f"there is no {self.property} to convert")
        return self._write(msg, self._convert(value))

    def inline(self) -> Inline | None:
        """Return a call of the conversion."""
        if self.property != "payload":
            return None
        return Inline(payload="convert(payload)", names={"convert": self._convert})

    def _parsed(self, value: Any) -> dict[str, Any]:
        raw = self._raw(value)
        if len(raw) < self._size:
            there, wanted = (len(raw) // 2, self._size // 2) if self.data == "registers" else (len(raw), self._size)
            raise BadData(f"the layout needs {wanted} {self.data}; the message has {there}")
        return {slot.field.name: slot.read(raw[slot.start : slot.end]) for slot in self._slots}

    def _raw(self, value: Any) -> bytes:
        if isinstance(value, bytes):
            return value
        width = 2 if self.data == "registers" else 1
        if not isinstance(value, list | tuple):
            raise BadData(f"{shown(value)} is neither bytes nor a list of {self.data}")
        try:
            return b"".join(item.to_bytes(width) for item in value)
        except (AttributeError, TypeError, OverflowError):
            raise BadData(f"{shown(value)} is no list of {self.data}: each must be 0 to {256**width - 1}") from None

    def _built(self, value: Any) -> bytes | list[int]:
        if not isinstance(value, Mapping):
            raise BadData(f"{shown(value)} is no object with the fields of the layout")
        out = bytearray(self._size)
        for slot in self._slots:
            if slot.field.name not in value:
                raise BadData(f"field '{slot.field.name}' is missing in {shown(value)}")
            slot.write(value[slot.field.name], out)
        if self.data == "bytes":
            return bytes(out)
        return [int.from_bytes(out[place : place + 2]) for place in range(0, self._size, 2)]

"""Fields in binary data: where each lies, and how it is read and written."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, only_with
from flowengine_nodes.values.convert import is_number, number, shown

FieldType = Literal[
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64", "string", "bits"
]
_CODES = {
    "int8": "b", "uint8": "B", "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float32": "f", "float64": "d",
}  # fmt: skip


class Field(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """One value in binary data."""

    name: Annotated[str, Meta(description="Key of the value in the object", min_length=1)]
    type: Annotated[FieldType, Meta(description="What it is; bits: one or more bits of a whole number without sign")]
    offset: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        Meta(description="Where it begins: bytes (or registers) from the start; left out: after the one before"),
    ] = None
    byte_order: Annotated[
        Literal["big", "little"], Meta(description="Order of the two bytes in a 16-bit word"), ADVANCED
    ] = "big"
    word_order: Annotated[
        Literal["high-first", "low-first"] | None,
        Meta(description="Order of the 16-bit words; left out: as the bytes (big: high-first, little: low-first)"),
        ADVANCED,
    ] = None
    length: Annotated[
        int, Meta(description="string: bytes; bits: how many bits", ge=1, le=65536), only_with(type=("string", "bits"))
    ] = 1
    bit: Annotated[
        int, Meta(description="bits: the first bit; 0 is the lowest", ge=0, le=63), only_with(type="bits")
    ] = 0
    encoding: Annotated[
        Literal["ascii", "utf-8", "latin-1", "utf-16-le", "utf-16-be"],
        Meta(description="string: how it is written"),
        only_with(type="string"),
    ] = "ascii"
    scale: Annotated[float, Meta(description="The value is the number read times this"), ADVANCED] = 1.0
    add: Annotated[float, Meta(description="... plus this"), ADVANCED] = 0.0


@dataclass(frozen=True)
class Slot:
    """A field with its place."""

    field: Field
    start: int
    """In bytes."""
    size: int
    """In bytes."""
    read: Callable[[bytes], Any]
    """Return the value that the slot's bytes mean."""
    write: Callable[[Any, bytearray], None]
    """Put a value into the whole data; raises BadData if it does not fit."""

    @property
    def end(self) -> int:
        """Where the next field may begin, in bytes."""
        return self.start + self.size


def slots(fields: list[Field], step: int) -> list[Slot]:
    """Give each field its place; `step` is 1 where offsets count bytes, 2 where they count registers.

    Raises:
        ValueError: a field does not fit together, or two have the same name.
    """
    found: list[Slot] = []
    for field in fields:
        if any(slot.field.name == field.name for slot in found):
            raise ValueError(f"two fields have the name '{field.name}'")
        after = -(-found[-1].end // step) * step if found else 0
        found.append(_slot(field, after if field.offset is None else field.offset * step, step))
    return found


def _slot(field: Field, start: int, step: int) -> Slot:
    if field.scale == 0 or not math.isfinite(field.scale) or not math.isfinite(field.add):
        raise ValueError(f"field '{field.name}': scale must be a number other than 0, and add a number")
    if field.type == "string":
        size = field.length
        return Slot(
            field, start, size, lambda raw: _read_text(field, raw), lambda v, out: _put_text(field, v, out, start)
        )
    if field.type == "bits":
        size = _bits_size(field, step)
        order = _byte_order(size, field)
        return Slot(
            field, start, size,
            lambda raw: _read_bits(field, _ordered(raw, order)),
            lambda v, out: _put_bits(field, v, out, start, size, order),
        )  # fmt: skip
    code = struct.Struct(f">{_CODES[field.type]}")
    order = _byte_order(code.size, field)

    def read(raw: bytes) -> Any:
        value = code.unpack(_ordered(raw, order))[0]
        return value if field.scale == 1 and field.add == 0 else value * field.scale + field.add

    def write(value: Any, out: bytearray) -> None:
        out[start : start + code.size] = _ordered(_packed(field, code, value), order)

    return Slot(field, start, code.size, read, write)


def _byte_order(size: int, field: Field) -> list[int] | None:
    """Return from which byte of the data each byte of the big-endian value comes (and the other way round)."""
    if size == 1:
        return None
    words = [[i, i + 1] if field.byte_order == "big" else [i + 1, i] for i in range(0, size, 2)]
    if (field.word_order or ("high-first" if field.byte_order == "big" else "low-first")) == "low-first":
        words.reverse()
    order = [place for word in words for place in word]
    return None if order == list(range(size)) else order


def _ordered(raw: bytes, order: list[int] | None) -> bytes:
    # Each order used is its own inverse, so this serves for reading and writing.
    return raw if order is None else bytes(raw[place] for place in order)


def _packed(field: Field, code: struct.Struct, value: Any) -> bytes:
    if not is_number(value) and not isinstance(value, str):
        raise BadData(f"field '{field.name}' needs a number, not {shown(value)}")
    raw: int | float = value if is_number(value) else number(value)
    if field.scale != 1 or field.add != 0:
        raw = (raw - field.add) / field.scale
    try:
        if field.type.startswith("float"):
            return code.pack(raw)
        return code.pack(raw if isinstance(raw, int) else round(raw))
    except (struct.error, OverflowError, ValueError):
        raise BadData(f"field '{field.name}': {shown(value)} does not fit into {field.type}") from None


def _read_text(field: Field, raw: bytes) -> str:
    try:
        return raw.decode(field.encoding).rstrip("\0")
    except UnicodeError as error:
        raise BadData(f"field '{field.name}': {shown(raw)} is not {field.encoding}: {error}") from None


def _put_text(field: Field, value: Any, out: bytearray, start: int) -> None:
    if not isinstance(value, str):
        raise BadData(f"field '{field.name}' needs a text, not {shown(value)}")
    try:
        raw = value.encode(field.encoding)
    except UnicodeError as error:
        raise BadData(f"field '{field.name}': {shown(value)} is not {field.encoding}: {error}") from None
    if len(raw) > field.length:
        raise BadData(f"field '{field.name}': {shown(value)} takes {len(raw)} bytes; there are {field.length}")
    out[start : start + field.length] = raw.ljust(field.length, b"\0")


def _bits_size(field: Field, step: int) -> int:
    needed = field.bit + field.length
    size = next((size for size in (1, 2, 4, 8) if size >= step and needed <= size * 8), None)
    if size is None:
        raise ValueError(f"field '{field.name}': bits {field.bit} to {needed - 1} lie beyond 64 bits")
    return size


def _read_bits(field: Field, raw: bytes) -> int | bool:
    value = int.from_bytes(raw) >> field.bit & (1 << field.length) - 1
    return bool(value) if field.length == 1 else value


def _put_bits(field: Field, value: Any, out: bytearray, start: int, size: int, order: list[int] | None) -> None:
    limit = 1 << field.length
    if not isinstance(value, int) or not 0 <= value < limit:
        raise BadData(f"field '{field.name}' needs a whole number of 0 to {limit - 1}, not {shown(value)}")
    before = int.from_bytes(_ordered(bytes(out[start : start + size]), order))
    mask = (limit - 1) << field.bit
    after = (before & ~mask) | (int(value) << field.bit)
    out[start : start + size] = _ordered(after.to_bytes(size), order)

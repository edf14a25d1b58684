"""Registers as values and back: every data type in every byte order. Pure.

A register holds 16 bits and travels high byte first. What a device puts into two or four of them has no standard, so
vendors name the order in which the bytes of the number 0xAABBCCDD arrive: ABCD (big endian, the most common), CDAB
(words swapped), BADC (bytes swapped in each word), DCBA (both). The same four names serve 16 and 64 bits.

Contents of registers are `bytes` here, two per register as sent; contents of coils are bits packed as sent, the first
in the lowest bit of the first byte.
"""

from __future__ import annotations

import math
import struct
from typing import Any, Literal, Protocol

from flowengine import BadData

DataType = Literal[
    "bool", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64",
    "string", "bits", "bcd16", "bcd32", "raw",
]  # fmt: skip
ByteOrder = Literal["ABCD", "CDAB", "BADC", "DCBA"]

FORMATS = {
    "int16": "h", "uint16": "H", "int32": "i", "uint32": "I", "int64": "q", "uint64": "Q",
    "float32": "f", "float64": "d", "bcd16": "H", "bcd32": "I",
}  # fmt: skip
"""The types that are numbers, with their letter in `struct`."""

# An order is the endianness of the whole value plus, maybe, a swap of the two bytes of each register:
# CDAB is little endian (DCBA) with the bytes of each register swapped. This holds for 16, 32 and 64 bits.
_ENDIAN = {"ABCD": ">", "BADC": ">", "CDAB": "<", "DCBA": "<"}
_SWAPPED = {"BADC", "CDAB"}


class Codec(Protocol):
    """Turns the contents of registers (or coils) into a value and back."""

    words: int
    """How many registers (or coils) the value takes."""

    def decode(self, data: bytes) -> Any:
        """Return the value.

        Raises:
            BadData: these bits are no value of the type.
        """

    def encode(self, value: Any) -> bytes:
        """Return the contents that mean `value`.

        Raises:
            BadData: the value has the wrong type or does not fit.
        """


def codec(
    data_type: DataType, order: ByteOrder = "ABCD", count: int = 1, length: int = 1, bit: int | None = None
) -> Codec:
    """Return the codec of a data type in holding or input registers.

    Args:
        data_type: what stands there.
        order: byte order of numbers; of text and bits only whether the two bytes of a register are swapped.
        count: how many of them; more than one makes the value a list. Registers, for `bits` and `raw`.
        length: bytes of a string.
        bit: of `bool`, which bit of the register, 0 the lowest; None: true when the register is not 0.
    """
    if data_type in ("bcd16", "bcd32"):
        return Bcd(data_type, order, count)
    if data_type in FORMATS:
        return Number(data_type, order, count)
    if data_type == "string":
        return Text(length, order)
    if data_type == "bits":
        return Bits(count, order)
    return Flag(bit, order) if data_type == "bool" else Raw(count)


class Number:
    """Integers and floats; a list of them when there are several."""

    def __init__(self, data_type: str, order: ByteOrder, count: int) -> None:
        self._type, self._count = data_type, count
        self._struct = struct.Struct(f"{_ENDIAN[order]}{count}{FORMATS[data_type]}")
        self._swap = order in _SWAPPED
        self._real = data_type.startswith("float")
        self.words = self._struct.size // 2

    def decode(self, data: bytes) -> Any:
        """Return the number, or the list of numbers."""
        values = self._struct.unpack(swap(data) if self._swap else data)
        return values[0] if self._count == 1 else list(values)

    def encode(self, value: Any) -> bytes:
        """Return the registers; whole numbers are rounded."""
        values = [value] if self._count == 1 else items(value, self._count, self._type)
        check = self._float if self._real else self._integer
        data = self._struct.pack(*[check(v) for v in values])
        return swap(data) if self._swap else data

    def _float(self, value: Any) -> float:
        if not is_number(value):
            raise BadData(f"{self._type} must be a number, not {value!r:.60}")
        try:
            number = float(value)
            if math.isfinite(number):
                struct.pack(f">{FORMATS[self._type]}", number)
                return number
        except OverflowError as error:
            raise BadData(f"{value!r:.60} is too large for {self._type}") from error
        raise BadData(f"{self._type} must be a finite number, not {value!r}")

    def _integer(self, value: Any) -> int:
        return whole(value, self._type, *bounds(self._type))


class Bcd:
    """Whole numbers as binary coded decimals: each four bits are one digit, so 0x1234 means 1234."""

    def __init__(self, data_type: str, order: ByteOrder, count: int) -> None:
        self._type, self._count = data_type, count
        self._words = Number("uint16" if data_type == "bcd16" else "uint32", order, count)
        self.words = self._words.words

    def decode(self, data: bytes) -> Any:
        """Return the decimal number, or the list of them."""
        found = self._words.decode(data)
        values = [self._digits(v) for v in ([found] if self._count == 1 else found)]
        return values[0] if self._count == 1 else values

    def encode(self, value: Any) -> bytes:
        """Return the registers."""
        values = [value] if self._count == 1 else items(value, self._count, self._type)
        coded = [int(str(whole(v, self._type, *bounds(self._type))), 16) for v in values]
        return self._words.encode(coded[0] if self._count == 1 else coded)

    def _digits(self, value: int) -> int:
        try:
            return int(f"{value:x}")
        except ValueError:
            raise BadData(f"0x{value:X} is no {self._type}: a digit is above 9") from None


class Text:
    """Text of one byte per character (Latin-1), two in each register, padded with NUL."""

    def __init__(self, length: int, order: ByteOrder) -> None:
        self._length, self.words = length, (length + 1) // 2
        self._swap = order in ("BADC", "DCBA")

    def decode(self, data: bytes) -> str:
        """Return the text up to the first NUL, without spaces at its end."""
        text = (swap(data) if self._swap else data)[: self._length]
        return text.split(b"\0", 1)[0].decode("latin-1").rstrip(" ")

    def encode(self, value: Any) -> bytes:
        """Return the registers, filled up with NUL."""
        if not isinstance(value, str):
            raise BadData(f"string must be text, not {value!r:.60}")
        try:
            text = value.encode("latin-1")
        except UnicodeEncodeError:
            raise BadData(f"{value!r:.60} has characters that a register cannot hold (only Latin-1)") from None
        if len(text) > self._length:
            raise BadData(f"{value!r:.60} has {len(text)} characters; there is room for {self._length}")
        data = text.ljust(2 * self.words, b"\0")
        return swap(data) if self._swap else data


class Bits:
    """Every bit of some registers as a list of booleans: 16 for each, the lowest bit first."""

    def __init__(self, count: int, order: ByteOrder) -> None:
        self.words = count
        self._swap = order in ("BADC", "DCBA")

    def decode(self, data: bytes) -> list[bool]:
        """Return every bit."""
        # Low byte first, all bits stand in one row from the lowest up.
        return unpack_bits(data if self._swap else swap(data), 16 * self.words)

    def encode(self, value: Any) -> bytes:
        """Return the registers that have these bits."""
        data = pack_bits(value, 16 * self.words)
        return data if self._swap else swap(data)


class Flag:
    """One bit of a register, or the whole register as yes or no."""

    words = 1

    def __init__(self, bit: int | None, order: ByteOrder) -> None:
        swapped = bit is not None and order in ("BADC", "DCBA")
        self.mask = 0xFFFF if bit is None else 1 << (bit ^ 8 if swapped else bit)

    def decode(self, data: bytes) -> bool:
        """Return whether the bit is set, or any bit."""
        return bool(int.from_bytes(data, "big") & self.mask)

    def encode(self, value: Any) -> bytes:
        """Return the register with the bit set or not, all others 0."""
        on = boolean(value)
        return ((self.mask if self.mask != 0xFFFF else 1) if on else 0).to_bytes(2, "big")


class Raw:
    """Registers as they are: a list of numbers from 0 to 65535."""

    def __init__(self, count: int) -> None:
        self.words = count
        self._struct = struct.Struct(f">{count}H")

    def decode(self, data: bytes) -> list[int]:
        """Return the registers as numbers."""
        return list(self._struct.unpack(data))

    def encode(self, value: Any) -> bytes:
        """Return the registers."""
        return self._struct.pack(*[whole(v, "register", 0, 0xFFFF) for v in items(value, self.words, "raw")])


class Coils:
    """Coils and discrete inputs: a boolean, or a list of them when there are several."""

    def __init__(self, count: int) -> None:
        self.words = count

    def decode(self, data: bytes) -> bool | list[bool]:
        """Return the bit, or the list of bits."""
        return bool(data[0] & 1) if self.words == 1 else unpack_bits(data, self.words)

    def encode(self, value: Any) -> bytes:
        """Return the packed bits."""
        return pack_bits([value] if self.words == 1 else value, self.words)


def swap(data: bytes) -> bytes:
    """Return the contents with the two bytes of every register exchanged."""
    swapped = bytearray(data)
    swapped[0::2], swapped[1::2] = data[1::2], data[0::2]
    return bytes(swapped)


def unpack_bits(data: bytes, count: int) -> list[bool]:
    """Return the first `count` bits, the lowest of the first byte first."""
    row = int.from_bytes(data, "little")
    return [bool(row >> i & 1) for i in range(count)]


def pack_bits(values: Any, count: int) -> bytes:
    """Return booleans as bits, the first in the lowest bit of the first byte.

    Raises:
        BadData: not a list of `count` booleans.
    """
    row = sum(boolean(value) << i for i, value in enumerate(items(values, count, "bits")))
    return row.to_bytes((count + 7) // 8, "little")


def bounds(data_type: str) -> tuple[int, int]:
    """Return the least and the greatest whole number that a type can hold."""
    if data_type.startswith("bcd"):
        return 0, 9999 if data_type == "bcd16" else 99_999_999
    bits = 8 * struct.calcsize(f">{FORMATS[data_type]}")
    return (0, (1 << bits) - 1) if data_type.startswith("u") else (-(1 << bits - 1), (1 << bits - 1) - 1)


def whole(value: Any, name: str, least: int, most: int) -> int:
    """Return a number rounded to the nearest whole one.

    Raises:
        BadData: no number, not finite, or outside `least` to `most`.
    """
    if not is_number(value) or (isinstance(value, float) and not math.isfinite(value)):
        raise BadData(f"{name} must be a number from {least} to {most}, not {value!r:.60}")
    number: int = round(value)
    if not least <= number <= most:
        raise BadData(f"{value!r:.60} does not fit {name} ({least} to {most})")
    return number


def boolean(value: Any) -> bool:
    """Return a yes or no.

    Raises:
        BadData: neither true, false, 1 nor 0.
    """
    if isinstance(value, bool) or (is_number(value) and value in (0, 1)):
        return bool(value)
    raise BadData(f"must be true or false, not {value!r:.60}")


def items(value: Any, count: int, name: str) -> list[Any]:
    """Return a list that has `count` elements.

    Raises:
        BadData: no list, or another length.
    """
    if not isinstance(value, list | tuple):
        raise BadData(f"{name} must be a list of {count} values, not {value!r:.60}")
    if len(value) != count:
        raise BadData(f"{name} must be a list of {count} values, not of {len(value)}")
    return list(value)


def is_number(value: Any) -> bool:
    """Say whether a value is an int or a float (a bool is neither here)."""
    return isinstance(value, int | float) and not isinstance(value, bool)

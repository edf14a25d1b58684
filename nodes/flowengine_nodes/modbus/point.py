"""Where a value stands in a device and what it means: the options that reading and writing share."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Self

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, only_with
from flowengine_nodes.modbus import pdu, requests
from flowengine_nodes.modbus.pdu import Request, Table
from flowengine_nodes.modbus.registers import FORMATS, ByteOrder, Codec, Coils, DataType, bounds, codec, is_number
from flowengine_nodes.modbus.requests import Span

TableOption = Annotated[Table, Meta(description="Which of the device's four tables")]
AddressOption = Annotated[
    Annotated[int, Meta(ge=0, le=65536)] | None,
    Meta(description="Address of the first register or coil, counted from address_base"),
]
DataTypeOption = Annotated[
    DataType | None,
    Meta(
        description="What stands there; empty: bool for coils and discrete inputs, uint16 for registers. bits: a list "
        "of all bits, raw: a list of registers, bcd: decimal digits of four bits"
    ),
]
OrderOption = Annotated[
    ByteOrder,
    Meta(
        description="In which order the bytes of a number come: ABCD big endian (most devices), CDAB words swapped, "
        "BADC bytes swapped, DCBA both"
    ),
    ADVANCED,
]
CountOption = Annotated[
    int, Meta(ge=1, le=2000, description="How many values stand in a row; more than one makes a list"), ADVANCED
]
LengthOption = Annotated[
    int, Meta(ge=1, le=246, description="Characters of a string; two in each register"), only_with(data_type="string")
]
BitOption = Annotated[
    Annotated[int, Meta(ge=0, le=15)] | None,
    Meta(description="For bool in a register: which bit, 0 the lowest; empty: not zero"),
    only_with(data_type="bool"),
]
ScaleOption = Annotated[float, Meta(description="The value is the number in the device times this")]
OffsetOption = Annotated[float, Meta(description="plus this")]
EngineeringUnitOption = Annotated[str, Meta(description="Unit of the value, kept in the message", examples=["degC"])]


class Point(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One of several points that a node reads."""

    table: TableOption = "holding"
    address: AddressOption
    data_type: DataTypeOption = None
    order: OrderOption = "ABCD"
    count: CountOption = 1
    length: LengthOption = 16
    bit: BitOption = None
    scale: ScaleOption = 1.0
    offset: OffsetOption = 0.0
    engineering_unit: EngineeringUnitOption = ""

    @classmethod
    def of(cls, node: object) -> Self:
        """Return the point that a node's own options describe."""
        return cls(**{name: getattr(node, name) for name in cls.__struct_fields__})


class Place:
    """A point made ready: its span, its requests, its value from registers and back.

    Raises:
        ValueError: the options do not fit together.
    """

    def __init__(self, point: Point, base: int) -> None:
        if point.address is None:
            raise ValueError("address is missing: which register or coil is meant?")
        coils = point.table in ("coil", "discrete")
        self.table: Table = point.table
        self.data_type: DataType = point.data_type or ("bool" if coils else "uint16")
        self.bit = point.bit
        _check(point, self.data_type, coils)
        self.codec: Codec = (
            Coils(point.count) if coils else codec(self.data_type, point.order, point.count, point.length, point.bit)
        )
        self.span = Span(point.address - base, self.codec.words)
        if self.span.address < 0:
            raise ValueError("address 0 does not exist when addresses are counted from 1")
        if self.span.end > 65536:
            raise ValueError(f"the value would end at address {self.span.end - 1}; the last there is is 65535")
        self._step = max(1, self.codec.words // point.count) if self.data_type not in ("bits", "raw") else 1
        self._width = 1 if self.data_type == "raw" else max(1, self.codec.words // point.count)
        self._order = point.order
        self._scaled = point.scale != 1 or point.offset != 0
        self._scale, self._offset = point.scale, point.offset
        self.decode: Callable[[bytes], Any] = self._decode_scaled if self._scaled else self.codec.decode
        # Whole numbers times 0.1 have one decimal, whatever binary fractions make of them.
        self._decimals = (
            None if self.data_type.startswith("float") else max(map(_decimals, (point.scale, point.offset)))
        )

    def reads(self, unit: int, most_registers: int) -> list[Request]:
        """Return the requests that read it: one, or several in a row when it is long."""
        most = requests.MOST_BITS if self.table in ("coil", "discrete") else most_registers
        function = pdu.READ[self.table]
        return [pdu.read(unit, function, span) for span in requests.split(self.span, most, self._step)]

    def encode(self, value: Any) -> bytes:
        """Return the contents of the registers or coils that mean `value`.

        Raises:
            BadData: wrong type, not finite or out of range.
        """
        if not self._scaled:
            return self.codec.encode(value)
        many = isinstance(value, list | tuple)
        try:
            return self.codec.encode([self._unscale(v) for v in value] if many else self._unscale(value))
        except BadData as error:
            if self.data_type.startswith("float"):
                raise
            ends = [self._engineering(end) for end in bounds(self.data_type)]
            raise BadData(f"{value!r:.60} cannot be written: {min(ends)!r} to {max(ends)!r} fit ({error})") from error

    def addresses(self) -> list[str]:
        """Return where each of its values is written and how: `holding/20/int16*0.1`.

        Registers written raw or bit by bit are one address each, as they are for who writes them so.
        """
        first, words = self.span
        data_type = {"raw": "uint16", "bits": "bool"}.get(self.data_type, self.data_type)
        how = data_type if self._order == "ABCD" or self.table == "coil" else f"{data_type}:{self._order}"
        if self.data_type == "bits":
            return [f"{self.table}/{first + i // 16}.{i % 16}/{how}" for i in range(16 * words)]
        if self._scaled:
            how += f"*{self._scale!r}{self._offset:+}"
        if self.data_type == "string":
            return [f"{self.table}/{first}/{how}[{words}]"]
        bit = "" if self.bit is None else f".{self.bit}"
        return [f"{self.table}/{at}{bit}/{how}" for at in range(first, first + words, self._width)]

    def _unscale(self, value: Any) -> Any:
        # A whole number with hundreds of digits fits no float; the codec refuses it as it is.
        return (value - self._offset) / self._scale if is_number(value) and abs(value) < 1e300 else value

    def _engineering(self, number: float) -> float:
        value = number * self._scale + self._offset
        return value if self._decimals is None else round(value, self._decimals)

    def _decode_scaled(self, data: bytes) -> Any:
        found = self.codec.decode(data)
        return [self._engineering(n) for n in found] if isinstance(found, list) else self._engineering(found)


def _check(point: Point, data_type: DataType, coils: bool) -> None:
    if coils and data_type != "bool":
        raise ValueError(f"data_type {data_type} does not fit table {point.table}, whose values are bool")
    if point.bit is not None and (coils or data_type != "bool"):
        raise ValueError("bit is for data_type bool in a register")
    if point.count > 1 and not coils and data_type in ("string", "bool"):
        other = "use bits" if data_type == "bool" else "use several points"
        raise ValueError(f"count does not fit data_type {data_type}; {other}")
    if (point.scale != 1 or point.offset != 0) and data_type not in FORMATS:
        raise ValueError(f"scale and offset are for numbers, not for data_type {data_type}")
    if point.scale == 0:
        raise ValueError("scale must not be 0")


def _decimals(number: float) -> int:
    exponent = Decimal(repr(float(number))).normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0

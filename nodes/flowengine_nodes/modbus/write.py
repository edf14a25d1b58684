"""Writes values to a Modbus device."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from msgspec import Meta

import flowengine
from flowengine import ADVANCED, Actuator, BadData, Message, NodeError, Refused, only_with, unit
from flowengine_nodes.modbus import pdu
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.pdu import Request
from flowengine_nodes.modbus.point import (
    AddressOption,
    BitOption,
    CountOption,
    DataTypeOption,
    EngineeringUnitOption,
    LengthOption,
    OffsetOption,
    OrderOption,
    Place,
    Point,
    ScaleOption,
)
from flowengine_nodes.modbus.registers import Flag, is_number
from flowengine_nodes.modbus.requests import MOST_WRITTEN_BITS, MOST_WRITTEN_REGISTERS

READ_BACK_EVERY = 0.05
"""Seconds between two looks at whether the device has taken a value."""


class Write(Actuator, type="modbus/write"):
    """Write the payload to a register or coil of a Modbus device.

    The payload must fit the data type: a number for number types (rounded to whole steps where the register holds
    whole numbers), true or false for coils and bits, text for strings, a list where `count` is more than one. NaN,
    numbers out of range and other types are refused, and nothing is sent.

    A write is sent once and never repeated by itself. With `read_back` it counts as done only when the device shows
    the value. A single `bit` of a register is changed by the device itself (function 22), so that its neighbours stay.

    Example: table `holding`, address 20, data type `int16`, scale 0.1: payload 21.5 writes 215.
    """

    connection: Annotated[Device, Meta(description="The device to write to")]
    unit: Annotated[
        int, Meta(ge=1, le=255, description="Unit id (slave address) of the device; 0, all at once, is not allowed")
    ] = 1
    table: Annotated[Literal["holding", "coil"], Meta(description="Holding registers or coils")] = "holding"
    address: AddressOption = None
    address_base: Annotated[
        Literal[0, 1],
        Meta(description="0: addresses as they are sent; 1: counted from 1, as many manuals do (40011 is then 11)"),
        ADVANCED,
    ] = 0
    data_type: DataTypeOption = None
    order: OrderOption = "ABCD"
    count: CountOption = 1
    length: LengthOption = 16
    bit: BitOption = None
    scale: ScaleOption = 1.0
    offset: OffsetOption = 0.0
    engineering_unit: EngineeringUnitOption = ""
    function: Annotated[
        Literal["auto", "single", "multiple"],
        Meta(
            description="single: functions 5 and 6; multiple: functions 15 and 16; auto: single for one register or "
            "coil, multiple for more"
        ),
        ADVANCED,
    ] = "auto"
    read_back: Annotated[bool, Meta(description="Read the value back and refuse when it is another")] = False
    tolerance: Annotated[
        float,
        Meta(ge=0, description="How far the value read back may be from the one written", title="Tolerance"),
        only_with(read_back=True),
    ] = 0.0
    read_back_within: Annotated[
        float,
        Meta(
            ge=0,
            le=60,
            description="How long the device may take to show the value",
            extra_json_schema=unit("s"),
        ),
        only_with(read_back=True),
    ] = 1.0

    def __post_init__(self) -> None:
        if self.unit == 0:
            raise ValueError("unit 0 writes to all units at once and none confirms it: name the unit")
        place = self._place = Place(Point.of(self), self.address_base)
        most = MOST_WRITTEN_BITS if self.table == "coil" else MOST_WRITTEN_REGISTERS
        if place.span.size > most:
            raise ValueError(f"{place.span.size} {self.table}s do not fit one write (at most {most})")
        if self.function == "single" and place.span.size > 1:
            raise ValueError(f"function single writes one {self.table}, but the value takes {place.span.size}")
        if self.bit is not None and self.function != "auto":
            raise ValueError("a bit is written by function 22 (mask write register): leave function at auto")
        if self.tolerance and not self.read_back:
            raise ValueError("tolerance needs read_back")
        device = f"{self.connection.leads_to()}/{self.unit}"
        self._addresses = [f"{device}/{address}" for address in place.addresses()]

    async def start(self) -> None:
        """Prepare the reading back."""
        self._reads = self._place.reads(self.unit, self.connection.max_registers)

    async def write(self, msg: Message) -> None:
        """Send the value once; with `read_back` wait until the device shows it.

        Raises:
            BadData: the payload does not fit; nothing was sent.
            Refused: the device said no, or shows another value.
            Retryable: no connection, or no answer: whether the device took the value is then not known.
        """
        data = self._place.encode(msg.payload)
        line = self.connection.line
        await line.ask(self._request(data))
        if self.read_back:
            await self._confirm(self._place.decode(data))

    def writes(self, msg: Message) -> Sequence[flowengine.Write]:
        """Say which registers or coils get which values, as the device will read them."""
        value = self._place.decode(self._place.encode(msg.payload))
        values = value if isinstance(value, list) else [value]
        unit = self.engineering_unit
        return [flowengine.Write(at, one, unit) for at, one in zip(self._addresses, values, strict=True)]

    def _request(self, data: bytes) -> Request:
        address, count = self._place.span
        single = self.function == "single" or (self.function == "auto" and count == 1)
        if self.table == "coil":
            return pdu.write_coils(self.unit, address, data, count, single=single)
        if self.bit is not None:
            assert isinstance(self._place.codec, Flag)
            mask = self._place.codec.mask
            return pdu.mask_register(self.unit, address, ~mask & 0xFFFF, int.from_bytes(data, "big"))
        return pdu.write_registers(self.unit, address, data, single=single)

    async def _confirm(self, written: Any) -> None:
        clock = self.clock
        until = clock.monotonic() + self.read_back_within
        where = f"{written!r:.60} was written to {self.table} {self.address} of unit {self.unit}"
        while True:
            problem = await self._difference(written)
            if problem is None:
                return
            left = until - clock.monotonic()
            if left <= 0:
                raise type(problem)(f"{where}, but after {self.read_back_within:g} s {problem}")
            await clock.sleep(min(left, READ_BACK_EVERY))

    async def _difference(self, written: Any) -> NodeError | None:
        """Return why the value does not count as taken yet."""
        line = self.connection.line
        try:
            # One request after the other: a written value that is longer than one is rare.
            found = self._place.decode(b"".join([await line.ask(request) for request in self._reads]))
        except BadData as error:
            return Refused(f"it cannot be read: {error}")
        except NodeError as error:
            return type(error)(f"it could not be read back: {error}")
        return None if self._same(written, found) else Refused(f"it reads {found!r:.60}")

    def _same(self, written: Any, found: Any) -> bool:
        if isinstance(written, list):
            return len(written) == len(found) and all(map(self._same, written, found))
        if is_number(written) and is_number(found):
            return bool(abs(found - written) <= self.tolerance)
        return bool(written == found)

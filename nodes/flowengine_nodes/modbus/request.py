"""Reads a Modbus device when a message asks for it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, AsyncTransform, BadData, Message
from flowengine_nodes.modbus.device import Device
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
    TableOption,
)
from flowengine_nodes.modbus.read import checked

CHANGEABLE = ("unit", "table", "address", "data_type", "order", "count", "length", "bit", "scale", "offset")
"""What a message may say otherwise."""


class Request(AsyncTransform, type="modbus/request"):
    """Read a value from a Modbus device for each message that comes in.

    The message goes on with the value as payload and the time of the reading; everything else in it stays. What is
    read is set by the options; a message may say otherwise in its property `modbus`. When the device does not answer
    or refuses, the message leaves by the error port.

    Example: a message with `modbus: {"unit": 3, "address": 40}` reads register 40 of unit 3.
    """

    connection: Annotated[Device, Meta(description="The device to read")]
    unit: Annotated[int, Meta(ge=0, le=255, description="Unit id (slave address) of the device")] = 1
    table: TableOption = "holding"
    address: AddressOption = 0
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

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that it only reads."""
        return [("takes", "connection/#")]

    def __post_init__(self) -> None:
        self._options = {**msgspec.structs.asdict(Point.of(self)), "unit": self.unit}
        if self.address_base <= (self.address or 0):  # address 0 may be left to the messages
            Place(Point.of(self), self.address_base)

    async def process(self, msg: Message) -> Message:
        """Return the message with the value that the device has now."""
        unit, place = self._wanted(msg.properties.get("modbus", {}))
        futures = self.connection.line.ask_all(place.reads(unit, self.connection.max_registers))
        parts = await asyncio.gather(*futures)
        value = checked(place.decode(b"".join(parts)))
        if self.engineering_unit:
            msg = msg.with_properties(unit=self.engineering_unit)
        return msg.replace(payload=value, time=self.clock.now(), quality="good")

    def _wanted(self, changes: Any) -> tuple[int, Place]:
        if not isinstance(changes, dict) or not set(changes) <= set(CHANGEABLE):
            raise BadData(f"modbus must be an object with some of {', '.join(CHANGEABLE)}, not {changes!r:.60}")
        options = {**self._options, **changes}
        unit = options.pop("unit")
        try:
            if not isinstance(unit, int) or not self.connection.serial_line <= unit <= 255:
                raise ValueError(
                    f"unit must be a number from {int(self.connection.serial_line)} to 255, not {unit!r:.20}"
                )
            return unit, Place(msgspec.convert(options, Point), self.address_base)
        except ValueError as error:
            raise BadData(f"modbus {changes!r:.60}: {error}") from error

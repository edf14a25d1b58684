"""Polls values of a Modbus device."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, NodeError, Port, Refused, Source, unit
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

PAUSE = 0.2
"""Seconds between two tries while the device fails and `interval` is 0."""


class Read(Source, type="modbus/read"):
    """Read a value from a Modbus device, again and again.

    Each message has the value as payload, the time of the reading, and `unit` (the engineering unit) if one is given.
    When the device fails, a message with quality `bad` comes at once and then at each interval: its payload is the
    last value that was read (or nothing yet) and its `reason` says what is wrong. Nodes that read the same device at
    the same interval share requests: neighbouring registers are read in one go.

    Give `address` for one value, or `points` for several: then the payload is an object with a key for each, and a
    point that fails is null in it, listed in `failed`.

    Example: table `holding`, address 10, data type `float32`, interval 1 gives `{"payload": 181.5}` every second.
    """

    outputs: ClassVar[tuple[Port, ...]] = (Port("out"),)

    connection: Annotated[Device, Meta(description="The device to read")]
    unit: Annotated[int, Meta(ge=0, le=255, description="Unit id (slave address) of the device")] = 1
    table: TableOption = "holding"
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
    points: Annotated[
        dict[str, Point], Meta(description="Several values by name, in place of address; the payload is an object")
    ] = {}
    interval: Annotated[
        float,
        Meta(
            ge=0,
            le=86400,
            description="Time between two readings; 0: as fast as it goes",
            extra_json_schema=unit("s"),
        ),
    ] = 1.0
    on_change: Annotated[bool, Meta(description="Send only when the value or its quality has changed"), ADVANCED] = (
        False
    )
    topic: Annotated[str, Meta(description="Topic of the messages", examples=["plant/oven/temperature"])] = ""

    def __post_init__(self) -> None:
        if self.points and self.address is not None:
            raise ValueError("give either address or points, not both")
        self._places: dict[str, Place] = {}
        for name, point in self.points.items():
            try:
                self._places[name] = Place(point, self.address_base)
            except ValueError as error:
                raise ValueError(f"point '{name}': {error}") from error
        if not self.points:
            self._places[""] = Place(Point.of(self), self.address_base)
        if self.unit == 0 and self.connection.serial_line:
            raise ValueError("unit 0 means all units of a serial line; none of them answers")
        self._properties = self._units()
        self._last: Any = None
        self._sent: tuple[Any, str] | None = None
        self._reason = ""

    async def run(self) -> AsyncIterator[Message]:
        """Read, send, wait for the next moment of the interval; not resumed means not read."""
        poll = self._poll_points if self.points else self._poll_value
        interval, line = self.interval, self.connection.line
        while True:
            msg = await poll()
            if not self.on_change or (msg.payload, msg.quality) != self._sent:
                self._sent = (msg.payload, msg.quality)
                yield msg
            if interval:
                await line.tick(interval)
            elif msg.quality == "bad":
                await self.clock.sleep(PAUSE)

    async def start(self) -> None:
        """Prepare the requests."""
        most = self.connection.max_registers
        self._requests = {name: place.reads(self.unit, most) for name, place in self._places.items()}
        if not self.points:
            self._place = self._places[""]
            self._request = self._requests[""][0] if len(self._requests[""]) == 1 else None
        self._now = self.clock.now

    async def _poll_value(self) -> Message:
        line = self.connection.line
        try:
            if self._request is not None:
                data = await line.ask(self._request)
            else:
                data = b"".join(await _all(line.ask_all(self._requests[""])))
            value = checked(self._place.decode(data))
        except NodeError as error:
            return self._bad(error)
        self._last = value
        if self._reason:
            self._good()
        return Message(value, self.topic, self._now(), "good", "", self._properties)

    async def _poll_points(self) -> Message:
        wanted = [request for parts in self._requests.values() for request in parts]
        found = await asyncio.gather(*self.connection.line.ask_all(wanted), return_exceptions=True)
        payload: dict[str, Any] = {}
        failed: dict[str, NodeError] = {}
        answers = iter(found)
        for name, place in self._places.items():
            payload[name] = None
            try:
                data = b"".join([_part(next(answers)) for _ in self._requests[name]])
                payload[name] = checked(place.decode(data))
            except NodeError as error:
                failed[name] = error
        if len(failed) == len(payload):
            return self._bad(next(iter(failed.values())))
        self._last = payload
        if not failed:
            if self._reason:
                self._good()
            return Message(payload, self.topic, self._now(), "good", "", self._properties)
        self._report(f"{next(iter(failed))}: {next(iter(failed.values()))}", refused=True)
        reasons = {name: str(error) for name, error in failed.items()}
        properties = {**self._properties, "reason": self._reason, "failed": reasons}
        return Message(payload, self.topic, self._now(), "uncertain", "", properties)

    def _bad(self, error: NodeError) -> Message:
        self._report(str(error), isinstance(error, Refused | BadData))
        properties = {**self._properties, "reason": str(error)}
        return Message(self._last, self.topic, self._now(), "bad", "", properties)

    def _report(self, reason: str, refused: bool) -> None:
        if not self._reason:
            self.status("error", reason)
            if refused:  # what keeps the whole device from answering is logged by the connection, once
                self.log.warning("%s", reason)
        self._reason = reason

    def _good(self) -> None:
        self._reason = ""
        self.status("ok")

    def _units(self) -> dict[str, Any]:
        if self.points:
            units = {name: point.engineering_unit for name, point in self.points.items() if point.engineering_unit}
            return {"units": units} if units else {}
        return {"unit": self.engineering_unit} if self.engineering_unit else {}


async def _all(futures: list[asyncio.Future[bytes]]) -> list[bytes]:
    return [_part(part) for part in await asyncio.gather(*futures, return_exceptions=True)]


def _part(part: bytes | BaseException) -> bytes:
    if isinstance(part, BaseException):
        raise part
    return part


def checked(value: Any) -> Any:
    """Return a value as it was read.

    Raises:
        BadData: it is, or has in it, a float that is no number: devices send it for a sensor that is broken.
    """
    for number in value if isinstance(value, list) else (value,):
        if isinstance(number, float) and not math.isfinite(number):
            raise BadData(f"the device sent {number!r}, which is no number")
    return value

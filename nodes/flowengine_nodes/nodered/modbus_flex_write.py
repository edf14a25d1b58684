"""The modbus-flex-write node of node-red-contrib-modbus: a message says what is written where, the guard whether."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple

import msgspec
from msgspec import Meta

import flowengine
from flowengine import Actuator, BadData, Message
from flowengine_nodes.modbus import pdu
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.modbus.pdu import Request
from flowengine_nodes.modbus.point import Place, Point
from flowengine_nodes.modbus.requests import MOST_WRITTEN_BITS, MOST_WRITTEN_REGISTERS
from flowengine_nodes.nodered.base import Name
from flowengine_nodes.nodered.modbus import as_coil, as_register, named, whole

_TABLES = {5: ("coil", True), 6: ("holding", True), 15: ("coil", False), 16: ("holding", False)}
"""Function code -> table, and whether it writes one alone."""


class _Asked(NamedTuple):
    """What a message wants written."""

    unit: int
    place: Place
    value: Any
    single: bool


class ModbusFlexWrite(Actuator, type="nodered/modbus-flex-write"):
    """Write what a message names where it names it, as the Modbus-Flex-Write node of Node-RED does.

    The payload is an object, or its JSON: `fc` (5 a coil, 6 a register, 15 coils, 16 registers), `unitid`, `address`,
    `quantity`, and `value`, a list for 15 and 16. The guard lets through only what the envelope allows at that place;
    a value beyond its limits is refused, never cut. Use modbus/write where the place is always the same.
    """

    connection: Annotated[Device, Meta(description="The device to write to")]
    name: Name = ""

    async def write(self, msg: Message) -> None:
        """Send the value once.

        Raises:
            BadData: the message names no place, or the value does not fit; nothing was sent.
            Refused: the device said no.
            Retryable: no connection, or no answer: whether the device took the value is then not known.
        """
        await self.connection.line.ask(self._request(self._asked(msg)))

    def writes(self, msg: Message) -> Sequence[flowengine.Write]:
        """Say which registers or coils get which values."""
        asked = self._asked(msg)
        value = asked.place.decode(asked.place.encode(asked.value))
        device = f"{self.connection.leads_to()}/{asked.unit}"
        values = value if isinstance(value, list) else [value]
        return [
            flowengine.Write(f"{device}/{at}", one) for at, one in zip(asked.place.addresses(), values, strict=True)
        ]

    def _request(self, asked: _Asked) -> Request:
        data, (address, count) = asked.place.encode(asked.value), asked.place.span
        if asked.place.table == "coil":
            return pdu.write_coils(asked.unit, address, data, count, single=asked.single)
        return pdu.write_registers(asked.unit, address, data, single=asked.single)

    def _asked(self, msg: Message) -> _Asked:
        payload = named(msg.payload, "fc, unitid, address, quantity and value")
        code, unit = whole(payload.get("fc"), 0), whole(payload.get("unitid"), 1)
        if code not in _TABLES:
            raise BadData(f"fc must be 5, 6, 15 or 16, not {payload.get('fc')!r:.40}")
        if not 1 <= unit <= 255:
            raise BadData(f"unitid must be 1 to 255, not {payload.get('unitid')!r:.40}")
        table, single = _TABLES[code]
        value = payload.get("value")
        if single and isinstance(value, list):
            raise BadData(f"function {code} writes one value, and the message has a list: use 15 or 16")
        if not single and not isinstance(value, list):
            value = [value]
        read = as_coil if table == "coil" else as_register
        made = [read(item) for item in value] if isinstance(value, list) else read(value)
        count = len(made) if isinstance(made, list) else 1
        most = MOST_WRITTEN_BITS if table == "coil" else MOST_WRITTEN_REGISTERS
        if not 1 <= count <= most:
            raise BadData(f"{count} values do not fit one write (1 to {most})")
        if not single and whole(payload.get("quantity"), count) != count:
            raise BadData(f"quantity is {payload['quantity']!r:.40}, and there are {count} values")
        return _Asked(
            unit, self._place(table, payload, count, single), made[0] if _alone(table, made) else made, single
        )

    def _place(self, table: str, payload: dict[str, Any], count: int, single: bool) -> Place:
        address = whole(payload.get("address"), -1)
        if not 0 <= address <= 65535:
            raise BadData(f"address must be 0 to 65535, not {payload.get('address')!r:.40}")
        kind = {} if table == "coil" else {"data_type": "uint16" if single else "raw"}
        try:
            return Place(msgspec.convert({"table": table, "address": address, "count": count, **kind}, Point), 0)
        except ValueError as error:
            raise BadData(f"{count} values at {address}: {error}") from error


def _alone(table: str, made: Any) -> bool:
    """Say whether a list of one is written as a value: several coils in a row that are only one."""
    return table == "coil" and isinstance(made, list) and len(made) == 1

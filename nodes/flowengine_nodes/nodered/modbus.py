"""The nodes of node-red-contrib-modbus: our Modbus nodes, with its msgs.

A payload is always a list, bits come in eights, and a second output tells the answer. What fails leaves by the error
port, to which an import wires what the catch nodes of the tab lead to.
"""

from __future__ import annotations

import math
import struct
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

import flowengine
from flowengine import BadData, Message, NodeError, Port, Retryable, unit
from flowengine_nodes.modbus.read import Read
from flowengine_nodes.modbus.request import Request
from flowengine_nodes.modbus.write import Write
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import Name
from flowengine_nodes.nodered.message import as_msg

TABLES: dict[Any, str] = {1: "coil", 2: "discrete", 3: "holding", 4: "input"}
"""Function code -> table."""
BOTH = (Port("1"), Port("2"))

EmptyOnFailure = Annotated[bool, Meta(description="When it fails, send a message with an empty payload, too")]


def answered(msg: Message, data: Any, topic: str = "") -> list[flowengine.Routed]:
    """Return what leaves by the two outputs for the data that a device has sent."""
    values = data if isinstance(data, list) else [data]
    if values and isinstance(values[0], bool):
        values = values + [False] * (-len(values) % 8)
        raw = sum(bit << i for i, bit in enumerate(values)).to_bytes(len(values) // 8, "little")
    else:
        raw = struct.pack(f">{len(values)}H", *values)
    answer = {"data": values, "buffer": raw}
    msg = msg.replace(topic=topic or msg.topic)
    return [
        msg.replace(payload=values).with_properties(responseBuffer=answer).to("1"),
        msg.replace(payload=answer).with_properties(values=values).to("2"),
    ]


class ModbusRead(Read, type="nodered/modbus-read"):
    """Read registers or coils again and again, as the Modbus-Read node of Node-RED does.

    Output 1 has the list of values as payload, output 2 the answer: its data and its bytes. While the device does not
    answer, nothing is sent by them; when that begins, a message leaves by the error port.
    """

    outputs: ClassVar[tuple[Port, ...]] = BOTH

    name: Name = ""
    start_delay: Annotated[
        float,
        Meta(ge=0, le=86400, description="Time to wait before the first reading", extra_json_schema=unit("s")),
    ] = 0.0
    empty_on_failure: EmptyOnFailure = False

    async def run(self) -> AsyncIterator[Message]:
        """Read, and send what was read by both outputs."""
        if self.start_delay:
            await self.clock.sleep(self.start_delay)
        failing = False
        async for msg in super().run():
            if msg.quality == "bad":
                if not failing:
                    self.runtime.fail(Retryable(str(msg.properties.get("reason"))), msg)
                failing = True
                if self.empty_on_failure:
                    yield msg.replace(payload="")
                continue
            failing = False
            first, second = answered(msg, msg.payload, self.topic or "polling")
            self.runtime.emit(second.port, second.msg)
            yield first.msg


class ModbusGetter(Request, type="nodered/modbus-getter"):
    """Read registers or coils for each message, as the Modbus-Getter node of Node-RED does.

    Output 1 has the list of values as payload, output 2 the answer: its data and its bytes.
    """

    outputs: ClassVar[tuple[Port, ...]] = BOTH

    name: Name = ""
    keep: Annotated[bool, Meta(description="Keep the other properties of the message")] = False
    empty_on_failure: EmptyOnFailure = False

    async def process(self, msg: Message) -> Any:
        """Return what the device has now."""
        try:
            found = await super().process(msg.replace(properties={"modbus": self.wanted(msg)}))
        except NodeError:
            if self.empty_on_failure:
                self.runtime.emit("1", msg.replace(payload=""))
            raise
        kept = {**msg.properties} if self.keep else {}
        base = found.replace(properties={**kept, "input": as_msg(msg)}, quality="good")
        return answered(base, found.payload)

    def wanted(self, msg: Message) -> dict[str, Any]:
        """Return what a message says otherwise."""
        return {}


class ModbusFlexGetter(ModbusGetter, type="nodered/modbus-flex-getter"):
    """Read what a message names, as the Modbus-Flex-Getter node of Node-RED does.

    The payload is an object, or its JSON: `fc` (1 coils, 2 discrete inputs, 3 holding registers, 4 input registers),
    `unitid`, `address`, `quantity`.
    """

    def wanted(self, msg: Message) -> dict[str, Any]:
        """Return the place that a payload names.

        Raises:
            BadData: it names none.
        """
        payload = named(msg.payload, "fc, unitid, address and quantity")
        code = whole(payload.get("fc"), 3)
        if code not in TABLES:
            raise BadData(f"fc must be 1, 2, 3 or 4, not {payload.get('fc')!r:.40}")
        bits = code in (1, 2)
        return {
            "unit": whole(payload.get("unitid"), self.unit),
            "table": TABLES[code],
            "address": whole(payload.get("address"), 0),
            "count": whole(payload.get("quantity"), 1),
            "data_type": "bool" if bits else "raw",
        }


def named(payload: Any, keys: str) -> dict[str, Any]:
    """Return a payload that is an object, or its JSON.

    Raises:
        BadData: it is neither; `keys` says what it must have.
    """
    if isinstance(payload, str):
        try:
            payload = msgspec.json.decode(payload)
        except msgspec.DecodeError:
            payload = None
    if not isinstance(payload, dict):
        raise BadData(f"the payload must be an object with {keys}")
    return payload


def whole(value: Any, otherwise: int) -> int:
    """Return a number, or its text, as a whole number; `otherwise` where it is none."""
    number = js.number(value) if value is not None else math.nan
    return int(number) if number == number and abs(number) < 2**31 else otherwise


class ModbusWrite(Write, type="nodered/modbus-write"):
    """Write the payload to registers or coils, as the Modbus-Write node of Node-RED does.

    A coil takes true, false, 1, 0 or these as text, a register a number or its text; where several are written, the
    payload is the list of them, or its JSON. Writes go through the guard, as those of all actuators at machines.
    """

    name: Name = ""

    async def write(self, msg: Message) -> None:
        """Write once."""
        await super().write(self._understood(msg))

    def writes(self, msg: Message) -> Sequence[flowengine.Write]:
        """Say what would be written."""
        return super().writes(self._understood(msg))

    def _understood(self, msg: Message) -> Message:
        value = msg.payload
        if isinstance(value, dict) and "value" in value:
            value = value["value"]
        if isinstance(value, str) and value[:1] == "[":
            try:
                value = msgspec.json.decode(value)
            except msgspec.DecodeError as error:
                raise BadData(f"the payload is no list: {error}") from None
        read = as_coil if self.table == "coil" else as_register
        made = [read(item) for item in value] if isinstance(value, list) else read(value)
        if isinstance(made, list) and self.data_type != "raw" and self.count == 1:
            made = made[0] if len(made) == 1 else made
        elif not isinstance(made, list) and (self.count > 1 or self.data_type == "raw"):
            made = [made]
        return msg.replace(payload=made)


def as_coil(value: Any) -> Any:
    """Return what a coil is set to; what means neither on nor off stays as it is."""
    if isinstance(value, bool):
        return value
    return {"1": True, "true": True, "0": False, "false": False}.get(js.text(value).strip().lower(), value)


def as_register(value: Any) -> Any:
    """Return what a register is set to; what is no number stays as it is."""
    number = js.number(value)
    return int(number) if number == number and abs(number) < 2**53 else value

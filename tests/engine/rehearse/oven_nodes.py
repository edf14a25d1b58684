"""Nodes of an oven plant for the tests of flow tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

from flowengine import Actuator, AsyncTransform, BadData, Connection, Message, Port, Routed, Source, State, Transform
from flowengine.registry import Registry
from flowengine.writes import Retry


class Device(Connection, type="oven/device"):
    """A device that no test may open."""

    host: str = "127.0.0.1"

    async def start(self) -> None:
        raise RuntimeError("a test has opened a connection")


class Read(Source, type="oven/read"):
    """Read the device."""

    connection: Device

    async def run(self) -> AsyncIterator[Message]:
        raise RuntimeError("a test has read a device")
        yield


class Write(Actuator, type="oven/write"):
    """Write to the device."""

    connection: Device
    retry = Retry(attempts=3, delay=1.0)

    async def write(self, msg: Message) -> None:
        raise RuntimeError("a test has written to a device")


class Tick(Source, type="oven/tick"):
    """Count the seconds."""

    async def run(self) -> AsyncIterator[Message]:
        number = 0
        while True:
            yield Message(number)
            number += 1
            await self.clock.sleep(1)


class Button(Source, type="oven/button"):
    """Send a value when pressed."""

    value: float = 100.0

    def pressed(self) -> Message | None:
        return Message(self.value, topic="button", time=self.clock.now())


class Scale(Transform, type="oven/scale"):
    """Multiply."""

    gain: float = 1.0

    def process(self, msg: Message) -> Message:
        if not isinstance(msg.payload, int | float):
            raise BadData(f"a number was expected, not {msg.payload!r}")
        return msg.with_payload(msg.payload * self.gain)


class Hold(Transform, type="oven/hold"):
    """Hold a temperature: a plain PI controller, 0 to 100 %."""

    inputs = (Port("in"), Port("setpoint"))
    setpoint: float = 40.0
    gain: float = 4.0
    reset_time: float = 60.0
    integral: State[float] = 0.0

    def __post_init__(self) -> None:
        self.wanted = self.setpoint

    def on_setpoint(self, msg: Message) -> None:
        self.wanted = msg.payload

    def process(self, msg: Message) -> Message:
        error = self.wanted - msg.payload
        self.integral = min(100.0, max(0.0, self.integral + self.gain * error / self.reset_time))
        return msg.with_payload(min(100.0, max(0.0, self.gain * error + self.integral)))


class Compare(Transform, type="oven/compare"):
    """Send what is above the limit to high, the rest to low."""

    outputs = (Port("low"), Port("high"))
    limit: float = 60.0

    def process(self, msg: Message) -> Routed:
        return msg.to("high" if msg.payload > self.limit else "low")


class Later(Transform, type="oven/later"):
    """Send on two seconds later."""

    def process(self, msg: Message) -> None:
        self.clock.call_later(2.0, lambda: self.emit(msg))


class Ask(AsyncTransform, type="oven/ask"):
    """Ask a server."""

    async def process(self, msg: Message) -> Message:
        raise RuntimeError("a test has asked a server")


NODES = (Device, Read, Write, Tick, Button, Scale, Hold, Compare, Later, Ask)


def registry() -> Registry:
    """Return a registry of the nodes above."""
    found = Registry()
    for node in NODES:
        found.add(node, "oven")
    return found


OVEN = {
    "flowengine": 1,
    "name": "oven",
    "environment": {"SETPOINT": "40"},
    "connections": {"plc": {"type": "oven/device", "options": {"host": "${PLC:-127.0.0.1}"}}},
    "nodes": {
        "temperature": {"type": "oven/read", "options": {"connection": "plc"}},
        "scale": {"type": "oven/scale"},
        "hold": {"type": "oven/hold", "options": {"setpoint": "${SETPOINT}"}},
        "heater": {"type": "oven/write", "options": {"connection": "plc"}},
        "compare": {"type": "oven/compare"},
        "alarm": {"type": "oven/write", "options": {"connection": "plc"}},
        "button": {"type": "oven/button", "options": {"value": 50}},
    },
    "wires": [
        {"from": "temperature", "to": "scale"},
        {"from": "scale", "to": "hold"},
        {"from": "hold", "to": "heater"},
        {"from": "scale", "to": "compare"},
        {"from": "compare.high", "to": "alarm"},
        {"from": "button", "to": "hold.setpoint"},
    ],
}
"""A closed loop with an alarm and an operator's button."""

PLANT = {
    "input": "heater",
    "output": "temperature",
    "gain": 2.0,
    "time_constant": 60,
    "dead_time": 3,
    "start": 20,
    "ambient": 20,
}

"""The example flows against the real plant and a real broker, while one after the other is killed and comes back.

The engine is never restarted. How soon all is well again after the return of the other side is two seconds by the docs:
`make soak` holds it to that, by BACK_WITHIN.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from pymodbus.client import AsyncModbusTcpClient

from flowengine import Message
from flowengine.registry import Registry
from flowengine.runtime import loop
from flowengine_demo.broker import BrokerProcess
from flowengine_demo.plant.registers import BenchMap, OvenMap
from flowengine_demo.session import Session, Settings
from tests.fair import fairly, within
from tests.web.patience import PATIENCE

SPEED = 5.0
"""Plant seconds per second; the flows read every 0.2 s."""
BACK_WITHIN_S = float(os.environ.get("BACK_WITHIN", PATIENCE))
SENSOR_ALARM = ("oven", "no-good-reading")
LINE_ALARM = ("line", "no-good-reading")


class Subscriber:
    """Someone else at the broker: keeps the newest payload of each topic."""

    def __init__(self, port: int) -> None:
        self.newest: dict[str, Any] = {}
        self._client = paho.Client(CallbackAPIVersion.VERSION2)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("plant/#", 1)
        self._client.on_message = self._took
        self._client.connect("127.0.0.1", port)
        self._client.loop_start()

    def _took(self, client: paho.Client, data: object, message: paho.MQTTMessage) -> None:
        with contextlib.suppress(ValueError):  # the state of the connection is text
            self.newest[message.topic] = json.loads(message.payload)

    def says(self, topic: str, **expected: Any) -> bool:
        """Whether the newest message of a topic has these values."""
        found = self.newest.get(topic)
        return isinstance(found, dict) and {name: found.get(name) for name in expected} == expected

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


@contextlib.asynccontextmanager
async def demo(tmp_path: Path, watchdog_s: float = 10.0) -> AsyncIterator[Session]:
    """Run plant, broker and flows, and wait until all is well."""
    settings = Settings(
        registry=Registry.discover(),
        state=tmp_path,
        speed=SPEED,
        door_every_s=None,
        watchdog_s=watchdog_s,
    )
    async with Session(settings) as session:
        await within(PATIENCE, lambda: good(session, "temperature") and good(session, "vibration"))
        yield session


def good(session: Session, name: str) -> bool:
    msg = session.watch.latest.get(name)
    return msg is not None and msg.quality == "good"


async def bench(session: Session, coil: int, on: bool) -> None:
    """Write a coil of the plant's test bench."""
    client = AsyncModbusTcpClient(session.plant.host, port=session.plant.port, timeout=PATIENCE)
    assert await client.connect()
    await client.write_coil(coil, on, device_id=BenchMap.UNIT)
    client.close()


def run(tmp_path: Path, test: Callable[[Path], Coroutine[Any, Any, None]]) -> None:
    fairly(lambda number: loop.run(asyncio.wait_for(test(tmp_path / str(number)), 6 * PATIENCE)))


def test_a_plant_that_is_killed_and_comes_back_is_bad_quality_an_alarm_and_good_again(tmp_path: Path) -> None:
    async def main(folder: Path) -> None:
        async with demo(folder) as session:
            watch = session.watch
            listener = Subscriber(session.broker.port)
            try:
                await within(PATIENCE, lambda: listener.says("plant/oven/temperature", quality="good"))
                session.plant.kill()
                await within(PATIENCE, lambda: watch.latest["temperature"].quality == "bad")
                await within(PATIENCE, lambda: {SENSOR_ALARM, LINE_ALARM} <= watch.active.keys())
                await within(PATIENCE, lambda: listener.says("plant/oven/temperature", quality="bad"))
                await within(PATIENCE, lambda: listener.says("plant/oven/alarm/no-good-reading", state="active"))
                assert session.service.snapshot()["connections"]["plant"]["level"] == "error"

                await asyncio.to_thread(session.plant.start)
                await within(BACK_WITHIN_S, lambda: good(session, "temperature") and good(session, "vibration"))
                await within(PATIENCE, lambda: not {SENSOR_ALARM, LINE_ALARM} & watch.active.keys())
                await within(PATIENCE, lambda: listener.says("plant/oven/alarm/no-good-reading", state="cleared"))
                await within(PATIENCE, lambda: watch.value("heater") > 0)
            finally:
                listener.close()

    run(tmp_path, main)


def test_a_broker_that_is_killed_does_not_disturb_the_control_and_gets_messages_when_it_is_back(tmp_path: Path) -> None:
    async def main(folder: Path) -> None:
        async with demo(folder) as session:
            assert isinstance(session.broker, BrokerProcess)
            commands: list[Message] = []
            session.watch.listeners.append(lambda name, msg: commands.append(msg) if name == "heater" else None)
            await asyncio.to_thread(session.broker.kill)
            await within(PATIENCE, lambda: session.service.snapshot()["connections"]["broker"]["level"] != "ok")
            commands.clear()
            await within(
                BACK_WITHIN_S, lambda: len(commands) >= 0.8 * 2.0 * SPEED
            )  # the control loop waits for no broker
            assert all(msg.quality == "good" for msg in commands)

            await asyncio.to_thread(session.broker.start)
            listener = Subscriber(session.broker.port)
            try:
                await within(BACK_WITHIN_S, lambda: "plant/oven/temperature" in listener.newest)
                assert session.service.snapshot()["connections"]["broker"]["level"] == "ok"
            finally:
                listener.close()
            nodes = session.service.snapshot()["flows"]["oven-control"]["nodes"]
            assert sum(node["dropped"] for node in nodes.values()) == 0

    run(tmp_path, main)


@pytest.mark.parametrize(
    ("coil", "silent", "alarm", "other"),
    [
        (BenchMap.SILENCE_OVEN.address, "temperature", SENSOR_ALARM, "vibration"),
        (BenchMap.SILENCE_PRESS.address, "vibration", LINE_ALARM, "temperature"),
    ],
    ids=["oven", "press"],
)
def test_a_unit_that_falls_silent_leaves_the_other_alone(
    tmp_path: Path, coil: int, silent: str, alarm: tuple[str, str], other: str
) -> None:
    async def main(folder: Path) -> None:
        async with demo(folder) as session:
            watch = session.watch
            await bench(session, coil, on=True)
            await within(PATIENCE, lambda: watch.latest[silent].quality == "bad" and alarm in watch.active)
            seen: list[Message] = []
            watch.listeners.append(lambda name, msg: seen.append(msg) if name == other else None)
            await within(BACK_WITHIN_S, lambda: len(seen) >= 0.5 * 2.0 * SPEED)  # the other waits for no silent unit
            assert all(msg.quality == "good" for msg in seen)

            await bench(session, coil, on=False)
            await within(BACK_WITHIN_S, lambda: good(session, silent))
            await within(PATIENCE, lambda: alarm not in watch.active)

    run(tmp_path, main)


def test_the_heater_is_off_by_itself_when_the_engine_is_gone(tmp_path: Path) -> None:
    async def main(folder: Path) -> None:
        async with demo(folder, watchdog_s=1.0) as session:
            await within(PATIENCE, lambda: (session.watch.value("power") or 0) > 1)
            await session.service.engine.stop(1.0)
            client = AsyncModbusTcpClient(session.plant.host, port=session.plant.port, timeout=PATIENCE)
            assert await client.connect()

            async def power() -> float:
                answer = await client.read_input_registers(OvenMap.HEATER_ACTUAL.address, count=2, device_id=1)
                return float(client.convert_from_registers(answer.registers, client.DATATYPE.FLOAT32))  # type: ignore[arg-type]

            async with asyncio.timeout(PATIENCE):
                while await power() > 0:
                    await asyncio.sleep(0.05)
            client.close()

    run(tmp_path, main)

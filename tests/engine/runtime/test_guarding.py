"""The guard at work: real flows, a real Modbus device, and nothing reaches it that lies outside the envelope."""

from __future__ import annotations

import asyncio
import struct
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from flowengine.errors import NotAllowed
from flowengine.flow.canonical import format_envelope
from flowengine.flow.file import from_data
from flowengine.flow.plan import plan_flow
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.runtime.guard.desk import Act, perform
from flowengine.runtime.guard.guarding import Guarding
from flowengine.runtime.guard.road import place
from flowengine.safety.envelope import parse_envelope
from flowengine.safety.verdict import Event
from flowengine.store.dead_letters import DeadLetters
from tests.plants.modbus_slave import Reply, Seen, Slave, slave_on_tcp
from tests.steady import SteadyClock, steadily
from tests.web.patience import PATIENCE

REGISTRY = Registry.discover()
OPTIONS = {"connection": "plc", "data_type": "float32"}


def envelope(port: int, **heater: Any) -> dict[str, Any]:
    return {
        "flowengine": 1,
        "version": 1,
        "connections": device(port),
        "inputs": {
            "temperature": {
                "type": "modbus/read",
                "options": {**OPTIONS, "address": 10, "interval": 0.05},
                "max_age": 0.5,
            },
            "button": {
                "type": "modbus/read",
                "options": {"connection": "plc", "table": "discrete", "address": 1, "interval": 0.05},
                "max_age": 0.5,
            },
        },
        "outputs": {
            "heater": {
                "type": "modbus/write",
                "options": {**OPTIONS, "address": 20},
                "range": [0, 100],
                "clamp": True,
                "writers": ["oven/heater"],
                "interlocks": [{"when": "temperature > 240", "text": "too hot", "latch": True}],
                "safe": 0,
                "watchdog": 0.6,
                **heater,
            },
            "fan": {
                "type": "modbus/write",
                "options": {"connection": "plc", "table": "coil", "address": 3},
                "writers": ["oven/fan"],
                "safe": True,
            },
        },
        "emergency_stop": {"when": [{"when": "button == true", "text": "the button"}], "order": ["fan"]},
    }


def device(port: int, **more: Any) -> dict[str, Any]:
    return {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port, "timeout": 0.3, **more}}}


def flow(port: int, **more: Any) -> dict[str, Any]:
    return {
        "flowengine": 1,
        "name": "oven",
        "connections": device(port, **more),
        "nodes": {
            "ask": {"type": "timing/inject", "options": {}},
            "heater": {"type": "modbus/write", "options": {**OPTIONS, "address": 20}},
            "other": {"type": "modbus/write", "options": {**OPTIONS, "address": 30}},
            "sneaky": {"type": "modbus/write", "options": {"connection": "plc", "data_type": "uint16", "address": 20}},
            "fan": {"type": "modbus/write", "options": {"connection": "plc", "table": "coil", "address": 3}},
        },
        "wires": [{"from": "ask", "to": to} for to in ("heater", "other", "sneaky", "fan")],
    }


class Bench:
    """A slave, an engine with a flow, and the guard between them."""

    def __init__(self, slave: Slave, engine: Engine, guarding: Guarding, events: list[Event]) -> None:
        self.slave, self.engine, self.guarding, self.events = slave, engine, guarding, events
        self.kept: list[dict[str, Any]] = []

    def temperature(self, value: float) -> None:
        self.slave.bank.holding[10:12] = struct.unpack(">2H", struct.pack(">f", value))

    @property
    def heater(self) -> float:
        found: float = struct.unpack(">f", struct.pack(">2H", *self.slave.bank.holding[20:22]))[0]
        return found

    @property
    def fan(self) -> bool:
        return self.slave.bank.coil[3]

    def give(self, node: str, value: Any) -> None:
        self.engine.inject("oven", node, Message(value))

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                await asyncio.sleep(0.01)

    async def armed(self) -> None:
        """Arm everything, once the inputs are known."""
        async with asyncio.timeout(5):
            while True:
                try:
                    return self.guarding.arm("", "anna")
                except NotAllowed:
                    await asyncio.sleep(0.02)

    def refusals(self) -> list[str]:
        return [letter.reason for letter in self.engine.dead_letters.find()]

    def writes(self) -> list[Seen]:
        return [seen for seen in self.slave.seen if seen.function in (5, 6, 15, 16, 22)]


def bench(
    main: Callable[[Bench], Awaitable[None]],
    heater: dict[str, Any] | None = None,
    state: dict[str, Any] | None = None,
    **device_options: Any,
) -> None:
    async def run() -> None:
        async with slave_on_tcp() as slave:
            slave.bank.holding[10:12] = struct.unpack(">2H", struct.pack(">f", 200.0))
            found = parse_envelope(format_envelope(envelope(slave.port, **heater or {})), REGISTRY, {})
            assert found.problems == []
            assert found.envelope is not None
            assert found.plan is not None
            engine, events = Engine(SteadyClock(), DeadLetters()), list[Event]()
            around = engine.around
            guarding = Guarding(
                found.envelope, found.plan, around.connections, engine.clock, engine.observer, state, tell=events.append
            )
            made = Bench(slave, engine, guarding, events)
            guarding.keep = made.kept.append
            await guarding.start()
            place(engine, lambda: guarding)
            await engine.deploy(plan_flow(from_data(flow(slave.port, **device_options)), Project(), REGISTRY))
            try:
                await main(made)
            finally:
                await engine.stop(1)
                await guarding.stop()

    steadily(run())


def test_nothing_reaches_a_machine_before_a_person_arms_it() -> None:
    async def main(bench: Bench) -> None:
        bench.give("heater", 50)
        await bench.until(lambda: bench.refusals() == ["the guard refuses it: the output is not armed"])
        assert bench.writes() == []
        await bench.armed()
        bench.give("heater", 50)
        await bench.until(lambda: bench.heater == 50)

    bench(main)


def test_what_goes_too_far_is_cut_and_what_is_not_listed_is_refused() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 5000)
        await bench.until(lambda: bench.heater == 100)
        bench.give("other", 1)
        bench.give("sneaky", 17096)  # as a float the same bits would be some 100
        await bench.until(lambda: len(bench.refusals()) == 2)
        assert all("is not in the envelope" in reason for reason in bench.refusals())
        assert bench.heater == 100
        assert {seen.address for seen in bench.writes()} == {20}

    bench(main)


def test_an_oven_that_is_too_hot_is_tripped_and_its_heater_made_safe() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        bench.temperature(250)
        await bench.until(lambda: bench.heater == 0)
        bench.give("heater", 80)
        await bench.until(lambda: bench.refusals() == ["the guard refuses it: tripped: too hot (temperature > 240)"])
        with pytest.raises(NotAllowed, match="the cause is not gone"):
            bench.guarding.reset_trip("heater", "anna")
        bench.temperature(200)
        await asyncio.sleep(0.15)
        bench.guarding.reset_trip("heater", "anna")
        told = [event.kind for event in bench.events if event.output == "heater" and event.kind != "write"]
        assert told[-3:] == ["trip", "safe", "reset"]

    bench(main)


def test_a_flow_that_falls_silent_leaves_the_heater_safe() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        began = asyncio.get_running_loop().time()
        await bench.until(lambda: bench.heater == 0)
        assert asyncio.get_running_loop().time() - began < 0.6 + 0.3

    bench(main)


@pytest.mark.parametrize("how", ["button", "person"])
def test_the_emergency_stop_makes_everything_safe_in_order_and_holds(how: str) -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        before = len(bench.writes())
        if how == "button":
            bench.slave.bank.discrete[1] = True
        else:
            bench.guarding.emergency_stop("smoke", "anna")
        await bench.until(lambda: bench.heater == 0 and bench.fan)
        assert [seen.address for seen in bench.writes()[before:]] == [3, 20]
        bench.give("heater", 80)
        await bench.until(lambda: len(bench.refusals()) == 1)
        assert "emergency stop" in bench.refusals()[0]
        await bench.guarding.stored()
        assert bench.kept[-1]["stops"]
        bench.slave.bank.discrete[1] = False
        await asyncio.sleep(0.15)
        bench.guarding.reset_stop("anna")
        assert "not armed" in await refused(bench, "heater", 80)

    bench(main, heater={"watchdog": None})


async def refused(bench: Bench, node: str, value: Any) -> str:
    known = len(bench.refusals())
    bench.give(node, value)
    await bench.until(lambda: len(bench.refusals()) > known)
    return bench.refusals()[0]


def test_a_stop_outlasts_the_process_and_makes_safe_again_at_the_start() -> None:
    kept: list[dict[str, Any]] = []

    async def first(bench: Bench) -> None:
        bench.guarding.emergency_stop("smoke", "anna")
        await bench.guarding.stored()
        kept.extend(bench.kept)

    async def second(bench: Bench) -> None:
        await bench.until(lambda: bench.fan)
        assert "smoke" in await refused(bench, "heater", 5)

    bench(first)
    bench(second, state=kept[-1])


def test_a_safe_value_that_the_device_does_not_take_is_tried_until_it_does() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        deaf = True
        bench.slave.script = lambda seen: Reply(exception=4 if deaf and seen.function == 16 else 0)
        bench.slave.bank.holding[20:22] = struct.unpack(">2H", struct.pack(">f", 80.0))
        bench.guarding.emergency_stop("smoke", "anna")
        await bench.until(lambda: bench.fan)
        await asyncio.sleep(0.2)
        deaf = False
        await bench.until(lambda: bench.guarding.guard.standing["heater"].is_safe)
        assert bench.heater == 0

    bench(main)


def test_an_input_that_is_lost_makes_safe() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        bench.slave.script = lambda seen: Reply(exception=2 if seen.function == 3 and seen.address == 10 else 0)
        await bench.until(lambda: bench.heater == 0)
        assert "not known: too hot" in bench.guarding.guard.standing["heater"].trips[0]

    bench(main, heater={"watchdog": None})


def test_a_person_writes_in_mode_manual_within_the_limits() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.guarding.set_mode("heater", "manual", "anna")
        found = await bench.guarding.set_manually("heater", 400, "anna")
        assert (found.outcome, bench.heater) == ("clamp", 100)
        bench.give("heater", 3)
        await asyncio.sleep(0.1)
        assert bench.heater == 100
        assert bench.engine.look("oven").nodes["heater"].text == "manual: the operator's value stays"
        with pytest.raises(NotAllowed, match="written to one output; name one of fan, heater"):
            await bench.guarding.set_manually("", 1, "anna")
        bench.guarding.set_mode("heater", "off", "anna")
        await bench.until(lambda: bench.heater == 0)
        found = await bench.guarding.set_manually("heater", 1, "anna")
        assert found.outcome == "refuse"

    bench(main)


def test_a_command_over_another_connection_to_the_same_device_could_overtake_and_is_refused() -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        assert "by other options: write them alike" in await refused(bench, "heater", 50)

    bench(main, delay=0.01)


def test_an_actuator_that_cannot_say_what_it_writes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    async def main(bench: Bench) -> None:
        await bench.armed()
        monkeypatch.setattr(REGISTRY.types["modbus/write"].cls, "writes", lambda self, msg: None)
        assert "cannot say beforehand" in await refused(bench, "heater", 50)

    bench(main)


def test_what_is_armed_is_safe_after_the_end() -> None:
    left: list[Bench] = []

    async def main(bench: Bench) -> None:
        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        left.append(bench)

    bench(main)
    assert left[0].heater == 0


def test_a_safe_value_waits_for_no_disk_and_a_person_hears_when_it_cannot_be_stored() -> None:
    async def main(bench: Bench) -> None:
        stuck = threading.Event()

        def disk_that_hangs(state: dict[str, Any]) -> None:
            stuck.wait(PATIENCE)
            raise OSError(28, "No space left on device")

        await bench.armed()
        bench.give("heater", 80)
        await bench.until(lambda: bench.heater == 80)
        bench.guarding.keep = disk_that_hangs
        asked = asyncio.create_task(perform(bench.guarding, Act(what="stop", by="anna", cause="smoke")))
        await bench.until(lambda: bench.heater == 0)
        assert not asked.done()
        stuck.set()
        assert "would not outlast the process: No space left" in await asked
        bench.guarding.keep = bench.kept.append  # there is room again
        await bench.until(lambda: bool(bench.kept) and bench.kept[-1] == bench.guarding.guard.state())
        assert bench.guarding.guard.stops == ["smoke"]

    bench(main, heater={"watchdog": None})

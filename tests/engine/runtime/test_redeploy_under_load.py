"""Deploys while messages pass."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest

from flowengine import Actuator, AsyncTransform, Message, Transform
from flowengine.clock import VirtualClock
from flowengine.errors import BadData
from flowengine.flow.model import Queue
from flowengine.runtime.engine import Engine
from tests.engine.runtime.small_nodes import Ticker, in_virtual_time, plan


class Brief(AsyncTransform, type="test/brief"):
    """Take a millisecond or three."""

    async def process(self, msg: Message) -> Message:
        await self.clock.sleep(0.001 * (1 + msg.payload % 3))
        return msg


class Flaky(Transform, type="test/flaky"):
    """Refuse every seventh."""

    amount: int = 0

    def process(self, msg: Message) -> Message:
        if msg.payload % 7 == 6:
            raise BadData("a seventh")
        return msg


class Keeps(Actuator, type="test/keeps"):
    """Keep what it got, all instances together."""

    amount: int = 0
    all = {}  # type: ignore[var-annotated]

    def submit(self, msg: Message) -> Any:
        if self.amount % 3 == 2:
            return self.write(msg)
        Keeps.all.setdefault(self.runtime.name, []).append(msg.payload)  # type: ignore[attr-defined]
        return None

    async def write(self, msg: Message) -> None:
        await self.clock.sleep(0.0005)
        Keeps.all.setdefault(self.runtime.name, []).append(msg.payload)  # type: ignore[attr-defined]


@pytest.mark.parametrize("seed", range(5))
def test_deploys_under_500_messages_a_second_lose_and_double_nothing_and_keep_the_order(seed: int) -> None:
    chance = random.Random(seed)
    feed = (Ticker, {"every": 0.002})

    def made() -> Any:
        between = chance.choice([[], ["n"], ["n", "m"], ["slow"], ["n", "slow"]])
        planned: dict[str, Any] = {"in": feed}
        for name in between:
            planned[name] = Brief if name == "slow" else (Flaky, {"amount": chance.randrange(3)})
        planned["out"] = (Keeps, {"amount": chance.randrange(4)})
        row = ["in", *between, "out"]
        queue = {"queue": Queue(size=chance.choice([2, 50]))} if chance.random() < 0.4 else {}
        wires: list[Any] = [(f"{a} {b}", queue if b != "out" else {}) for a, b in itertools.pairwise(row)]
        if chance.random() < 0.5:
            planned["side"] = (Keeps, {"amount": chance.randrange(4)})
            wires.insert(chance.randrange(2), ("in side", {}))
        return plan(planned, wires)

    async def main(clock: VirtualClock) -> None:
        Keeps.all = {}
        engine = Engine(clock)
        watch = engine.watch("test") if seed % 2 else None
        await engine.deploy(made())
        source: Any = engine.flows["test"].nodes["in"]
        for _ in range(30):
            await clock.sleep(chance.random() * 0.1)
            await engine.deploy(made())
        assert id(engine.flows["test"].nodes["in"]) == id(source)
        await clock.sleep(0.1)
        if watch is not None:
            engine.unwatch(watch)
        await engine.stop()
        failed = [letter.message.payload for letter in engine.dead_letters.find(most=100_000)]
        got = Keeps.all["out"]
        assert got == sorted(got)
        assert Keeps.all.get("side", []) == sorted(set(Keeps.all.get("side", [])))
        assert sorted(got + failed) == list(range(source.next))
        assert sorted(source.finished) == list(range(source.next))

    in_virtual_time(main)

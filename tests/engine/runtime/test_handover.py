"""A deploy that changes a node's options lets it go on with what it remembers, where that fits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from flowengine.clock import VirtualClock
from flowengine.message import Message
from flowengine.node import Transform
from flowengine.options import State
from flowengine.runtime.engine import Engine
from flowengine_nodes import Batch, Counter, Delay
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan, until

TICK = (nodes.Ticker, {"every": 1.0})


class Picky(Transform, type="test/picky"):
    """Goes on only with what it knows."""

    size: int = 1
    kept: State[list[int]] = []

    def process(self, msg: Message) -> Message:
        self.kept = [*self.kept, msg.payload]
        return msg.with_payload(len(self.kept))

    def restore(self, state: Mapping[str, Any]) -> None:
        if len(state["kept"]) > self.size:
            raise ValueError("there is no room for it")
        super().restore(state)


async def deployed(engine: Engine, middle: Any) -> Any:
    """Deploy a source, a node and a sink; returns what says which payloads have come to the sink."""
    await engine.deploy(plan({"in": TICK, "mid": middle, "out": nodes.Sink}, ["in mid", "mid out"]))
    sink: Any = engine.flows["test"].nodes["out"]
    return lambda: sink.payloads


def test_a_counter_whose_options_change_counts_on_and_back_again() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        for number, options in enumerate(({}, {"property": "n"}, {}), 1):
            await deployed(engine, (Counter, options))
            await clock.sleep(3)
            assert engine.flows["test"].nodes["mid"].state()["count"] in (3 * number, 3 * number + 1)
        await engine.stop()

    in_virtual_time(main)


def test_what_is_held_comes_once_and_in_its_time() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        got = await deployed(engine, (Delay, {"delay": 2.5}))
        await clock.sleep(4.2)
        await deployed(engine, (Delay, {"delay": 2.5, "size": 50}))
        await until(lambda: len(got()) >= 8, 20)
        assert got() == list(range(len(got())))
        assert len(engine.dead_letters) == 0
        await engine.stop()

    in_virtual_time(main)


def test_what_is_collected_is_not_sent_before_its_time() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        got = await deployed(engine, (Batch, {"count": 4}))
        await clock.sleep(1.5)
        await deployed(engine, (Batch, {"count": 4, "most": 500}))
        await clock.sleep(1)
        assert got() == []
        await until(lambda: len(got()) >= 4)
        assert got()[:4] == [0, 1, 2, 3]
        await engine.stop()

    in_virtual_time(main)


def test_what_does_not_fit_is_dropped_with_one_warning(caplog: pytest.LogCaptureFixture) -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        got = await deployed(engine, (Picky, {"size": 10}))
        await clock.sleep(2.5)
        await deployed(engine, (Picky, {"size": 2}))
        await clock.sleep(2)
        assert got() == [1, 2, 3, 1, 2]
        await engine.stop()

    in_virtual_time(main)
    assert [record.getMessage() for record in caplog.records if "is dropped" in record.getMessage()] == [
        "test/mid: what it remembered is dropped, as it does not fit what was deployed: there is no room for it"
    ]


def test_another_type_begins_anew() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await deployed(engine, Counter)
        await clock.sleep(2.5)
        got = await deployed(engine, nodes.Plus)
        await clock.sleep(1)
        assert got()[-1] == 4
        await engine.stop()

    in_virtual_time(main)

"""What a look tells in figures: losses with their reasons, queues, retries, restarts, latencies, checkpoints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine import Message, Source, Transform
from flowengine.clock import VirtualClock
from flowengine.flow.model import Queue
from flowengine.runtime.engine import Engine
from flowengine.telemetry.latency import BOUNDS, Latency
from flowengine.telemetry.look import CheckpointLook
from flowengine_nodes import Counter
from tests.engine.runtime import small_nodes as nodes
from tests.engine.runtime.small_nodes import in_virtual_time, plan
from tests.engine.runtime.surviving import OUTSIDE, Brings, Takes
from tests.engine.runtime.test_checkpoints_of_flows import virtually


class Every(Source, type="test/every"):
    """Bring 0, 1, 2 ... and ask for no acknowledgement."""

    every: float = 1.0

    async def run(self) -> AsyncIterator[Message]:
        number = 0
        while True:
            yield Message(number)
            number += 1
            await self.clock.sleep(self.every)


class Wobbly(Source, type="test/wobbly"):
    """Break after each message."""

    async def run(self) -> AsyncIterator[Message]:
        yield Message(1)
        raise OSError("the line is gone")


class Strict(Transform, type="test/strict"):
    """Give up odd numbers, for as many reasons as it likes."""

    reasons: int = 1
    meant: bool = False

    def process(self, msg: Message) -> Message | None:
        if msg.payload % 2 == 0:
            return msg
        self.drop(f"reason-{msg.payload % self.reasons}", meant=self.meant)
        return None


@pytest.mark.parametrize("policy", ["drop-oldest", "drop-newest"])
def test_a_lost_message_is_counted_by_the_policy_that_gave_it_up(policy: Any) -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        wire = ("in out", {"queue": Queue(size=2, full=policy)})
        await engine.deploy(plan({"in": (Every, {"every": 0.1}), "out": (nodes.Sink, {"seconds": 60})}, [wire]))
        assert engine.look("test").nodes["out"].drops == {policy: 0}
        await clock.sleep(0.95)
        look = engine.look("test").nodes["out"]
        assert (look.drops, look.dropped) == ({policy: 7}, 7)
        assert (look.waiting, look.limit) == (2, 2)
        assert look.age == pytest.approx(0.15 if policy == "drop-oldest" else 0.85)
        assert engine.look("test").nodes["in"].limit == 0

    in_virtual_time(main)


def test_what_a_node_gives_up_itself_is_counted_for_few_reasons() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        chain = {"in": (Every, {"every": 0.1}), "strict": (Strict, {"reasons": 100}), "out": nodes.Sink}
        await engine.deploy(plan(chain, ["in strict", "strict out"]))
        await clock.sleep(3.05)
        look = engine.look("test").nodes["strict"]
        assert look.dropped == 15
        assert len(look.drops) == 11
        assert look.drops["reason-1"] == 1
        assert engine.flows["test"].counts().dropped == 15
        assert look.drops["other"] == 5

    in_virtual_time(main)


def test_what_is_meant_to_end_is_told_by_its_reason_and_is_no_loss() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        chain = {"in": (Every, {"every": 0.1}), "strict": (Strict, {"meant": True}), "out": nodes.Sink}
        await engine.deploy(plan(chain, ["in strict", "strict out"]))
        await clock.sleep(1.05)
        look = engine.look("test").nodes["strict"]
        assert (look.drops, look.dropped) == ({"reason-0": 5}, 0)

    in_virtual_time(main)


def test_retries_of_writes_and_restarts_of_sources_are_counted() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"in": Wobbly, "out": (nodes.Sink, {"failures": 2})}, ["in out"]))
        await clock.sleep(10)
        look = engine.look("test").nodes
        assert look["out"].retries == 2
        assert look["in"].restarts >= 19
        assert look["in"].failed == look["in"].restarts

    in_virtual_time(main)


@pytest.mark.parametrize("source", [Every, nodes.Ticker])
def test_messages_of_a_slow_source_are_all_timed_to_the_end_of_their_way(source: type[Source]) -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"in": (source, {"every": 1.0}), "out": (nodes.Sink, {"seconds": 0.2})}, ["in out"]))
        await clock.sleep(0.5)
        look = engine.look("test").latency
        assert look.count == 1
        assert look.seconds == pytest.approx(0.2)
        assert look.quantile(0.5) == pytest.approx(0.175)  # the middle of the bucket that it is in

    in_virtual_time(main)


def test_what_is_only_timed_is_still_kept_when_the_flow_stops() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        flow = {"in": (Every, {"every": 0.1}), "out": (nodes.Sink, {"seconds": 1000})}
        await engine.deploy(plan(flow, ["in out"]))
        await clock.sleep(0.45)
        assert engine.flows["test"].inboxes["out"].depth == 4
        await engine.stop(drain=1)
        assert sorted(letter.message.payload for letter in engine.dead_letters.find()) == [0, 1, 2, 3, 4]

    in_virtual_time(main)


def test_a_flow_tells_how_its_checkpoints_are(tmp_path: Path) -> None:
    OUTSIDE.begin(50, 0.01)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(plan({"in": Brings, "count": Counter, "out": Takes}, ["in count", "count out"]))
        await clock.sleep(2)
        look = engine.look("test").checkpoint
        assert look is not None
        assert look.written > 0
        assert look.bytes > 0
        assert look.age <= 1.1
        assert look.problem == ""

    virtually(main, tmp_path)


def test_a_look_can_be_sent_to_another_process() -> None:
    async def main(clock: VirtualClock) -> None:
        engine = Engine(clock)
        await engine.deploy(plan({"in": Every, "out": nodes.Sink}, ["in out"]))
        await clock.sleep(3)
        look = msgspec.structs.replace(engine.look("test"), checkpoint=CheckpointLook(1, 2, 0.1, 0.2, ""))
        assert msgspec.msgpack.decode(msgspec.msgpack.encode(look), type=type(look)) == look

    in_virtual_time(main)


def test_quantiles_are_those_of_prometheus() -> None:
    latency = Latency()
    assert latency.look().quantile(0.99) is None
    for seconds in (0.0005, 0.002, 0.002, 0.4, 100.0):
        latency.add(seconds)
    look = latency.look()
    assert look.count == 5
    assert look.quantile(0.2) == BOUNDS[0]
    assert look.quantile(0.4) == pytest.approx(0.00175)
    assert look.quantile(1.0) == BOUNDS[-1]
    latency.add(0.4)
    assert latency.look().since(look).count == 1
    assert Latency().look().since(look).count == 0

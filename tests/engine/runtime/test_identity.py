"""Keys by which the other side of a sink knows what it has seen: the same before and after a crash."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from flowengine.clock import VirtualClock
from flowengine.message import Message
from flowengine.runtime.checkpoints.checkpointing import MOST_AGAIN
from flowengine.runtime.engine import Engine
from flowengine.runtime.identity import KEY, Identity, keyed
from flowengine_nodes import Batch, Counter, Delay
from tests.engine.runtime.small_nodes import plan, until
from tests.engine.runtime.surviving import OUTSIDE, Brings, Outside, Takes


class TakesKeyed(Takes, type="test/takes-keyed"):
    """Takes what it has not seen by its key."""

    async def write(self, msg: Message) -> None:
        await self.clock.sleep(0.001)
        OUTSIDE.times = getattr(OUTSIDE, "times", 0) + 1  # type: ignore[attr-defined]
        if msg.properties[KEY] not in SEEN:
            SEEN.add(msg.properties[KEY])
            OUTSIDE.got.append(msg.payload)


class TakesAtOnce(Takes, type="test/takes-at-once"):
    """Takes what it is given, and says so later."""

    concurrency = 100

    def submit(self, msg: Message) -> asyncio.Future[None]:
        OUTSIDE.got.append(msg.payload)
        return asyncio.ensure_future(self.clock.sleep(0.0001))


class TakesSlowly(Takes, type="test/takes-slowly"):
    """Has two messages under way for longer than it takes to store what waits behind them."""

    concurrency = 2

    async def write(self, msg: Message) -> None:
        await self.clock.sleep(0.7 + msg.payload / 1000)
        if msg.properties[KEY] not in SEEN:
            SEEN.add(msg.properties[KEY])
            OUTSIDE.got.append(msg.payload)


SEEN: set[str] = set()


@pytest.fixture(autouse=True)
def outside() -> Outside:
    OUTSIDE.begin()
    SEEN.clear()
    return OUTSIDE


@pytest.mark.parametrize("seed", range(4))
def test_a_sink_with_keys_sees_each_message_once_over_many_crashes(seed: int, tmp_path: Path, outside: Outside) -> None:
    chance = random.Random(seed)
    outside.begin(300, 0.003)
    nodes = {
        "in": Brings,
        "count": Counter,
        "hold": (Delay, {"delay": 0.05}),
        "batch": (Batch, {"count": 4}),
        "out": TakesKeyed,
    }
    made = plan(nodes, ["in count", "count hold", "hold batch", "batch out"])
    object.__setattr__(made, "delivery", "effectively-once")

    async def some_time(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await clock.sleep(chance.uniform(0.01, 0.3))

    async def to_the_end(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await until(lambda: len(outside.got) == 300, 30)

    now = 0.0
    for step in [some_time] * 6 + [to_the_end]:
        clock = VirtualClock()
        clock.epoch += now
        clock.run(step(Engine(clock, checkpoints=tmp_path), clock))
        now += clock.elapsed
    assert outside.got == list(range(300))
    assert outside.times > 300  # type: ignore[attr-defined] # or else nothing has been tried


@pytest.mark.parametrize("crash", [1.2, 1.6, 2.6])
def test_what_is_under_way_at_a_sink_stays_in_front_of_what_waits(
    crash: float, tmp_path: Path, outside: Outside
) -> None:
    outside.begin(8)
    made = plan({"in": Brings, "out": TakesSlowly}, ["in out"])
    object.__setattr__(made, "delivery", "effectively-once")

    async def for_a_while(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await clock.sleep(crash)

    async def to_the_end(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await until(lambda: len(outside.got) == 8, 30)

    now = 0.0
    for step in (for_a_while, to_the_end):
        clock = VirtualClock()
        clock.epoch += now
        clock.run(step(Engine(clock, checkpoints=tmp_path), clock))
        now += clock.elapsed
    assert outside.got == list(range(8))


def test_no_more_comes_twice_after_a_crash_than_the_other_side_remembers(tmp_path: Path, outside: Outside) -> None:
    """A delay lets go of thousands at once, which nobody waits to have stored."""
    nodes = {"in": Brings, "hold": (Delay, {"delay": 5.0, "size": 10_000}), "out": TakesAtOnce}
    made = plan(nodes, ["in hold", "hold out"])
    object.__setattr__(made, "delivery", "effectively-once")

    def twice(crash: int) -> int:
        outside.begin(3 * MOST_AGAIN)

        async def run(engine: Engine, clock: VirtualClock, count: int) -> None:
            await engine.deploy(made)
            await until(lambda: len(set(outside.got)) >= count, 30)

        now = 0.0
        for count in (crash, 3 * MOST_AGAIN):
            clock = VirtualClock()
            clock.epoch += now
            clock.run(run(Engine(clock, checkpoints=tmp_path / str(crash)), clock, count))
            now += clock.elapsed
        return len(outside.got) - len(set(outside.got))

    found = [twice(crash) for crash in (MOST_AGAIN // 2, MOST_AGAIN, 2 * MOST_AGAIN)]
    assert 0 < max(found) <= MOST_AGAIN


def test_ids_go_on_where_they_were_stored() -> None:
    before, after = Identity(), Identity()
    before.named("in", [Message(1), Message(2)])
    after.restore(before.state())
    assert [msg.id for msg in after.named("in", [Message(3)])] == [msg.id for msg in before.named("in", [Message(3)])]
    assert after.new_id() == before.new_id()


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (Message(1, "t", 2.0, id="a", properties={"qos": 1, "dup": True}), True),
        (Message(2, "t", 1.0, id="a", properties={"qos": 1}), False),
        (Message(1, "u", 1.0, id="a", properties={"qos": 1}), False),
        (Message(1, "t", 1.0, id="b", properties={"qos": 1}), False),
        (Message(1, "t", 1.0, id="a", properties={"qos": 1, "parts": 2}), False),
    ],
    ids=["what a replay changes", "payload", "topic", "id", "properties"],
)
def test_a_key_is_that_of_sink_id_and_content(other: Message, same: bool) -> None:
    msg = Message(1, "t", 1.0, id="a", properties={"qos": 1})
    assert (keyed("f", "out", msg).properties[KEY] == keyed("f", "out", other).properties[KEY]) is same
    assert keyed("f", "out", msg).properties[KEY] != keyed("f", "out-2", msg).properties[KEY]

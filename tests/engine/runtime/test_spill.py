"""Inboxes that go on on disk, and messages that become too old in them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message, Source
from flowengine.clock import VirtualClock
from flowengine.flow.model import Queue
from flowengine.runtime.engine import Engine
from flowengine.runtime.spill import SpillingChannel
from tests.engine.runtime.small_nodes import plan, until
from tests.engine.runtime.surviving import OUTSIDE, Outside, Takes
from tests.engine.runtime.test_checkpoints_of_flows import virtually


class Polls(Source, type="test/polls"):
    """Brings what nobody brings again, as a poll does."""

    count: int = 0
    first: int = 0
    every: float = 0.001

    async def run(self) -> AsyncIterator[Message]:
        for number in range(self.first, self.first + self.count):
            await self.clock.sleep(self.every)
            yield Message(number, time=self.clock.now())
            OUTSIDE.brought += 1


@pytest.fixture(autouse=True)
def outside() -> Outside:
    OUTSIDE.begin()
    return OUTSIDE


def flow(count: int, first: int = 0, **queue: Any) -> Any:
    bounds = Queue(full="spill", **{"size": 100, **queue})
    source = (Polls, {"count": count, "first": first})
    return plan({"in": source, "out": Takes}, [("in out", {"queue": bounds})])


def inbox(engine: Engine) -> SpillingChannel:
    found = engine.flows["test"].inboxes["out"]
    assert isinstance(found, SpillingChannel)
    return found


def test_what_comes_while_a_sink_is_away_is_kept_on_disk_in_order_and_over_a_crash(
    tmp_path: Path, outside: Outside
) -> None:
    outside.away = True
    most = 0

    async def crash(engine: Engine, clock: VirtualClock) -> None:
        nonlocal most
        await engine.deploy(flow(5000))
        for _ in range(100):
            await clock.sleep(0.06)
            most = max(most, len(inbox(engine).items) + len(inbox(engine).overflow))
        assert outside.brought == 5000
        assert inbox(engine).depth + 1 == 5000
        assert engine.flows["test"].looking.look().nodes["out"].waiting >= 4999

    async def after(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(flow(1000, first=5000))
        await until(lambda: len(set(outside.got)) == 6000, 60)
        await clock.sleep(2)
        assert inbox(engine).depth == 0
        memory = engine.flows["test"].memory
        assert memory.file is not None
        assert memory.file.size().messages == 0

    virtually(crash, tmp_path)
    assert most <= 100 + 200  # a fifth of a second's messages wait for the disk at most
    outside.away = False
    virtually(after, tmp_path)
    assert outside.got == list(range(6000))


def test_without_a_store_it_stays_in_memory_and_in_order(outside: Outside) -> None:
    outside.away = True

    async def main() -> None:
        engine = Engine(clock)
        await engine.deploy(flow(2000))
        await clock.sleep(3)
        outside.away = False
        await until(lambda: len(outside.got) == 2000)

    clock = VirtualClock()
    clock.run(main())
    assert outside.got == list(range(2000))


@pytest.mark.parametrize(
    ("policy", "kept", "dropped", "letters"),
    [
        ("drop-newest", list(range(301)), 699, 0),
        ("dead-letter", list(range(301)), 0, 699),
        ("drop-oldest", [0, *range(700, 1000)], 699, 0),
    ],
)
def test_a_full_disk_share_is_dealt_with_as_the_wire_says(
    tmp_path: Path, outside: Outside, policy: Any, kept: list[int], dropped: int, letters: int
) -> None:
    outside.away = True

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(flow(1000, spill_size=300, spill_full=policy))
        await clock.sleep(3)
        assert inbox(engine).dropped == dropped
        outside.away = False
        await until(lambda: len(outside.got) == len(kept))
        await clock.sleep(1)
        assert len(engine.dead_letters) == letters

    virtually(main, tmp_path)
    assert outside.got == kept


def test_a_source_waits_when_the_share_is_full_and_the_wire_says_block(tmp_path: Path, outside: Outside) -> None:
    outside.away = True

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(flow(1000, spill_size=300))
        await clock.sleep(3)
        assert outside.brought <= 303
        outside.away = False
        await until(lambda: len(outside.got) == 1000)

    virtually(main, tmp_path)
    assert outside.got == list(range(1000))


def test_a_disk_that_fails_for_a_while_loses_and_doubles_nothing(tmp_path: Path, outside: Outside) -> None:
    outside.away = True

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(flow(3000))
        await clock.sleep(0.5)
        file = engine.flows["test"].memory.file
        assert file is not None
        write, read = file.write, file.waiting

        def fails(*_: Any, **__: Any) -> Any:
            raise sqlite3.OperationalError("disk I/O error")

        file.write = file.waiting = fails  # type: ignore[method-assign]
        await clock.sleep(0.7)
        outside.away = False
        await clock.sleep(1)
        file.write, file.waiting = write, read  # type: ignore[method-assign]
        await until(lambda: len(outside.got) == 3000, 30)

    virtually(main, tmp_path)
    assert outside.got == list(range(3000))


def test_what_is_too_old_goes_to_the_dead_letters_and_not_to_the_sink(tmp_path: Path, outside: Outside) -> None:
    outside.away = True

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(flow(1000, max_age=0.5))
        await clock.sleep(2)
        outside.away = False
        await until(lambda: len(engine.dead_letters) == 1000)
        letter = engine.dead_letters.find()[0]
        assert letter.kind == "TooOld"

    virtually(main, tmp_path)
    assert outside.got == []

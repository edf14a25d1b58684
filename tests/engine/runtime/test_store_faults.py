"""Disks that fail under a flow: nothing is acknowledged that is not stored, it is shown, and it goes on by itself."""

from __future__ import annotations

import functools
import random
import sqlite3
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.engine import Engine
from flowengine.runtime.failures import Failures
from flowengine.store.dead_letters import DeadLetter, DeadLetters
from flowengine_nodes import Batch, Counter
from tests.engine.runtime.small_nodes import Breaks, plan, until
from tests.engine.runtime.surviving import OUTSIDE, Brings, Outside, Takes
from tests.plants.small_disk import SmallDisk

RECOVERED_WITHIN = 10.0
"""Seconds after the disk can be written to again."""


@pytest.fixture(autouse=True)
def outside() -> Outside:
    OUTSIDE.begin()
    return OUTSIDE


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    with SmallDisk(tmp_path / "disk", 10_000_000) as made:
        yield made


def virtually(main: Callable[[Engine, VirtualClock], Coroutine[Any, Any, None]], folder: Path) -> None:
    """Run something with an engine and then leave that as a killed process does."""
    clock = VirtualClock()
    clock.run(main(Engine(clock, checkpoints=folder), clock))


def remembering() -> Any:
    nodes = {"in": Brings, "count": Counter, "batch": (Batch, {"count": 4}), "out": Takes}
    return plan(nodes, ["in count", "count batch", "batch out"])


async def outlives(fault: Callable[[], AbstractContextManager[None]], engine: Engine, clock: VirtualClock) -> None:
    """Have a flow meet a fault of its disk, twice."""
    await engine.deploy(remembering())
    for _ in range(2):
        await until(lambda: len(OUTSIDE.got) % 100 > 50)
        count = len(OUTSIDE.acknowledged)
        assert count > 20
        with fault():
            await clock.sleep(0.5)  # what was being written has been
            count = len(OUTSIDE.acknowledged)
            await clock.sleep(3)
            assert len(OUTSIDE.acknowledged) == count
            assert [(fault.flow, fault.level, fault.active) for fault in engine.faults.all()] == [
                ("test", "error", True)
            ]
        freed = clock.monotonic()
        await until(lambda count=count: len(OUTSIDE.acknowledged) > count)  # type: ignore[misc]
        assert clock.monotonic() - freed < RECOVERED_WITHIN
        assert not engine.faults.all()[0].active
    await until(lambda: len(OUTSIDE.acknowledged) == len(OUTSIDE.sent))


async def goes_on(engine: Engine, clock: VirtualClock) -> None:
    """See that everything is there after the crash that follows."""
    await engine.deploy(remembering())
    assert engine.flows["test"].nodes["count"].state() == {"count": len(OUTSIDE.sent)}
    await until(lambda: len(set(OUTSIDE.got)) == len(OUTSIDE.sent))


def test_a_full_disk_acknowledges_nothing_and_goes_on_by_itself(disk: SmallDisk, outside: Outside) -> None:
    outside.begin(800, 0.02)
    virtually(functools.partial(outlives, disk.full), disk.folder / "flows")
    virtually(goes_on, disk.folder / "flows")
    assert list(dict.fromkeys(outside.got)) == list(range(800))


def test_what_fails_while_the_disk_is_full_is_kept_as_soon_as_there_is_room_and_acknowledged_only_then(
    disk: SmallDisk, outside: Outside
) -> None:
    outside.begin(400, 0.02)
    letters = DeadLetters(disk.folder / "letters.sqlite")
    clock = VirtualClock()
    engine = Engine(clock, letters, checkpoints=disk.folder / "flows")

    async def main() -> None:
        await engine.deploy(plan({"in": Brings, "count": Counter, "bad": Breaks}, ["in count", "count bad"]))
        await until(lambda: len(outside.acknowledged) > 50)
        for _ in range(2):
            with disk.full():
                await clock.sleep(1.5)
                assert any("cannot be stored" in one.text and one.active for one in engine.faults.all() if not one.node)
            await until(lambda: not any(one.active for one in engine.faults.all() if not one.node))
        await until(lambda: len(outside.acknowledged) == 400)

    clock.run(main())
    assert sorted(one.message.payload for one in letters.find(most=1000)) == outside.sent


def test_letters_for_which_there_is_no_room_anywhere_are_given_up_the_oldest_first_and_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine.runtime.failures.MOST_WAITING", 5)
    letters, told, again = DeadLetters(tmp_path / "letters.sqlite"), list[str](), list[Any]()

    async def main() -> None:
        failures = Failures(letters, lambda flow, problem: told.append(problem))
        owed = Delivery([], again.append)
        letters._file._db.execute("PRAGMA query_only=ON")
        for number in range(9):
            letter = DeadLetter(flow="f", node="n", port="", reason="r", kind="k", time=0.0, message=Message(number))
            failures.add(letter, owed if number == 0 else None)
        with pytest.raises(OSError, match=r"dead letters cannot be stored: .*readonly"):
            await failures.written()
        assert failures.full
        letters._file._db.execute("PRAGMA query_only=OFF")
        assert not again
        owed.finish()
        await failures.written()
        assert again

    VirtualClock().run(main())
    assert [one.message.payload for one in letters.find()] == [8, 7, 6, 5, 0]
    assert letters.dropped == 4
    assert told[-1] == ""


class Failing(sqlite3.Connection):
    """A database whose disk fails: from time to time, or always; as it writes, or as it syncs at the commit."""

    share = 0.0
    at = ""
    why = "disk I/O error"
    chance = random.Random(1)

    def execute(self, sql: str, /, *values: Any) -> sqlite3.Cursor:
        if Failing.share and sql.startswith(Failing.at) and Failing.chance.random() < Failing.share:
            raise sqlite3.OperationalError(Failing.why)
        return super().execute(sql, *values)


@pytest.fixture
def failing(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Failing]]:
    monkeypatch.setattr(
        "flowengine.store.checkpoints.sqlite3.connect", functools.partial(sqlite3.connect, factory=Failing)
    )
    yield Failing
    Failing.share = 0.0


@pytest.mark.parametrize(
    ("at", "why"),
    [
        ("INSERT", "disk I/O error"),
        ("COMMIT", "disk I/O error"),
        ("BEGIN", "attempt to write a readonly database"),
    ],
    ids=["a write", "the sync", "it is read-only"],
)
def test_a_disk_that_fails_acknowledges_nothing_and_goes_on_by_itself(
    at: str, why: str, tmp_path: Path, outside: Outside, failing: type[Failing]
) -> None:
    outside.begin(800, 0.02)

    class Always:
        def __enter__(self) -> None:
            failing.at, failing.why, failing.share = at, why, 1.0

        def __exit__(self, *_: object) -> None:
            failing.share = 0.0

    virtually(functools.partial(outlives, Always), tmp_path)
    virtually(goes_on, tmp_path)
    assert list(dict.fromkeys(outside.got)) == list(range(800))


@pytest.mark.parametrize("seed", range(3))
def test_errors_now_and_then_lose_nothing(seed: int, tmp_path: Path, outside: Outside, failing: type[Failing]) -> None:
    outside.begin(300, 0.02)

    async def until_the_crash(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        failing.at, failing.share, failing.chance = "", 0.05, random.Random(seed)
        await until(lambda: len(outside.acknowledged) == 300, 100)
        failing.share = 0.0

    virtually(until_the_crash, tmp_path)
    virtually(goes_on, tmp_path)
    assert list(dict.fromkeys(outside.got)) == list(range(300))

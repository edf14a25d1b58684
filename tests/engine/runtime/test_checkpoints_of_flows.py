"""Flows that remember: stored before it is acknowledged, and gone on with after a crash."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import VirtualClock
from flowengine.errors import DeployFailed
from flowengine.flow.model import Feedback
from flowengine.runtime.engine import Engine
from flowengine.store.checkpoints import Changes, CheckpointFile
from flowengine_nodes import Batch, Counter, Delay
from tests.engine.runtime.small_nodes import Plus, Slow, Ticker, plan, until
from tests.engine.runtime.surviving import OUTSIDE, Brings, Commands, Forgets, Machine, Odd, Outside, Takes


@pytest.fixture(autouse=True)
def outside() -> Outside:
    OUTSIDE.begin()
    return OUTSIDE


def virtually(main: Callable[[Engine, VirtualClock], Coroutine[Any, Any, None]], folder: Path, **more: Any) -> Engine:
    """Run something with an engine and then leave that as a killed process does: nothing is stopped or stored."""
    clock = more.pop("clock", None) or VirtualClock()
    engine = Engine(clock, checkpoints=folder, **more)
    clock.run(main(engine, clock))
    return engine


WIRES = ["in count", "count hold", "hold batch", "batch out"]


def remembering() -> Any:
    nodes = {
        "in": Brings,
        "count": Counter,
        "hold": (Delay, {"delay": 0.05}),
        "batch": (Batch, {"count": 4}),
        "out": Takes,
    }
    return plan(nodes, WIRES)


@pytest.mark.parametrize("seed", range(8))
def test_nothing_is_lost_and_the_state_is_that_of_an_unkilled_run(seed: int, tmp_path: Path, outside: Outside) -> None:
    chance = random.Random(seed)
    outside.begin(400, 0.003)
    before: list[int] = []

    async def some_time(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        await clock.sleep(chance.uniform(0.001, 0.3))
        before.append(len(outside.acknowledged))

    async def to_the_end(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        await until(lambda: len(set(outside.got)) == 400, 30)
        assert engine.flows["test"].nodes["count"].state() == {"count": 400}

    now = 0.0
    for _ in range(6):
        clock = VirtualClock()
        clock.epoch += now
        virtually(some_time, tmp_path, clock=clock)
        now += clock.elapsed + chance.uniform(0, 0.2)
    virtually(to_the_end, tmp_path)
    assert list(dict.fromkeys(outside.got)) == list(range(400))
    assert len(outside.got) - 400 <= 6 * 40  # what was done in one checkpoint's time, for each crash
    assert before[-1] > 0


def test_a_source_hears_done_only_when_that_is_on_disk(tmp_path: Path, outside: Outside) -> None:
    outside.begin(10)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        memory = engine.flows["test"].memory
        assert memory.file is not None
        stored: list[int] = []
        write = memory.file.write

        def slowly(changes: Changes) -> None:
            assert len(outside.acknowledged) == sum(stored)
            write(changes)
            stored.append(10)

        memory.file.write = slowly  # type: ignore[method-assign]
        await until(lambda: len(outside.acknowledged) == 10)
        assert stored

    virtually(main, tmp_path)


@pytest.mark.parametrize("delivery", [None, "at-least-once"])
def test_a_source_that_brings_nothing_again_waits_for_the_disk_only_where_the_flow_says_so(
    delivery: Any, tmp_path: Path, outside: Outside
) -> None:
    outside.begin(10)
    made = plan({"in": Forgets, "count": Counter, "out": Takes}, ["in count", "count out"])
    object.__setattr__(made, "delivery", delivery)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        file = engine.flows["test"].memory.file
        assert file is not None

        def full(changes: Changes) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        file.write = full  # type: ignore[method-assign]
        await until(lambda: len(outside.got) == 10)
        await clock.sleep(0.1)
        assert len(outside.acknowledged) == (10 if delivery is None else 0)

    virtually(main, tmp_path)


def test_a_flow_that_remembers_nothing_touches_no_disk(tmp_path: Path, outside: Outside) -> None:
    outside.begin(10)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(plan({"in": Brings, "plus": Plus, "out": Takes}, ["in plus", "plus out"]))
        await until(lambda: len(outside.acknowledged) == 10)
        await engine.stop()

    virtually(main, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_at_most_once_stores_nothing_although_the_flow_remembers(tmp_path: Path, outside: Outside) -> None:
    outside.begin(4)
    made = remembering()
    object.__setattr__(made, "delivery", "at-most-once")

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await until(lambda: len(outside.got) == 4)

    virtually(main, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_waits_for_a_sink_that_is_away_is_stored_and_comes_first_after_the_crash(
    tmp_path: Path, outside: Outside
) -> None:
    outside.begin(50)
    outside.away = True
    made = plan({"in": Brings, "slow": Slow, "count": Counter, "out": Takes}, ["in slow", "slow count", "count out"])

    async def crash(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await until(lambda: len(outside.acknowledged) == 50)

    async def after(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await until(lambda: len(outside.got) == 60, 1000)  # a slow node takes as long as its payload says
        await until(lambda: len(outside.acknowledged) == 60)
        await engine.stop()

    virtually(crash, tmp_path)
    outside.away = False
    outside.sent += range(50, 60)
    virtually(after, tmp_path)
    assert outside.got == list(range(60))
    file = CheckpointFile(tmp_path / "test.sqlite")
    assert file.size().messages == 0
    file.close()


def test_a_stop_stores_what_is_held_and_the_next_start_goes_on(tmp_path: Path, outside: Outside) -> None:
    outside.begin(6)

    async def first(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        await until(lambda: len(outside.got) == 4)
        await engine.stop()
        assert len(outside.acknowledged) == 6
        assert len(engine.dead_letters) == 0

    async def second(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        await until(lambda: len(outside.got) == 8)
        await engine.undeploy("test", forget=True)

    virtually(first, tmp_path)
    outside.sent += [6, 7]
    virtually(second, tmp_path)
    assert outside.got == list(range(8))
    assert list(tmp_path.iterdir()) == []


def test_a_message_on_a_feedback_wire_and_the_contexts_survive(tmp_path: Path, outside: Outside) -> None:
    outside.begin(3)
    made = plan(
        {"in": Brings, "count": Counter, "plus": Plus, "out": Takes},
        ["in count", "count plus", ("plus plus", {"feedback": Feedback(initial=100)}), "plus out"],
    )

    async def crash(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        live = engine.flows["test"]
        live.own_context.set("shift.name", "early")
        await until(lambda: len(outside.acknowledged) == 3)

    async def after(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        live = engine.flows["test"]
        assert live.own_context.get("shift.name") == "early"
        ((waiting,),) = live.registers.values()
        assert waiting.payload == kept[0]

    kept: list[Any] = []

    async def crash_and_look(engine: Engine, clock: VirtualClock) -> None:
        await crash(engine, clock)
        ((waiting,),) = engine.flows["test"].registers.values()
        kept.append(waiting.payload)

    virtually(crash_and_look, tmp_path)
    virtually(after, tmp_path)


def test_a_write_that_fails_acknowledges_nothing_is_shown_and_goes_on_by_itself(
    tmp_path: Path, outside: Outside
) -> None:
    outside.begin(30, 0.2)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        await until(lambda: len(outside.acknowledged) >= 5)
        file = engine.flows["test"].memory.file
        assert file is not None
        write = file.write

        def full(changes: Changes) -> None:
            raise sqlite3.OperationalError("database or disk is full")

        file.write = full  # type: ignore[method-assign]
        await clock.sleep(0.5)
        count = len(outside.acknowledged)
        await clock.sleep(1.5)
        assert len(outside.acknowledged) == count
        (fault,) = engine.faults.all()
        assert (fault.flow, fault.node, fault.level, fault.active) == ("test", "", "error", True)
        assert "disk is full" in fault.text
        file.write = write  # type: ignore[method-assign]
        await clock.sleep(1.5)
        assert len(outside.acknowledged) > count + 5
        assert not engine.faults.all()[0].active
        await until(lambda: len(outside.acknowledged) == 30)

    async def after(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        assert engine.flows["test"].nodes["count"].state() == {"count": 30}

    virtually(main, tmp_path)
    virtually(after, tmp_path)
    assert outside.got[:28] == list(range(28))


def test_sources_wait_while_too_much_is_not_stored(
    tmp_path: Path, outside: Outside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine.runtime.checkpoints.checkpointing.MOST_UNSTORED", 20)
    outside.begin(100)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        broken = True
        await engine.deploy(remembering())
        file = engine.flows["test"].memory.file
        assert file is not None
        write = file.write

        def maybe(changes: Changes) -> None:
            if broken:
                raise OSError("input/output error")
            write(changes)

        file.write = maybe  # type: ignore[method-assign]
        await clock.sleep(3)
        assert outside.brought <= 21
        assert not outside.acknowledged
        broken = False
        await until(lambda: len(outside.acknowledged) == 100)

    virtually(main, tmp_path)


def test_commands_to_machines_are_not_carried_out_late(tmp_path: Path, outside: Outside) -> None:
    outside.begin(3)
    outside.away = True
    nodes = {"in": Brings, "count": Counter, "out": (Commands, {"machine": "plc"})}
    made = plan(nodes, ["in count", "count out"], {"plc": (Machine, {})})

    async def crash(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await until(lambda: len(outside.acknowledged) == 3)

    async def after(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(made)
        await clock.sleep(2)
        letters = engine.dead_letters.find()
        assert [letter.message.payload for letter in letters] == [2, 1, 0]
        assert "not carried out late" in letters[0].reason

    virtually(crash, tmp_path)
    outside.away = False
    virtually(after, tmp_path)
    assert outside.got == []


def test_a_state_that_does_not_fit_is_dropped_with_a_warning(
    tmp_path: Path, outside: Outside, caplog: pytest.LogCaptureFixture
) -> None:
    outside.begin(3)

    async def first(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(plan({"in": Brings, "a": Counter, "b": Odd, "c": Counter}, ["in a", "a b", "b c"]))
        await until(lambda: len(outside.acknowledged) == 3)

    async def second(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(plan({"in": Brings, "a": (Delay, {}), "b": Odd}, ["in a", "a b"]))
        await clock.sleep(1)

    virtually(first, tmp_path)
    assert "cannot be stored" in caplog.text
    virtually(second, tmp_path)
    assert "it was a debug/counter then, and is a timing/delay now" in caplog.text
    assert "c: what" not in caplog.text or "it is no more" in caplog.text


def test_a_damaged_store_is_a_fault_and_the_flow_starts(tmp_path: Path, outside: Outside) -> None:
    outside.begin(8)

    async def first(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        await until(lambda: len(outside.acknowledged) == 8)
        await engine.stop()

    async def second(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(remembering())
        (fault,) = engine.faults.all()
        assert "damaged" in fault.text

    virtually(first, tmp_path)
    data = bytearray((tmp_path / "test.sqlite").read_bytes())
    data[100:4000] = b"x" * 3900
    (tmp_path / "test.sqlite").write_bytes(data)
    virtually(second, tmp_path)
    assert (tmp_path / "test.sqlite.damaged-1").exists()


def test_a_deploy_that_begins_to_remember_stores_from_then_on(tmp_path: Path, outside: Outside) -> None:
    outside.begin(10, 0.1)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        await engine.deploy(plan({"in": Brings, "out": Takes}, ["in out"]))
        await until(lambda: len(outside.acknowledged) == 3)
        await engine.deploy(plan({"in": Brings, "count": Counter, "out": Takes}, ["in count", "count out"]))
        await until(lambda: len(outside.acknowledged) == 10)
        assert engine.flows["test"].memory.file is not None
        count = engine.flows["test"].nodes["count"].state()
        await engine.deploy(
            plan({"in": Brings, "plus": Plus, "count": Counter, "out": Takes}, ["in plus", "plus count", "count out"])
        )
        assert engine.flows["test"].nodes["count"].state() == count

    virtually(main, tmp_path)
    assert outside.got == list(range(10))


def test_a_whole_flow_that_does_not_start_anew_goes_on_with_what_it_held(tmp_path: Path, outside: Outside) -> None:
    outside.begin(10, 0.1)

    async def main(engine: Engine, clock: VirtualClock) -> None:
        kept = {"in": Brings, "count": Counter, "batch": (Batch, {"count": 7}), "out": Takes}
        wires = ["in count", "count batch", "batch out"]
        await engine.deploy(plan(kept, wires))
        await until(lambda: outside.brought == 5)
        with pytest.raises(DeployFailed, match="port is taken; the revision before it runs on"):
            await engine.deploy(plan({**kept, "bad": (Ticker, {"broken": True})}, wires), mode="flows")
        await until(lambda: len(outside.acknowledged) == 10)
        assert engine.flows["test"].nodes["count"].state() == {"count": 10}
        await engine.deploy(plan(kept, wires), mode="flows")
        assert engine.flows["test"].nodes["count"].state() == {"count": 0}

    virtually(main, tmp_path)
    assert [file.name for file in tmp_path.glob("*aside*")] == []

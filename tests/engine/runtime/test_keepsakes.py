"""What displays show is there again after a kill and a restart, and makes no flow a stored one."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.runtime.checkpoints.keepsakes import EVERY, keepsakes_file
from flowengine.runtime.engine import Engine
from flowengine_nodes.dashboard.alarms import Alarms
from flowengine_nodes.dashboard.chart import Chart
from flowengine_nodes.dashboard.table import Table
from flowengine_nodes.dashboard.text import TextDisplay
from flowengine_nodes.dashboard.value import ValueDisplay
from tests.engine.runtime.small_nodes import plan

SHOWN: dict[str, tuple[Any, Any]] = {
    "value": (ValueDisplay, 21.5),
    "text": (TextDisplay, "Close the door"),
    "chart": (Chart, 3),
    "table": (Table, {"order": 7}),
    "alarms": (Alarms, {"alarm": "too hot", "state": "active"}),
}


def displays() -> Any:
    return plan({name: cls for name, (cls, _) in SHOWN.items()}, [])


def live(main: Callable[[Engine, VirtualClock], Coroutine[Any, Any, None]], folder: Path) -> None:
    """Run something with an engine, and leave that as a killed process does."""
    clock = VirtualClock()
    engine = Engine(clock, checkpoints=folder)

    async def run() -> None:
        await engine.deploy(displays())
        await main(engine, clock)

    clock.run(run())


def shown(engine: Engine) -> dict[str, Any]:
    return {name: node.shown() for name, node in engine.flows["test"].nodes.items()}


async def show(engine: Engine, clock: VirtualClock) -> None:
    for name, (_, payload) in SHOWN.items():
        msg = Message(payload, topic="a", time=clock.now(), quality="uncertain", properties={"unit": "degC"})
        await engine.inject("test", name, msg)
    await clock.sleep(0.01)


def test_after_a_kill_displays_show_what_they_showed_two_seconds_before_at_worst(tmp_path: Path) -> None:
    before: list[Any] = []

    async def killed(engine: Engine, clock: VirtualClock) -> None:
        await show(engine, clock)
        before.append(shown(engine))
        await clock.sleep(EVERY + 0.1)
        await engine.inject("test", "value", Message(99.0))
        await clock.sleep(0.1)
        assert engine.flows["test"].memory.file is None

    async def again(engine: Engine, clock: VirtualClock) -> None:
        assert shown(engine) == before[0]
        assert shown(engine)["value"]["unit"] == "degC"
        await show(engine, clock)  # the chart goes on

    live(killed, tmp_path)
    live(again, tmp_path)


def test_a_stop_keeps_what_is_shown_at_that_moment_and_a_removed_flow_leaves_nothing(tmp_path: Path) -> None:
    async def stopped(engine: Engine, clock: VirtualClock) -> None:
        await show(engine, clock)
        await engine.stop(1)

    async def removed(engine: Engine, clock: VirtualClock) -> None:
        assert shown(engine)["text"]["value"] == "Close the door"
        await engine.undeploy("test", 0, forget=True)
        assert not keepsakes_file(tmp_path, "test").exists()

    live(stopped, tmp_path)
    live(removed, tmp_path)


def test_what_is_kept_that_does_not_fit_any_more_is_dropped_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def stopped(engine: Engine, clock: VirtualClock) -> None:
        await engine.inject("test", "value", Message(object()))  # no file can hold it
        await show(engine, clock)
        await engine.stop(1)

    async def anew(engine: Engine, clock: VirtualClock) -> None:
        assert shown(engine)["table"]["rows"] == []
        assert shown(engine)["value"]["value"] == 21.5

    live(stopped, tmp_path)
    file = keepsakes_file(tmp_path, "test")
    with sqlite3.connect(file) as db:
        db.execute("UPDATE states SET data = x'00' WHERE name = 'table'")
    db.close()
    live(anew, tmp_path)
    assert "was damaged" in caplog.text


def test_a_flow_that_stores_nothing_keeps_nothing_of_its_displays(tmp_path: Path) -> None:
    async def main() -> None:
        made = displays()
        object.__setattr__(made, "delivery", "at-most-once")
        engine = Engine(clock, checkpoints=tmp_path)
        await engine.deploy(made)
        await show(engine, clock)
        await engine.stop(1)

    clock = VirtualClock()
    clock.run(main())
    assert list(tmp_path.iterdir()) == []

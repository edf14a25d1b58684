"""A computer's clock that is set under running flows: nothing comes in a bunch, nothing stands still."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import Any

import pytest

from flowengine.clock import VirtualClock
from flowengine.message import Message
from flowengine.runtime.engine import Engine
from flowengine_nodes import Delay, Every, Inject, RateLimit, Schedule, Trigger, Window
from tests.engine.runtime.small_nodes import plan

HOUR, DECADE = 3600.0, 10 * 365.25 * 86400.0
MINUTES = 4
"""How long before and after the clock is set."""

SOURCES: dict[str, Any] = {
    "every": (Every, {"interval": 1.0}),
    "inject": (Inject, {"repeat": 5.0}),
    "schedule": (Schedule, {"cron": "* * * * *"}),
}
HOLDING: dict[str, Any] = {
    "delay": (Delay, {"delay": 3.0}),
    "rate": (RateLimit, {"rate": 1, "per": 10, "when_over": "latest"}),
    "trigger": (Trigger, {"mode": "wait", "duration": 0.5, "then": "timestamp"}),
    "window": (Window, {"seconds": 30, "statistics": ["count"]}),
}


JUMPS = pytest.mark.parametrize("jump", [HOUR, -HOUR, DECADE, -DECADE], ids=["+1 h", "-1 h", "+10 years", "-10 years"])


class SettableClock(VirtualClock):
    """A virtual clock whose time of day can be set, as an operator sets a computer's."""

    offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


@JUMPS
def test_nothing_bursts_or_stalls_when_the_clock_is_set(jump: float, tmp_path: Path) -> None:
    clock = SettableClock()
    came: dict[str, list[float]] = {}

    def saw(node: str, port: str, msg: Message) -> None:
        came.setdefault(node, []).append(clock.monotonic())

    async def main() -> None:
        engine = Engine(clock, checkpoints=tmp_path)
        sinks = {f"from-{name}": (Delay, {"delay": 0}) for name in (*SOURCES, *HOLDING)}
        wires = [f"every {name}" for name in HOLDING] + [f"{name} from-{name}" for name in (*SOURCES, *HOLDING)]
        await engine.deploy(plan({**SOURCES, **HOLDING, **sinks}, wires), taps=dict.fromkeys(sinks, saw))
        await asyncio.sleep(MINUTES * 60 + 0.25)
        clock.offset = jump
        await asyncio.sleep(MINUTES * 60)
        await engine.stop()

    clock.run(main())
    for name, usual in {"every": 1, "inject": 5, "schedule": 60, "delay": 1, "rate": 10, "window": 30}.items():
        times = came[f"from-{name}"]
        pauses = [later - earlier for earlier, later in itertools.pairwise(times)]
        assert max(pauses) <= 2 * usual + 1e-6, name
        assert sum(pause < usual / 2 for pause in pauses) <= 1, (
            name
        )  # a schedule makes up once for what was passed over
    assert len(came["from-trigger"]) == pytest.approx(2 * len(came["from-every"]), abs=2)


@JUMPS
def test_what_is_held_over_a_restart_comes_once_and_in_time_whatever_the_clock_says_then(
    jump: float, tmp_path: Path
) -> None:
    before, after = SettableClock(), SettableClock()
    after.offset = jump
    came: list[float] = []

    def held(once: bool) -> Any:
        nodes = {"once": (Inject, {"once": once}), "hold": (Delay, {"delay": 60}), "out": (Delay, {"delay": 0})}
        return plan(nodes, ["once hold", "hold out"])

    async def until_the_crash() -> None:
        await Engine(before, checkpoints=tmp_path).deploy(held(once=True))
        await asyncio.sleep(10)

    async def after_it() -> None:
        engine = Engine(after, checkpoints=tmp_path)
        await engine.deploy(held(once=False), taps={"out": lambda node, port, msg: came.append(after.monotonic())})
        await asyncio.sleep(200)
        await engine.stop()

    before.run(until_the_crash())
    after.run(after_it())
    assert len(came) == 1
    assert came[0] <= 60.1

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from flowengine import Message, Source
from flowengine.clock import VirtualClock
from flowengine.runtime.engine import Engine
from flowengine_nodes import Delay, Every, HistoryStore, ReadHistory, WriteHistory
from tests.engine.runtime.small_nodes import plan

COUNT = 30_000


class Burst(Source, type="test/burst"):
    """Brings readings as fast as they are taken.

    It notes which it may forget.
    """

    forgotten = 0

    async def run(self) -> AsyncIterator[list[Message]]:
        """Bring them."""
        for first in range(0, COUNT, 250):
            yield [Message(float(n), "t", 1_767_225_600.0 + n / 1000) for n in range(first, first + 250)]
        await asyncio.sleep(10**6)

    def done(self, messages: list[Message]) -> None:
        """Count them."""
        Burst.forgotten += len(messages)


def test_a_source_is_acknowledged_when_its_readings_are_on_disk_and_a_flow_can_ask_for_them(tmp_path: Path) -> None:
    clock = VirtualClock()
    answers: list[Any] = []

    async def main() -> None:
        engine = Engine(clock)
        nodes = {
            "in": Burst,
            "write": (WriteHistory, {"store": "history"}),
            "ask": (Every, {"interval": 60.0}),
            "read": (ReadHistory, {"store": "history", "tags": ["t"], "query": "aggregate", "interval": 10}),
            "out": (Delay, {"delay": 0}),
        }
        opened = {"history": (HistoryStore, {"file": str(tmp_path / "history.sqlite")})}
        flow = plan(nodes, ["in write", "ask read", "read out"], opened)
        await engine.deploy(flow, taps={"out": lambda node, port, msg: answers.append(msg.payload)})
        await asyncio.sleep(61)
        assert Burst.forgotten == COUNT
        await engine.stop()

    clock.run(main())
    assert [row["count"] for row in answers[-1]] == [10_000, 10_000, 10_000]

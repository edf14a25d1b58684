"""A historian in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.history.read import ReadHistory
from flowengine_nodes.history.store import HistoryStore
from flowengine_nodes.history.write import WriteHistory

EPOCH = 1_767_225_600.0


class Historian:
    """A store with a node that writes and, by options, nodes that read; time passes when it is told to."""

    def __init__(self, store: HistoryStore, clock: VirtualClock) -> None:
        self.store, self.clock = store, clock

    async def write(self, *payloads: Any, topic: str = "t", every: float = 1.0, **options: Any) -> None:
        """Write payloads, some time apart, and wait until they are on disk."""
        node = WriteHistory(store=self.store, **options)
        async with running(node, self.clock):
            waiting: list[Awaitable[None]] = []
            for payload in payloads:
                msg = payload if isinstance(payload, Message) else Message(payload, topic, self.clock.now())
                done = node.submit(msg)
                if done is not None:
                    waiting.append(done)
                await self.clock.sleep(every)
            for done in waiting:
                await done

    async def read(self, topic: str = "t", history: dict[str, Any] | None = None, **options: Any) -> Any:
        """Return the payload that a node with these options sends."""
        node = ReadHistory(store=self.store, **options)
        async with running(node, self.clock):
            msg = Message(None, topic, properties={} if history is None else {"history": history})
            return (await node.process(msg)).payload


Script = Callable[[Historian], Coroutine[Any, Any, Any]]
Play = Callable[..., Any]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Give a function that runs a script with a historian, of the same file each time."""

    def run(script: Script, **options: Any) -> Any:
        clock = VirtualClock()

        async def main() -> Any:
            store = HistoryStore(file=str(tmp_path / "history.sqlite"), **options)
            async with running(store, clock):
                await clock.sleep(0.01)
                return await script(Historian(store, clock))

        return clock.run(main())

    return run

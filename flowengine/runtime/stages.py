"""The stages of one part: which there are, and the task of each."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import partial
from typing import Protocol

from flowengine.message import Message
from flowengine.node import Node, Transform
from flowengine.runtime.channel import Channel, Item
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.stage import Outlet, Relay, Stage, stage_for
from flowengine.runtime.wiring import Wiring

DRAIN_STEP = 0.002
"""Seconds between looks at whether stages have become quiet."""


class Around(Outlet, Protocol):
    """What stages ask of their part."""

    @property
    def nodes(self) -> Mapping[str, Node]:
        """Its nodes."""

    def enter(self, name: str, port: str, batch: list[Message], delivery: Delivery | None) -> None:
        """Give a batch to a node itself."""


class Stages:
    """All stages of a part."""

    def __init__(self, part: Around) -> None:
        self._part = part
        self._stages: dict[str, Stage] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def renew(self, wiring: Wiring, changed: set[str]) -> list[tuple[str, Channel]]:
        """Have the stages that a wiring wants; those of nodes that stay go on, `start` starts the others.

        Returns the nodes that have an inbox no more, with what it was.
        """
        unboxed = []
        for name, stage in list(self._stages.items()):
            relays = isinstance(stage, Relay) and isinstance(wiring.nodes.get(name), Transform)
            if wiring.inboxes.get(name) is stage.inbox and (name not in changed or relays):
                continue
            del self._stages[name]
            task = self._tasks.pop(name, None)
            if task is not None:
                task.cancel()
            if name in wiring.nodes and name not in wiring.inboxes:
                unboxed.append((name, stage.inbox))
        registers: dict[str, list[tuple[str, list[Message]]]] = defaultdict(list)
        for wire, place in wiring.world.registers.items():
            registers[wire.target].append((wire.port, place))
        for name, node in wiring.nodes.items():
            inbox = wiring.inboxes.get(name)
            if inbox is None:
                continue
            fed_back = registers.get(name, [])
            if name in self._stages:
                self._stages[name].fed_back = fed_back
            else:
                self._add(name, node, inbox, fed_back)
        return unboxed

    def _add(self, name: str, node: Node, inbox: Channel, fed_back: list[tuple[str, list[Message]]]) -> None:
        enter = partial(self._part.enter, name)
        self._stages[name] = stage_for(node, name, inbox, self._part, fed_back, enter)

    def start(self) -> None:
        """Begin to take messages, where that has not begun yet or was paused."""
        for name, stage in self._stages.items():
            if stage.paused:
                stage.resume()
            task = self._tasks.get(name)
            if task is None or task.done():
                self._tasks[name] = asyncio.create_task(stage.run(), name=f"stage {name}")

    async def stop(self) -> None:
        """Stop all at once."""
        for task in self._tasks.values():
            task.cancel()
        await asyncio.gather(*self._tasks.values(), return_exceptions=True)

    async def retire(self, names: Iterable[str], limit: float) -> None:
        """Let stages finish what they have begun, for up to `limit` seconds, and begin nothing more.

        After that they are stopped; each gives what it had begun to `unfinished`.
        """
        stages = [self._stages[name] for name in names if name in self._stages]
        for stage in stages:
            stage.paused = not isinstance(stage, Relay)  # which has nothing under way between turns
        try:
            async with asyncio.timeout(limit):
                while any(stage.busy for stage in stages if stage.paused):  # noqa: ASYNC110 - only in a deploy
                    await asyncio.sleep(DRAIN_STEP)
        except TimeoutError:
            late = [stage for stage in stages if stage.paused and stage.busy]
            for stage in late:
                self._tasks[stage.name].cancel()
            await asyncio.gather(*(self._tasks.pop(stage.name) for stage in late), return_exceptions=True)
            for stage in late:  # in case that the node goes on after all
                self._add(stage.name, self._part.nodes[stage.name], stage.inbox, stage.fed_back)
                self._stages[stage.name].paused = True

    @property
    def quiet(self) -> bool:
        """Whether none has anything to do."""
        return all(stage.quiet for stage in self._stages.values())

    def begun(self, name: str) -> list[Item]:
        """Return the messages that a node is at work on."""
        stage = self._stages.get(name)
        return stage.begun() if stage is not None else []

    def busy(self, name: str) -> int:
        """Return how many messages a node is at work on."""
        stage = self._stages.get(name)
        return stage.busy if stage is not None else 0

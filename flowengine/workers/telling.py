"""Parts of an engine that tell the parent what happens in them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from flowengine import path
from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.node import Level, Status
from flowengine.processes.link import Link
from flowengine.telemetry.faults import Faults
from flowengine.workers import frames

What = Literal["status", "failed", "passed", "started", "removed"]


class TellingFaults(Faults):
    """The list of faults of a worker. Who has seen what is the parent's list; here it is only what happens.

    Of each node and each kind of event only the newest waits to be told: none is ever left out for want of room.
    """

    def __init__(self, link: Link) -> None:
        clock = Clock()
        super().__init__(clock.now, clock.monotonic)
        self._link = link
        self._news: dict[tuple[str, str, str], frames.Told] = {}

    def status(self, flow: str, node: str, status: Status) -> None:
        """Hear of a node's status."""
        if status.level in ("warning", "error") or (flow, node) in self._troubles:
            self._note("status", flow, node, status.level, status.text)
        super().status(flow, node, status)

    def failed(self, flow: str, node: str, text: str) -> None:
        """Hear that a node has failed a message."""
        self._note("failed", flow, node, "error", text)
        super().failed(flow, node, text)

    def passed(self, flow: str, node: str) -> None:
        """Hear that a node has handled a message since it failed one."""
        self._note("passed", flow, node)
        super().passed(flow, node)

    def started(self, flow: str, nodes: Iterable[str]) -> None:
        """Hear that nodes have been started anew."""
        nodes = list(nodes)
        for node in nodes:
            if (flow, node) in self._troubles:
                self._note("started", flow, node)
        super().started(flow, nodes)

    def removed(self, flow: str, nodes: Iterable[str]) -> None:
        """Hear that nodes no longer exist."""
        nodes = list(nodes)
        for node in nodes:
            self._note("removed", flow, node)
        super().removed(flow, nodes)

    def _note(self, what: What, flow: str, node: str, level: Level = "ok", text: str = "") -> None:
        if what != "failed":
            self._news.pop((what, flow, node), None)  # it goes to the end: the order of events of one node matters
        self._news[what, flow, node] = frames.Told(what, flow, node, level, text)

    def tell(self) -> None:
        """Tell what is new."""
        if self._news:
            news, self._news = self._news, {}
            self._link.tell(frames.Faulted(list(news.values())))


class SharedContext(MemoryContext):
    """The context of scope `global`: what is set here is told to the parent, and by it to all other workers.

    Two workers that set the same value at the same time: the one that the parent hears last wins.
    """

    def __init__(self, link: Link, values: dict[str, Any]) -> None:
        super().__init__()
        self.values = values
        self._link = link

    def set(self, key: str, value: Any) -> None:
        """Keep a value; None forgets it."""
        super().set(key, value)
        self._link.tell(frames.Shared(key, value))

    def take(self, key: str, value: Any) -> None:
        """Take a value that was set elsewhere."""
        if value is None:
            self.values = path.remove(self.values, path.parse(key))
            self.changes += 1
        else:
            super().set(key, value)

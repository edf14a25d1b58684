"""Nodes whose blocking calls go into threads, as the engine's do: for those that wait for a real server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeVar

from flowengine.clock import Clock
from flowengine.node import Node
from flowengine.outgoing import AllowList
from flowengine.testing import RecordingHost

T = TypeVar("T")


class Threads(RecordingHost):
    """A host that runs what blocks in a thread."""

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run a function in a thread."""
        return await asyncio.to_thread(function)


@contextlib.asynccontextmanager
async def started(*nodes: Node, outgoing: Sequence[AllowList] | None = None) -> AsyncIterator[list[Threads]]:
    """Start nodes in order, stop them in the other; gives their hosts. `outgoing` are the lists of allowed hosts."""
    hosts = [Threads(Clock()) for _ in nodes]
    for host in hosts:
        host.outgoing = host.outgoing if outgoing is None else outgoing
    async with contextlib.AsyncExitStack() as stack:
        for node, host in zip(nodes, hosts, strict=True):
            node._host = host  # type: ignore[misc]
            stack.push_async_callback(node.stop)
            await node.start()
        yield hosts

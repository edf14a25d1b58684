"""The runtime's side of a node: what `self.clock`, `self.log`, `self.status()` and the like lead to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Literal, TypeVar

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.message import Message
from flowengine.node import Context, Status

T = TypeVar("T")

LOG = logging.getLogger("flowengine.node")


class _HostBase:
    """What the hosts of nodes and of connections have in common."""

    def __init__(self, flow: str, name: str, clock: Clock) -> None:
        self.name = name
        self.clock = clock
        self.log = logging.LoggerAdapter(LOG, {"flow": flow, "node": name})
        self.status = Status("off")
        self.watch: Callable[[str, Status], None] | None = None
        """Hears of every change of status."""

    def set_status(self, status: Status) -> None:
        """Keep and show a status."""
        if status != self.status:
            self.status = status
            if self.watch is not None:
                self.watch(self.name, status)

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run a function in a thread."""
        return await asyncio.get_running_loop().run_in_executor(None, function)


class ConnectionHost(_HostBase):
    """The runtime's side of a connection."""

    def __init__(self, name: str, clock: Clock) -> None:
        super().__init__("", name, clock)
        self._contexts = {scope: MemoryContext() for scope in ("node", "flow", "global")}

    def context(self, scope: Literal["node", "flow", "global"]) -> Context:
        """Return values of the connection's own; it belongs to no flow."""
        return self._contexts[scope]

    def environment(self, name: str) -> str | None:
        """A connection has no environment of its own."""
        return None

    def emit(self, port: str, msg: Message) -> None:
        """Refuse: a connection has no wires."""
        raise RuntimeError(f"connection {self.name} has no output ports")

    def fail(self, error: Exception, msg: Message | None) -> None:
        """Log a failure."""
        self.log.error("%s: %s", self.name, error)


class NodeHost(_HostBase):
    """The runtime's side of a node in a flow."""

    def __init__(
        self,
        flow: str,
        name: str,
        clock: Clock,
        contexts: Mapping[str, Context],
        environment: Mapping[str, str],
        emit: Callable[[str, str, Message], None],
        fail: Callable[[str, Exception, Message | None], None],
    ) -> None:
        super().__init__(flow, name, clock)
        self._contexts = {"node": MemoryContext(), **contexts}
        self._environment = environment
        self._emit = emit
        self._fail = fail

    def context(self, scope: Literal["node", "flow", "global"]) -> Context:
        """Return the shared values of a scope."""
        return self._contexts[scope]

    def environment(self, name: str) -> str | None:
        """Return a variable of the flow's environment."""
        return self._environment.get(name)

    def emit(self, port: str, msg: Message) -> None:
        """Send a message on from outside `process`."""
        self._emit(self.name, port, msg)

    def fail(self, error: Exception, msg: Message | None) -> None:
        """Report a failure outside `process`."""
        self._fail(self.name, error, msg)

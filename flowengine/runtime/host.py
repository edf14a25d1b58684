"""The runtime's side of a node: what `self.clock`, `self.log`, `self.status()` and the like lead to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from typing import Any, Literal, TypeVar, cast

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.message import Message
from flowengine.node import Context, Node, Status
from flowengine.outgoing import lists_for
from flowengine.telemetry.observer import Observer

T = TypeVar("T")

MOST_REASONS = 10
"""How many reasons for drops one node's counters tell apart; further reasons count as `other`."""

LOG = logging.getLogger("flowengine.node")


class _NodeLog(logging.LoggerAdapter[logging.Logger]):
    """A node's log. Warnings and errors come to the debug stream too, whatever level the log has."""

    def __init__(self, flow: str, node: str, observer: Observer) -> None:
        super().__init__(LOG, {"flow": flow, "node": node})
        self._flow, self._node, self._observer = flow, node, observer

    def process(self, msg: Any, kwargs: MutableMapping[str, Any]) -> tuple[Any, MutableMapping[str, Any]]:
        """Add flow and node to what the line says already: `extra={"message_id": msg.id}`, say."""
        kwargs["extra"] = {**(kwargs.get("extra") or {}), **(self.extra or {})}
        return msg, kwargs

    def log(self, level: int, msg: object, *args: object, **kwargs: Any) -> None:
        """Write a line."""
        if level >= logging.WARNING and not (kwargs.get("extra") or {}).get("shown"):
            try:
                text = str(msg) % args if args else str(msg)
            except (TypeError, ValueError):  # a mistake in the node's text; logging itself complains of it
                text = str(msg)
            self._observer.said(self._flow, self._node, "error" if level >= logging.ERROR else "warning", text)
        super().log(level, msg, *args, **kwargs)


class _HostBase:
    """What the hosts of nodes and of connections have in common."""

    def __init__(
        self, flow: str, name: str, clock: Clock, observer: Observer, outgoing: Sequence[str] | None = None
    ) -> None:
        self.name = name
        self.clock = clock
        self.log = _NodeLog(flow, name, observer)
        self._flow = flow
        self._observer = observer
        self.outgoing = lists_for(outgoing)
        self.status = Status("off")
        self.drops: dict[str, int] = {}
        """Messages given up by the node itself, by reason."""
        self.meant = 0
        """How many of the dropped messages were dropped as configured, so that their loss is no fault."""
        self.retries = 0
        """Attempts after the first, of all messages together."""
        self.restarts = 0
        """How often a source that broke was started again."""
        self.watch: Callable[[str, Status], None] | None = None
        """Hears of every change of status."""

    def set_status(self, status: Status) -> None:
        """Keep and show a status."""
        if status != self.status:
            self.status = status
            if self.watch is not None:
                self.watch(self.name, status)

    def drop(self, reason: str, count: int, meant: bool) -> None:
        """Count messages that the node gives up."""
        if reason not in self.drops and len(self.drops) >= MOST_REASONS:
            reason = "other"
        self.drops[reason] = self.drops.get(reason, 0) + count
        if meant:
            self.meant += count

    def show(self, value: Any, msg: Message | None, property: str) -> None:
        """Put a value into the debug stream."""
        self._observer.shown(self._flow, self.name, value, msg, property)

    def tracer(self) -> Callable[[Message], str] | None:
        """Return what tells where a message stands in a trace; None: traces are not sent."""
        return None if self._observer.tracing is None else self._observer.traceparent

    async def blocking(self, function: Callable[[], T]) -> T:
        """Run a function in a thread."""
        return await asyncio.get_running_loop().run_in_executor(None, function)


class ConnectionHost(_HostBase):
    """The runtime's side of a connection."""

    def __init__(self, name: str, clock: Clock, observer: Observer) -> None:
        super().__init__("", name, clock, observer)
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
        observer: Observer,
        outgoing: Sequence[str] | None = None,
    ) -> None:
        super().__init__(flow, name, clock, observer, outgoing)
        self.own_context = MemoryContext()
        self._contexts = {"node": self.own_context, **contexts}
        self._environment = environment
        self._emit = emit
        self._fail = fail
        self.acted = 0
        """How often it sent or failed something outside `process`: a hint that its state may have changed."""

    def context(self, scope: Literal["node", "flow", "global"]) -> Context:
        """Return the shared values of a scope."""
        return self._contexts[scope]

    def environment(self, name: str) -> str | None:
        """Return a variable of the flow's environment."""
        return self._environment.get(name)

    def emit(self, port: str, msg: Message) -> None:
        """Send a message on from outside `process`."""
        self.acted += 1
        self._emit(self.name, port, msg)

    def close(self) -> None:
        """Ignore what a replaced node still sends; its failures are still taken."""
        self.watch = None
        self._emit = lambda name, port, msg: None

    def fail(self, error: Exception, msg: Message | None) -> None:
        """Report a failure outside `process`."""
        self.acted += 1
        self._fail(self.name, error, msg)


def give_host(node: Node, host: _HostBase) -> None:
    """Give a node or a connection its host, once it is built."""
    node._host = host  # type: ignore[assignment, misc]  # declared for the class, as it is no option of the node


def host_of(node: Node) -> NodeHost:
    """Return the host of a node that runs in a flow of this process."""
    return cast(NodeHost, node._host)


def host_of_connection(connection: Node) -> ConnectionHost:
    """Return the host of an opened connection, or of what stands for one."""
    return cast(ConnectionHost, connection._host)

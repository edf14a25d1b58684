"""Keeps what can be seen of running flows, bounded: newest messages, ways of messages, the debug stream.

Nothing is gathered for a flow that nobody watches, but for failures and what nodes show by themselves. Messages are
kept as they are and rendered by whoever looks (`preview`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.telemetry.debug import DebugLevel, DebugRing
from flowengine.telemetry.look import Seen
from flowengine.telemetry.traces import Trace, Traces
from flowengine.telemetry.tracing import begin

if TYPE_CHECKING:
    from flowengine.telemetry.otel import Tracing

See = Callable[[Message], None]
"""Called with each message that passes one place."""

Place = tuple[str, str]
"""A node and one of its ports."""


class Sight:
    """What has been seen of one flow while somebody watched it."""

    def __init__(self, flow: str, now: Callable[[], float], traces: Traces) -> None:
        self.flow = flow
        self.watchers = 0
        self.left: dict[Place, Seen] = {}
        """Output port -> the newest message that left by it."""
        self.came: dict[Place, Seen] = {}
        """Input port -> the newest message that came to it; only of nodes with an inbox of their own."""
        self._now = now
        self._traces = traces

    def leaving(self, node: str, port: str) -> See:
        """Return what is told of each message that leaves by an output port."""
        return self._at(node, port, self.left, "out")

    def coming(self, node: str, port: str) -> See:
        """Return what is told of each message that comes to an input port."""
        return self._at(node, port, self.came, "in")

    def _at(self, node: str, port: str, newest: dict[Place, Seen], what: Any) -> See:
        place, now, trace, flow = (node, port), self._now, self._traces.add, self.flow

        def see(msg: Message) -> None:
            at = now()
            newest[place] = Seen(msg, at, port)
            trace(at, flow, node, port, what, msg)

        return see

    def forget(self, nodes: set[str] | None = None) -> None:
        """Forget what was seen at these nodes; None: at all."""
        for seen in (self.left, self.came):
            for place in [place for place in seen if nodes is None or place[0] in nodes]:
                del seen[place]


class Watch:
    """The token of one who watches a flow."""

    def __init__(self, flow: str) -> None:
        self.flow = flow


class Observer:
    """Keeps what is seen of all flows of an engine."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.debug = DebugRing()
        self.traces = Traces()
        self.tracing: Tracing | None = None
        """Sends ways of messages to a collector."""
        self._sights: dict[str, Sight] = {}
        self._watches: set[Watch] = set()

    def begin_tracing(self, environment: Mapping[str, str]) -> None:
        """Send ways of messages to a collector if OTEL_ variables say so; then every flow is watched for that."""
        self.tracing = begin(environment)
        if self.tracing is not None:
            self.traces.listener = self.tracing.hop

    def is_watched(self, flow: str) -> bool:
        """Say whether messages of a flow are followed."""
        return self.tracing is not None or self.sight(flow).watchers > 0

    def traceparent(self, msg: Message) -> str:
        """Return where a message stands in a trace, for who gets it next; empty: it is not followed."""
        if self.tracing is None:
            return ""
        hops = self.traces.trace(msg.id).hops
        context = self.tracing.context(hops[0].msg, hops[0].flow) if hops else None
        return "" if context is None else str(context)

    def sight(self, flow: str) -> Sight:
        """Return what is seen of a flow; nothing, while it has no watchers."""
        sight = self._sights.get(flow)
        if sight is None:
            sight = self._sights[flow] = Sight(flow, self.clock.now, self.traces)
        return sight

    def watch(self, flow: str) -> Watch:
        """Begin to watch a flow, which need not run yet."""
        self.sight(flow).watchers += 1
        watch = Watch(flow)
        self._watches.add(watch)
        return watch

    def unwatch(self, watch: Watch) -> bool:
        """Give a token back; returns whether nobody watches the flow any more. Giving it back twice does nothing."""
        if watch not in self._watches:
            return False
        self._watches.discard(watch)
        sight = self._sights[watch.flow]
        sight.watchers -= 1
        if not sight.watchers:
            sight.forget()  # what it has seen would soon be old and look new
        return not sight.watchers

    def gone(self, flow: str) -> None:
        """Hear that a flow no longer runs."""
        sight = self._sights.get(flow)
        if sight is not None:
            sight.forget()
            if not sight.watchers:
                del self._sights[flow]

    def trace(self, id: str) -> Trace:
        """Return the way of a message."""
        return self.traces.trace(id)

    def shown(self, flow: str, node: str, value: Any, msg: Message | None, property: str) -> None:
        """Take a value that a node shows."""
        at = self.clock.now()
        if self.debug.admits(at, flow, node):
            self.debug.add(at, flow, node, "value", "", msg, value, property)

    def said(self, flow: str, node: str, level: DebugLevel, text: str) -> None:
        """Take a line of a node's log."""
        at = self.clock.now()
        if self.debug.admits(at, flow, node):
            self.debug.add(at, flow, node, level, text)

    def failed(self, flow: str, node: str, error: Exception, msg: Message | None, port: str = "") -> None:
        """Take a failure, of a message or of a node on its own."""
        at = self.clock.now()
        if not self.debug.admits(at, flow, node):
            return
        text = str(error) or type(error).__name__
        self.debug.add(
            at, flow, node, "error", text, msg, None if msg is None else msg.payload, "payload" if msg else ""
        )
        if msg is not None and msg.id:
            self.traces.add(at, flow, node, port, "failed", msg, text)

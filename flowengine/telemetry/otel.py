"""Ways of messages as spans of OpenTelemetry: one for the way through the flow, one for each node on it.

The loop only puts hops into a queue; a thread makes spans of ways that have come to rest. They are the hops that the
canvas shows: gathered by the watched variants of chains, so a slow flow is traced message by message, a fast one is
sampled. OTEL_TRACES_SAMPLER may take fewer still.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from opentelemetry import trace as api
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from flowengine import __version__
from flowengine.message import Message
from flowengine.telemetry.trace_context import TraceContext, number, of_flow
from flowengine.telemetry.traces import MOST_HOPS, Hop

RESTS: Final = 2.0
"""Seconds without a further hop after which the way of a message is at its end."""
TURN: Final = 0.5
"""Seconds between two looks at what has come to rest."""
MOST_WAITING: Final = 20_000
"""Hops that wait for the thread; further ones are left out."""
MOST_WAYS: Final = 5_000
"""Ways that are under way; one more ends the oldest."""

PATIENCE: Final = 5.0
"""Seconds that a stopping engine waits for the collector."""


class _Ids(IdGenerator):
    """Gives the ids that have been laid ready: ours follow from the message."""

    def __init__(self) -> None:
        self.trace = self.span = 1

    def generate_trace_id(self) -> int:
        return self.trace

    def generate_span_id(self) -> int:
        return self.span


class _Way:
    """What is known of the way of one message."""

    __slots__ = ("hops", "last")

    def __init__(self) -> None:
        self.hops: list[Hop] = []
        self.last = 0.0


class Tracing:
    """Sends ways of messages."""

    def __init__(self, exporter: SpanExporter, rests: float = RESTS) -> None:
        self.dropped = 0
        """Hops left out because too many waited."""
        self._rests = rests
        self._ids = _Ids()
        named = Resource.create().attributes.get(SERVICE_NAME, "")
        default = {SERVICE_NAME: "flowengine"} if str(named).startswith("unknown_service") else {}
        resource = Resource.create({SERVICE_VERSION: __version__, **default})
        self._provider = TracerProvider(resource=resource, id_generator=self._ids, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("flowengine", __version__)
        self._queue: deque[Hop] = deque()
        self._ways: dict[str, _Way] = {}
        self._time = 0.0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="traces", daemon=True)
        self._thread.start()

    @classmethod
    def to_collector(cls) -> Tracing:
        """Send them where OTEL_EXPORTER_OTLP_ENDPOINT (or its like) says, by OTLP over HTTP."""
        return cls(OTLPSpanExporter())

    def hop(self, hop: Hop) -> None:
        """Take one hop; called on the loop."""
        if len(self._queue) < MOST_WAITING:
            self._queue.append(hop)
        else:
            self.dropped += 1

    def context(self, first: Message, flow: str) -> TraceContext | None:
        """Return what to send along with a message whose way through a flow began so; None: it is not sampled."""
        own, before = of_flow(first, flow)
        parent = None if before is None else _context(before)
        decision = self._provider.sampler.should_sample(parent, own.trace, flow).decision
        return own._replace(sampled=True) if decision is Decision.RECORD_AND_SAMPLE else None

    def close(self) -> None:
        """Send what there is, and end; waits for the collector, but not for long. Not to be called on the loop."""
        self._stopped.set()
        self._thread.join()
        last = threading.Thread(target=self._provider.shutdown, name="last traces", daemon=True)
        last.start()
        last.join(PATIENCE)

    def _run(self) -> None:
        while not self._stopped.wait(TURN):
            self._time += TURN
            self._gather()
            self._finish(self._time - self._rests)
        self._gather()
        self._finish(float("inf"))

    def _gather(self) -> None:
        while self._queue:
            hop = self._queue.popleft()
            way = self._ways.get(hop.msg.id)
            if way is None:
                if len(self._ways) >= MOST_WAYS:
                    self._send(self._ways.pop(next(iter(self._ways))).hops)
                way = self._ways[hop.msg.id] = _Way()
            way.last = self._time
            if len(way.hops) < MOST_HOPS:
                way.hops.append(hop)

    def _finish(self, before: float) -> None:
        for id, way in list(self._ways.items()):
            if way.last <= before:
                del self._ways[id]
                self._send(way.hops)

    def _send(self, hops: list[Hop]) -> None:
        """Make spans of one way: the flow's, and those of nodes, each from where the message came to where it left."""
        first = hops[0]
        own, before = of_flow(first.msg, first.flow)
        self._ids.trace, self._ids.span = own.trace, own.span
        root = self._tracer.start_span(
            first.flow,
            Context() if before is None else _context(before),
            SpanKind.CONSUMER,
            {"flowengine.flow": first.flow, "flowengine.message": first.msg.id, "flowengine.topic": first.msg.topic},
            start_time=_nanoseconds(first.at),
        )
        if root.is_recording():
            self._send_nodes(hops, api.set_span_in_context(root, Context()))
            failed = next((hop for hop in hops if hop.what == "failed"), None)
            if failed is not None:
                root.set_status(Status(StatusCode.ERROR, f"{failed.node}: {failed.text}"))
        root.end(_nanoseconds(hops[-1].at))

    def _send_nodes(self, hops: list[Hop], parent: Context) -> None:
        came = hops[0].at
        places: dict[tuple[str, str], list[tuple[float, Hop]]] = {}
        for hop in hops:
            places.setdefault((hop.flow, hop.node), []).append((hop.at if hop.what == "in" else came, hop))
            came = hop.at
        for place, (flow, node) in enumerate(places):
            stays = places[flow, node]
            self._ids.span = number(8, hops[0].msg.id, flow, node, place)
            span = self._tracer.start_span(
                node,
                parent,
                SpanKind.INTERNAL,
                {"flowengine.flow": flow, "flowengine.node": node, "flowengine.quality": stays[-1][1].msg.quality},
                start_time=_nanoseconds(min(begun for begun, _ in stays)),
            )
            for _, hop in stays:
                if hop.what == "failed":
                    span.set_status(Status(StatusCode.ERROR, hop.text))
                elif hop.what == "out":
                    span.add_event("left", {"port": hop.port}, _nanoseconds(hop.at))
            span.end(_nanoseconds(max(hop.at for _, hop in stays)))


def _context(one: TraceContext) -> Context:
    flags = TraceFlags(TraceFlags.SAMPLED if one.sampled else TraceFlags.DEFAULT)
    return api.set_span_in_context(NonRecordingSpan(SpanContext(one.trace, one.span, True, flags)), Context())


def _nanoseconds(seconds: float) -> int:
    return int(seconds * 1e9)

"""The metrics for Prometheus, made from what is counted anyway when somebody asks: nothing is counted for them.

docs/operate.md says what each means and which to watch; a test holds that all are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, get_args

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
    StateSetMetricFamily,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry

from flowengine.node import Level
from flowengine.telemetry.figures import Figures
from flowengine.telemetry.latency import BOUNDS, LatencyLook
from flowengine.telemetry.look import FlowLook, NodeLook, ProcessLook

MOST_NODES: Final = 500
"""Nodes that are told one by one, of all flows together; further ones are one node `other` in each flow."""
MOST_FLOWS: Final = 100
"""Flows that are told one by one; further ones are one flow `other`."""
MOST_CONNECTIONS: Final = 200
"""Connections that are told."""
MOST_PROCESSES: Final = 100
"""Workers that are told one by one, with the field process; further ones are one worker `other`."""
OTHER: Final = "other"

LEVELS: Final[tuple[Level, ...]] = get_args(Level)
UP: Final = ("ok", "warning")
"""Levels of a connection that works, if not in all it should."""

REASONS: Final = ("hang", "memory", "signal", "exit")
"""Why a process has ended: silence, too much memory, a signal such as SIGSEGV or a kill, by itself."""

Key = tuple[str, ...]


def render(figures: Figures, accept: str = "") -> tuple[bytes, str]:
    """Return the metrics as text and its content type: OpenMetrics for whoever accepts that, else version 0.0.4.

    Series are bounded: about 12 for each of 500 nodes at most, 30 for each of 100 flows, 12 for each of 100 workers, 1
    for each of 200 connections.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(figures))
    encode, kind = choose_encoder(accept)
    return encode(registry), kind


class _Collector:
    """Gives prometheus_client the families."""

    def __init__(self, figures: Figures) -> None:
        self._figures = figures

    def collect(self) -> Iterator[Metric]:
        """Return all metrics."""
        figures = self._figures
        yield InfoMetricFamily("flowengine", "The engine", {"version": figures.version})
        yield _gauge("start_time_seconds", "When the engine started, seconds since 1970", figures.started)
        yield _gauge("event_loop_lag_seconds", "How late the loop ran at worst in the last 10 s", figures.lag)
        yield from _flows(figures)
        yield from _nodes(figures.looks)
        yield from _connections(figures)
        yield from _processes(figures.processes)
        yield _gauge("memory_bytes", "Memory of all processes of the engine", figures.memory)
        yield _gauge("faults", "Nodes and flows in trouble", figures.faults)
        yield _gauge("dead_letters", "Failed messages that are kept", figures.dead_letters)
        yield _counter("dead_letters_dropped", "Dead letters that made room", {(): figures.dead_letters_dropped}, ())
        yield _counter("debug_dropped", "Items left out of the debug stream", {(): figures.debug_dropped}, ())
        yield _gauge("stores_failing", "Stores that cannot be written", len(figures.stores))
        yield _counter("web_requests", "Requests answered", figures.web.requests, ("route", "status"))
        yield _gauge("streams", "Open live streams of browsers", figures.web.streams)
        yield _counter("stream_turns_lost", "Turns that browsers were too slow for", {(): figures.web.lost}, ())
        yield from ProcessCollector(registry=None).collect()


def _flows(figures: Figures) -> Iterator[Metric]:
    running: dict[Key, float] = {}
    shown = dict.fromkeys([*figures.wanted, *(look.flow for look in figures.looks)])
    names = {flow: flow if place < MOST_FLOWS else OTHER for place, flow in enumerate(shown)}
    for flow, problem in figures.wanted.items():
        key = (names[flow],)
        running[key] = min(running.get(key, 1.0), float(not problem))
    latencies: dict[str, LatencyLook] = {}
    restarts: dict[Key, float] = {}
    written: dict[Key, float] = {}
    sizes: dict[Key, float] = {}
    durations: dict[Key, float] = {}
    ages: dict[Key, float] = {}
    failing: dict[Key, float] = {}
    for look in figures.looks:
        name, checkpoint = names[look.flow], look.checkpoint
        key = (name,)
        _add(restarts, key, look.restarts)
        latencies[name] = _together(latencies[name], look.latency) if name in latencies else look.latency
        if checkpoint is not None:
            _add(written, key, checkpoint.written)
            _add(sizes, key, checkpoint.bytes)
            durations[key] = max(durations.get(key, 0.0), checkpoint.seconds)
            ages[key] = max(ages.get(key, 0.0), checkpoint.age)
            failing[key] = max(failing.get(key, 0.0), float(bool(checkpoint.problem)))
    yield _gauges("flow_running", "Whether a flow that should run does", running, ("flow",))
    latency = HistogramMetricFamily(
        "flowengine_latency_seconds",
        "From a source to where a message was finished with; at most ten batches a second of each source are timed",
        labels=("flow",),
    )
    for name, one in latencies.items():
        latency.add_metric((_text(name),), _cumulated(one), one.seconds)
    yield latency
    yield _counter("flow_restarts", "Times that the process of a flow was started again", restarts, ("flow",))
    yield _counter("checkpoints", "Checkpoints written", written, ("flow",))
    yield _counter("checkpoint_bytes", "Bytes in them", sizes, ("flow",))
    yield _gauges("checkpoint_duration_seconds", "How long the last one took", durations, ("flow",))
    yield _gauges("checkpoint_age_seconds", "Since the instant of which everything is on disk", ages, ("flow",))
    yield _gauges("checkpoint_failing", "Whether they cannot be written", failing, ("flow",))


def _nodes(looks: Iterable[FlowLook]) -> Iterator[Metric]:
    messages: dict[Key, float] = {}
    failures: dict[Key, float] = {}
    dropped: dict[Key, float] = {}
    waiting: dict[Key, float] = {}
    limits: dict[Key, float] = {}
    ages: dict[Key, float] = {}
    retries: dict[Key, float] = {}
    restarts: dict[Key, float] = {}
    states: dict[Key, Level] = {}
    folded: dict[Key, float] = {}
    left = MOST_NODES
    for place, look in enumerate(looks):
        flow = look.flow if place < MOST_FLOWS else OTHER
        folded.setdefault((flow,), 0)
        for name, node in look.nodes.items():
            left -= 1
            alone = left >= 0 and flow is not OTHER
            key = (flow, name if alone else OTHER)
            _add(messages, (*key, "in"), node.received)
            _add(messages, (*key, "out"), node.sent)
            _add(failures, key, node.failed)
            for reason, count in node.drops.items():
                _add(dropped, (*key, reason), count)
            if node.limit:
                _add(waiting, key, node.waiting)
                _add(limits, key, node.limit)
                ages[key] = max(ages.get(key, 0.0), node.age)
            if node.limit or node.retries:
                _add(retries, key, node.retries)
            if _is_source(node):
                _add(restarts, key, node.restarts)
            if alone:
                states[key] = node.level
            else:
                folded[flow,] += 1
    where = ("flow", "node")
    yield _counter("messages", "Messages that came to a node, or left it", messages, (*where, "direction"))
    yield _counter("failures", "Messages that failed at a node", failures, where)
    yield _counter("dropped", "Messages that ended there because of a limit, by reason", dropped, (*where, "reason"))
    yield _gauges("queue_messages", "Messages that wait for a node", waiting, where)
    yield _gauges("queue_limit_messages", "How many may wait", limits, where)
    yield _gauges("queue_age_seconds", "Since the reading of the oldest that waits", ages, where)
    yield _counter("retries", "Writes that were tried again", retries, where)
    yield _counter("restarts", "Times that a source broke and was started again", restarts, where)
    yield _states(states)
    yield _gauges("nodes_folded", "Nodes of a flow that are told as the one node `other`", folded, ("flow",))


def _is_source(node: NodeLook) -> bool:
    """Say whether it may be a source: what nothing has come to, or has been started again."""
    return bool(node.restarts) or (not node.received and not node.limit)


def _states(states: Mapping[Key, Level]) -> Metric:
    family = StateSetMetricFamily("flowengine_node_status", "What a node says of itself", labels=("flow", "node"))
    for key, level in states.items():
        family.add_metric([_text(part) for part in key], {each: each == level for each in LEVELS})
    return family


def _connections(figures: Figures) -> Iterator[Metric]:
    up: dict[Key, float] = {}
    for look in figures.looks:
        for name, one in look.connections.items():
            key = (name, one.type)
            if key in up or len(up) < MOST_CONNECTIONS:  # flows may share one, or call theirs the same
                up[key] = min(up.get(key, 1.0), float(one.level in UP))
    yield _gauges("connection_up", "Whether a connection stands", up, ("connection", "type"))


def _processes(looks: Iterable[ProcessLook]) -> Iterator[Metric]:
    up: dict[Key, float] = {}
    flows: dict[Key, float] = {}
    memory: dict[Key, float] = {}
    memory_limits: dict[Key, float] = {}
    cpu: dict[Key, float] = {}
    cpu_limits: dict[Key, float] = {}
    stopped: dict[Key, float] = {}
    lags: dict[Key, float] = {}
    restarts: dict[Key, float] = {}
    for place, look in enumerate(looks):
        name = look.name if place < MOST_PROCESSES else OTHER
        key = (name,)
        up[key] = min(up.get(key, 1.0), float(look.up))
        _add(memory, key, look.memory)
        _add(cpu, key, look.cpu)
        _add(stopped, key, look.stopped)
        lags[key] = max(lags.get(key, 0.0), look.lag)
        if name is not OTHER:
            flows |= {(name, flow): 1.0 for flow in look.flows if len(flows) < MOST_FLOWS}
            memory_limits |= {key: look.memory_limit} if look.memory_limit else {}
            cpu_limits |= {key: look.cpu_limit} if look.cpu_limit else {}
        for reason in REASONS:
            _add(restarts, (name, reason), look.falls.get(reason, 0))
    worker = ("worker",)
    yield _gauges("worker_up", "Whether a worker, or the field process, runs; 0: it is being started again", up, worker)
    yield _gauges("worker_flow", "Which flow runs in which worker", flows, ("worker", "flow"))
    yield _gauges("worker_memory_bytes", "Memory of a worker", memory, worker)
    yield _gauges("worker_memory_limit_bytes", "What it may have", memory_limits, worker)
    yield _counter("worker_cpu_seconds", "Processor time that it has had", cpu, worker)
    yield _gauges("worker_cpu_limit_cores", "Cores that it may use, as a mean over a second", cpu_limits, worker)
    yield _counter("worker_throttled_seconds", "Time that it was stopped for that", stopped, worker)
    yield _gauges("worker_event_loop_lag_seconds", "How late its loop was when it said so last", lags, worker)
    yield _counter("worker_restarts", "Times that it ended and was started again", restarts, ("worker", "reason"))


def _cumulated(latency: LatencyLook) -> list[tuple[str, float]]:
    total, found = 0, list[tuple[str, float]]()
    for bound, number in zip((*map(str, BOUNDS), "+Inf"), latency.buckets, strict=True):
        total += number
        found.append((bound, total))
    return found


def _together(one: LatencyLook, other: LatencyLook) -> LatencyLook:
    buckets = tuple(a + b for a, b in zip(one.buckets, other.buckets, strict=True))
    return LatencyLook(buckets, one.seconds + other.seconds)


def _text(name: str) -> str:
    """Return a name as UTF-8 can carry it."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode()


def _add(sums: dict[Key, float], key: Key, number: float) -> None:
    sums[key] = sums.get(key, 0) + number


def _gauge(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"flowengine_{name}", about, value=value)


def _gauges(name: str, about: str, values: Mapping[Key, float], labels: tuple[str, ...]) -> Metric:
    return _filled(GaugeMetricFamily(f"flowengine_{name}", about, labels=labels), values)


def _counter(name: str, about: str, values: Mapping[Any, float], labels: tuple[str, ...]) -> Metric:
    return _filled(CounterMetricFamily(f"flowengine_{name}", about, labels=labels), values)


def _filled(family: Any, values: Mapping[Any, float]) -> Metric:
    for key, value in values.items():
        family.add_metric([_text(part) for part in key], value)
    metric: Metric = family
    return metric

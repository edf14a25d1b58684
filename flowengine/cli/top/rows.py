"""Two looks at an engine made into what is shown: rates and latencies of the time between them, and counts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal

import msgspec

from flowengine.telemetry.latency import LatencyLook
from flowengine_web.shapes import EngineFigures, FlowFigures, NodeFigures

Order = Literal["name", "rate", "latency", "queue", "failed", "dropped"]
ORDERS: Final[tuple[Order, ...]] = ("name", "rate", "latency", "queue", "failed", "dropped")

_BAD: Final = ("error", "warning", "busy", "ok", "off")
"""The worst first."""


class Row(msgspec.Struct, frozen=True):
    """A flow, or a node of one; counts since the start, rates a second, times in seconds."""

    flow: str
    node: str
    """Empty: the flow as a whole."""
    level: str
    text: str
    received: float
    sent: float
    """Both are rates; of a flow what its sources bring, and what comes to nodes that send nothing on."""
    p50: float | None
    p99: float | None
    """None: of a node, or nothing was timed."""
    waiting: int
    limit: int
    age: float
    failed: int
    dropped: int
    drops: dict[str, int]
    """By reason, how many ended there because of a limit: the lost ones, and those that were meant to."""
    retries: int
    restarts: int
    stored: float | None = None
    """Seconds since the instant of which everything is on disk; None: nothing is stored."""

    @property
    def rate(self) -> float:
        """What it is sorted by."""
        return max(self.received, self.sent)


class Process(msgspec.Struct, frozen=True):
    """A worker, or the field process."""

    name: str
    """The flows that it runs; `field process`."""
    up: bool
    cores: float
    """That it uses now."""
    cpu_limit: float
    memory: int
    memory_limit: int
    """Of both limits: 0 is none."""
    stopped: float
    """Share of the time for which it is stopped, because it has used up its share of the processor."""
    lag: float
    falls: dict[str, int]
    why: str


class Shown(msgspec.Struct, frozen=True):
    """An engine as it is shown."""

    address: str
    version: str
    at: float
    up: float
    """Seconds since its start."""
    rate: float
    """Messages a second that came to nodes."""
    lag: float
    memory: int
    faults: int
    dead_letters: int
    streams: int
    stores: list[str]
    connections: dict[str, str]
    """Those that do not stand, and what they say."""
    flows: list[Row]
    nodes: list[Row]
    processes: list[Process] = []


def shown(address: str, before: EngineFigures | None, now: EngineFigures) -> Shown:
    """Return what there is to show; without an earlier look rates are 0."""
    seconds = now.at - before.at if before is not None else 0.0
    flows, nodes = [], []
    for name, flow in now.flows.items():
        old = before.flows.get(name) if before is not None else None
        own = [_node(name, id, node, old, seconds) for id, node in flow.nodes.items()]
        flows.append(_flow(name, flow, old, own))
        nodes += own
    down = {
        name: one.text or one.level
        for flow in now.flows.values()
        for name, one in flow.connections.items()
        if one.level not in ("ok", "warning")
    }
    return Shown(
        address=address,
        version=now.version,
        at=now.at,
        up=now.at - now.started,
        rate=sum(row.received for row in nodes),
        lag=now.lag,
        memory=now.memory,
        faults=now.faults,
        dead_letters=now.dead_letters,
        streams=now.streams,
        stores=now.stores,
        connections=down,
        flows=flows,
        nodes=nodes,
        processes=_processes(before, now, seconds),
    )


def _processes(before: EngineFigures | None, now: EngineFigures, seconds: float) -> list[Process]:
    old = {one.name: one for one in before.processes} if before is not None else {}

    def share(total: float, since: float | None) -> float:
        return max(0.0, total - since) / seconds if since is not None and seconds > 0 else 0.0

    return [
        Process(
            name="field process" if one.name == "field" else ", ".join(one.flows) or f"worker {one.name}",
            up=one.up,
            cores=share(one.cpu, old[one.name].cpu if one.name in old else None),
            cpu_limit=one.cpu_limit,
            memory=one.memory,
            memory_limit=one.memory_limit,
            stopped=share(one.stopped, old[one.name].stopped if one.name in old else None),
            lag=one.lag,
            falls=one.falls,
            why=one.why,
        )
        for one in now.processes
    ]


def _node(flow: str, id: str, node: NodeFigures, before: FlowFigures | None, seconds: float) -> Row:
    old = before.nodes.get(id) if before is not None else None
    return Row(
        flow=flow,
        node=id,
        level=node.level,
        text=node.text,
        received=_rate(node.received, old.received if old else None, seconds),
        sent=_rate(node.sent, old.sent if old else None, seconds),
        p50=None,
        p99=None,
        waiting=node.waiting,
        limit=node.limit,
        age=node.age,
        failed=node.failed,
        dropped=node.dropped,
        drops=node.drops,
        retries=node.retries,
        restarts=node.restarts,
    )


def _flow(name: str, flow: FlowFigures, before: FlowFigures | None, nodes: list[Row]) -> Row:
    timed = _timed(flow)
    if before is not None:
        timed = timed.since(_timed(before))
    worst = min((row.level for row in nodes), key=_BAD.index, default="off")
    told = next(
        (f"{row.node}: {row.text}" for row in nodes if row.level == worst and worst in ("error", "warning")), ""
    )
    drops: dict[str, int] = {}
    for row in nodes:
        for reason, count in row.drops.items():
            drops[reason] = drops.get(reason, 0) + count
    stored = flow.checkpoint
    sources = [row.node for row in nodes if not flow.nodes[row.node].received]
    ends = [row.node for row in nodes if not flow.nodes[row.node].sent]
    return Row(
        flow=name,
        node="",
        level="error" if flow.problem else worst,
        text=flow.problem or (stored.problem if stored is not None else "") or told,
        received=sum(row.sent for row in nodes if row.node in sources),
        sent=sum(row.received for row in nodes if row.node in ends),
        p50=timed.quantile(0.5),
        p99=timed.quantile(0.99),
        waiting=sum(row.waiting for row in nodes),
        limit=sum(row.limit for row in nodes),
        age=max((row.age for row in nodes), default=0.0),
        failed=sum(row.failed for row in nodes),
        dropped=sum(row.dropped for row in nodes),
        drops=drops,
        retries=sum(row.retries for row in nodes),
        restarts=sum(row.restarts for row in nodes),
        stored=stored.age if stored is not None else None,
    )


def _timed(flow: FlowFigures) -> LatencyLook:
    return LatencyLook(tuple(flow.latency.buckets), flow.latency.seconds)


def _rate(now: int, before: int | None, seconds: float) -> float:
    if before is None or seconds <= 0:
        return 0.0
    return (now - before if now >= before else now) / seconds  # a smaller one has begun anew


def chosen(rows: Iterable[Row], order: Order, reverse: bool, wanted: str) -> list[Row]:
    """Return the rows whose flow, node or text holds what is wanted, sorted: names from a, figures from the largest."""
    wanted = wanted.casefold()
    found = [row for row in rows if wanted in f"{row.flow}/{row.node} {row.text}".casefold()]
    match order:
        case "name":
            found.sort(key=lambda row: (row.flow, row.node))
        case "rate":
            found.sort(key=lambda row: -row.rate)
        case "latency":
            found.sort(key=lambda row: -max(row.p99 or 0.0, row.age))
        case "queue":
            found.sort(key=lambda row: -row.waiting)
        case "failed":
            found.sort(key=lambda row: -row.failed)
        case "dropped":
            found.sort(key=lambda row: -row.dropped)
    return found[::-1] if reverse else found

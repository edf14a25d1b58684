"""Looks at a live flow: cheap enough to be done ten times a second for a thousand nodes, in steps so short that nothing
else has to wait for them."""

from __future__ import annotations

from collections.abc import Collection, Generator, Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from flowengine.flow.plan import Plan, PlannedNode, PlannedWire
from flowengine.node import Connection, Source
from flowengine.runtime.channel import Channel
from flowengine.runtime.flows import Counts
from flowengine.runtime.host import host_of_connection
from flowengine.runtime.pace import at_once
from flowengine.runtime.place import RunningPart
from flowengine.telemetry.latency import Latency
from flowengine.telemetry.look import ConnectionLook, FlowLook, NodeLook, Seen, WireLook
from flowengine.telemetry.observer import Place, Sight

if TYPE_CHECKING:
    from flowengine.runtime.live import LiveFlow


MOST_EMPTY = 1000
"""Unused places in the totals that are tolerated, beside one for each wire; beyond it all are numbered anew."""


STEP = 40
"""Nodes that are looked at in one step, about 0.15 ms of work; of wires five times as many."""

_NONE: dict[str, int] = {}


class _Row(NamedTuple):
    """Where the figures of one node are found, looked up once per deploy."""

    name: str
    host: Any
    part: RunningPart
    inbox: Channel | None
    into: list[int]
    """Where in the totals its incoming wires are counted."""
    out_of: list[list[int]]
    """For each output port, where in the totals its wires are counted."""
    places: list[Place]
    """Its output ports; of a node without any, its input ports."""
    ends: bool
    """Whether it has no output ports."""
    source: bool

    def received(self, totals: list[int]) -> int:
        """Return how many messages came to it."""
        return self.part.given[self.name] + sum([totals[place] for place in self.into])

    def sent(self, totals: list[int]) -> int:
        """Return how many messages left it; each takes all wires of its port, which need not be equally old."""
        return sum([max([totals[place] for place in wires]) for wires in self.out_of])


class Looking:
    """Knows where everything of one live flow is found; a deploy tells it what differs."""

    def __init__(self, live: LiveFlow) -> None:
        self._live = live
        self.failing: dict[str, int | None] = {}
        """Node that has failed a message -> how many it had handled well by then; None: not looked at yet."""
        self.latency = Latency()
        self._index: dict[PlannedWire, int] = {}
        """Wire -> its place in the totals. Places of wires that are gone stay empty, so that chains may keep theirs."""
        self._indexed: tuple[PlannedWire, ...] = ()
        self._rows: dict[str, _Row] = {}
        self._bases: dict[str, tuple[int, int]] = {}
        """Node -> (received, sent) to be added to what its wires count now: a deploy changes wires, not its figures."""
        self._wires: list[tuple[str, int, str, Place]] = []
        """Of each wire: its name, its place, its target, and where it begins; made when somebody looks."""
        self._renewed = 0
        """Counts changes of the lookup; a look in steps that finds it changed begins again."""

    def numbers(self, names: Iterable[str]) -> dict[str, tuple[Any, int, int]]:
        """Return for nodes their host, and how many messages they have received and sent."""
        totals = self.totals()
        rows = [self._rows[name] for name in names if name in self._rows]
        return {row.name: (row.host, *self._numbers(row, totals)) for row in rows}

    def renew(self, names: Collection[str], before: Mapping[str, tuple[Any, int, int]]) -> None:
        """Look these nodes up anew: they, their inboxes or their wires differ from what they were.

        Args:
            names: their ids.
            before: their `numbers` before the change. Nodes that stay go on from there, others begin at 0, whatever
                their wires have seen.
        """
        wires = self._live.plan.wires
        tidy = len(self._index) > 2 * len(wires) + MOST_EMPTY
        if tidy:
            self._index = {}
        if tidy or wires != self._indexed:
            for wire in wires:
                self._index.setdefault(wire, len(self._index))
            self._indexed = wires
        self._wires = []
        self._renewed += 1
        for name in names:
            self._rows.pop(name, None)
            self._bases.pop(name, None)
        self._add_rows(self._live.plan.nodes if tidy else names)
        totals = self.totals()
        for name in names:
            row = self._rows.get(name)
            host, received, sent = before.get(name, (None, 0, 0))
            if row is None or host is not row.host:
                self.failing.pop(name, None)
                received = sent = 0
            elif name in self.failing:
                self.failing[name] = None
            if row is not None:
                self._bases[name] = received - row.received(totals), sent - row.sent(totals)

    def _numbers(self, row: _Row, totals: list[int]) -> tuple[int, int]:
        """Return how many messages a node has received and sent."""
        received, sent = self._bases.get(row.name, (0, 0))
        return received + row.received(totals), sent + row.sent(totals)

    def _add_rows(self, names: Collection[str]) -> None:
        live = self._live
        into: dict[str, list[int]] = {name: [] for name in names}
        out_of: dict[str, dict[str, list[int]]] = {name: {} for name in names}
        for wire, number in self._index.items():
            if wire.target in into:
                into[wire.target].append(number)
            if wire.source in out_of:
                out_of[wire.source].setdefault(wire.out, []).append(number)
        for name in names:
            planned, node = live.plan.nodes.get(name), live.nodes.get(name)
            if planned is None or node is None:
                continue
            outs = [(name, port.name) for port in planned.cls.output_ports(planned.options)]
            self._rows[name] = _Row(
                name,
                node._host,
                live.parts[name],
                live.inboxes.get(name),
                into[name],
                list(out_of[name].values()),
                outs or _inputs(planned),
                not outs,
                isinstance(node, Source),
            )

    def totals(self) -> list[int]:
        """Return how many messages have passed each wire, each in its place."""
        totals = [0] * len(self._index)
        for part in self._live.running.values():
            part.tally(self._index, totals)
        return totals

    def passed(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire."""
        totals = self.totals()
        return {wire: totals[self._index[wire]] for wire in self._live.plan.wires}

    def counts(self) -> Counts:
        """Return sums of all counters; cheaper by far than a look at every node."""
        live = self._live
        return Counts(
            sum(self.passed().values()),
            sum(inbox.dropped for inbox in live.inboxes.values()) + sum(map(_lost, self._rows.values())),
            sum(sum(part.failures.values()) for part in live.running.values()),
        )

    def look(self) -> FlowLook:
        """Return how the flow is now."""
        return at_once(self.steps())

    def steps(self) -> Generator[None, None, FlowLook]:
        """Look step by step: whoever drives this may do something else between two of them.

        Numbers are those of the beginning, what nodes say and their newest messages those of their step.
        """
        while True:
            renewed = self._renewed
            steps = self._steps()
            while self._renewed == renewed:
                try:
                    next(steps)
                except StopIteration as end:
                    found: FlowLook = end.value
                    return found
                yield

    def _steps(self) -> Generator[None, None, FlowLook]:
        live = self._live
        sight = live.around.observer.sight(live.plan.name)
        totals = self.totals()
        self.recover(totals)
        now = live.around.clock.now()
        nodes = {}
        for number, row in enumerate(self._rows.values(), 1):
            nodes[row.name] = self._node(row, totals, sight, now)
            if not number % STEP:
                yield
        if not self._wires:
            self._wires = yield from self._named_wires()
        left, failing = sight.left, self.failing
        wires = {}
        for begin in range(0, len(self._wires), 5 * STEP):
            for key, place, target, source in self._wires[begin : begin + 5 * STEP]:
                wires[key] = WireLook(totals[place], target in failing, left.get(source))
            yield
        connections = {name: _connection(each) for name, each in live.connections.items()}
        return FlowLook(live.plan.name, now, nodes, wires, self.latency.look(), live.memory.look(), connections)

    def _named_wires(self) -> Generator[None, None, list[tuple[str, int, str, Place]]]:
        found = []
        for number, w in enumerate(self._live.plan.wires, 1):
            found.append((f"{w.source}.{w.out}>{w.target}.{w.port}", self._index[w], w.target, (w.source, w.out)))
            if not number % (2 * STEP):
                yield
        return found

    def _node(self, row: _Row, totals: list[int], sight: Sight, now: float) -> NodeLook:
        part, inbox, host = row.part, row.inbox, row.host
        received, sent = self._numbers(row, totals)
        drops = _sums(inbox.drops if inbox is not None else _NONE, host.drops)
        return NodeLook(
            host.status.level,
            host.status.text,
            received,
            sent,
            part.failures[row.name],
            sum(drops.values()) - host.meant,
            inbox.depth if inbox is not None else 0,
            _newest(sight.came if row.ends else sight.left, row.places),
            drops,
            inbox.limit if inbox is not None else 0,
            inbox.age(now) if inbox is not None else 0.0,
            host.retries,
            host.restarts,
        )

    def recover(self, totals: list[int] | None = None) -> list[str]:
        """Return the nodes that have handled a message well since they failed one; they no longer count as failing."""
        if not self.failing:
            return []
        totals = self.totals() if totals is None else totals
        good = []
        for name, mark in list(self.failing.items()):
            row = self._rows.get(name)
            if row is None:
                del self.failing[name]
                continue
            handled = self._handled(row, totals)
            if mark is None:
                self.failing[name] = handled
            elif handled > mark:
                del self.failing[name]
                good.append(name)
        for name in good:
            live = self._live
            live.around.on_recovery(live.plan.name, name)
        return good

    def _handled(self, row: _Row, totals: list[int]) -> int:
        """Return how many messages a node has dealt with well; of a source, how many it has brought."""
        if row.source:
            return row.sent(totals)
        came = row.received(totals)
        aside = row.part.failures[row.name] + row.part.busy(row.name)
        return came - aside - (row.inbox.dropped + row.inbox.depth if row.inbox is not None else 0)


def _connection(connection: Connection) -> ConnectionLook:
    status = host_of_connection(connection).status
    return ConnectionLook(connection.type, status.level, status.text)


def _inputs(planned: PlannedNode) -> list[Place]:
    return [(planned.id, port.name) for port in planned.cls.input_ports(planned.options)]


def _newest(seen: dict[Place, Seen], places: list[Place]) -> Seen | None:
    if len(places) == 1:
        return seen.get(places[0])
    found = [one for one in map(seen.get, places) if one is not None]
    return max(found, key=lambda one: one.at) if found else None


def _lost(row: _Row) -> int:
    """Return how many messages a node itself has lost."""
    drops = row.host.drops
    return sum(drops.values()) - row.host.meant if drops else 0


def _sums(some: Mapping[str, int], others: Mapping[str, int]) -> dict[str, int]:
    if not some and not others:
        return _NONE
    return {reason: some.get(reason, 0) + others.get(reason, 0) for reason in {**some, **others}}


def snapshot_of(plan: Plan, look: FlowLook) -> dict[str, dict[str, Any]]:
    """Return, for each node: kind, type, status, and how many messages it received, sent, failed and dropped."""
    return {
        name: {
            "kind": plan.nodes[name].cls.kind,
            "type": plan.nodes[name].cls.type,
            "status": {"level": seen.level, "text": seen.text},
            "received": seen.received,
            "sent": seen.sent,
            "failed": seen.failed,
            "dropped": seen.dropped,
            "waiting": seen.waiting,
        }
        for name, seen in look.nodes.items()
        if name in plan.nodes
    }

"""Looks at a live flow: cheap enough to be done ten times a second for a thousand nodes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from flowengine.flow.plan import PlannedNode, PlannedWire
from flowengine.node import Source
from flowengine.runtime.channel import Channel
from flowengine.runtime.place import RunningPart
from flowengine.telemetry.look import FlowLook, NodeLook, Seen, WireLook
from flowengine.telemetry.observer import Place

if TYPE_CHECKING:
    from flowengine.runtime.live import LiveFlow


class _Row(NamedTuple):
    """What is asked of one node, looked up once."""

    name: str
    host: Any
    part: RunningPart
    inbox: Channel | None
    into: list[int]
    """Places of the wires to it in the totals."""
    out_of: list[list[int]]
    """For each of its output ports, the places of its wires."""
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


class Counted(NamedTuple):
    """Where the nodes of a flow had got to when it was wired anew."""

    nodes: Mapping[str, tuple[Any, int, int]]
    """Node -> its host, and how many messages it had received and sent."""
    failing: Mapping[str, int | None]


class Looking:
    """Knows where everything of one live flow is found; made anew when the flow is wired anew."""

    def __init__(self, live: LiveFlow, before: Counted | None = None) -> None:
        self._live = live
        self.failing: dict[str, int | None] = {}
        """Node that has failed a message -> how many it had handled well by then; None: not looked at yet."""
        self._index = {wire: number for number, wire in enumerate(live.plan.wires)}
        self._wires = [
            (f"{w.source}.{w.out}>{w.target}.{w.port}", number, w.target, (w.source, w.out))
            for w, number in self._index.items()
        ]
        self._rows = self._all_rows()
        self._bases: dict[str, tuple[int, int]] = {}
        """Node -> what it received and sent by wires that are gone, less what its wires carried for one before it."""
        if before is not None:
            self._go_on_from(before)

    def _go_on_from(self, before: Counted) -> None:
        totals = self.totals()
        for name, row in self._rows.items():
            host, received, sent = before.nodes.get(name, (None, 0, 0))
            if host is not row.host:
                received = sent = 0
            elif name in before.failing:
                self.failing[name] = None
            self._bases[name] = received - row.received(totals), sent - row.sent(totals)

    def counted(self) -> Counted:
        """Return where all nodes have got to, for whoever comes next."""
        totals = self.totals()
        return Counted(
            {name: (row.host, *self._numbers(row, totals)) for name, row in self._rows.items()}, self.failing
        )

    def _numbers(self, row: _Row, totals: list[int]) -> tuple[int, int]:
        """Return how many messages a node has received and sent."""
        received, sent = self._bases.get(row.name, (0, 0))
        return received + row.received(totals), sent + row.sent(totals)

    def _all_rows(self) -> dict[str, _Row]:
        live = self._live
        into: dict[str, list[int]] = {name: [] for name in live.plan.nodes}
        out_of: dict[str, dict[str, list[int]]] = {name: {} for name in live.plan.nodes}
        for wire, number in self._index.items():
            into[wire.target].append(number)
            out_of[wire.source].setdefault(wire.out, []).append(number)
        rows = {}
        for name, part in live.parts.items():
            planned, node = live.plan.nodes[name], live.nodes[name]
            outs = [(name, port.name) for port in planned.cls.output_ports(planned.options)]
            rows[name] = _Row(
                name,
                node._host,
                part,
                live.inboxes.get(name),
                into[name],
                list(out_of[name].values()),
                outs or _inputs(planned),
                not outs,
                isinstance(node, Source),
            )
        return rows

    def totals(self) -> list[int]:
        """Return how many messages have passed each wire, in the order of the plan."""
        totals = [0] * len(self._index)
        for part in self._live.running.values():
            part.tally(self._index, totals)
        return totals

    def passed(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire."""
        return dict(zip(self._index, self.totals(), strict=True))

    def look(self) -> FlowLook:
        """Return how the flow is now."""
        live = self._live
        sight = live.around.observer.sight(live.plan.name)
        totals = self.totals()
        self.recover(totals)
        nodes = {}
        for row in self._rows.values():
            name, part, inbox, status = row.name, row.part, row.inbox, row.host.status
            received, sent = self._numbers(row, totals)
            nodes[name] = NodeLook(
                status.level,
                status.text,
                received,
                sent,
                part.failures[name],
                inbox.dropped if inbox is not None else 0,
                len(inbox.items) if inbox is not None else 0,
                _newest(sight.came if row.ends else sight.left, row.places),
            )
        left, failing = sight.left, self.failing
        wires = {key: WireLook(totals[n], target in failing, left.get(place)) for key, n, target, place in self._wires}
        return FlowLook(live.plan.name, live.around.clock.now(), nodes, wires)

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
        return came - aside - (row.inbox.dropped + len(row.inbox.items) if row.inbox is not None else 0)


def _inputs(planned: PlannedNode) -> list[Place]:
    return [(planned.id, port.name) for port in planned.cls.input_ports(planned.options)]


def _newest(seen: dict[Place, Seen], places: list[Place]) -> Seen | None:
    if len(places) == 1:
        return seen.get(places[0])
    found = [one for one in map(seen.get, places) if one is not None]
    return max(found, key=lambda one: one.at) if found else None

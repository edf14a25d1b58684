"""What the parent knows of a flow that runs in a worker."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from flowengine.flow.plan import Plan
from flowengine.node import Level
from flowengine.runtime.flows import Counts
from flowengine.runtime.wiring import Tap
from flowengine.telemetry.look import FlowLook, NodeLook, WireLook
from flowengine.workers import frames

if TYPE_CHECKING:
    from flowengine.workers.seat import Seat

MOST_NEWS = 30
"""Seconds for which points of a growing widget are kept, for browsers that fetch only what is new."""


class KnownFlow:
    """One flow: what it is to run, where, and how it was when its worker spoke last."""

    def __init__(self, plan: Plan, seat: Seat, taps: Mapping[str, Tap]) -> None:
        self.plan = plan
        self.seat = seat
        self.taps = dict(taps)
        self.ended = False
        self.trouble = ""
        self.blamed: set[str] = set()
        """Nodes that are in the list of faults because they brought the worker down; an empty name: the flow."""
        self.widgets: dict[str, KnownWidget] = {}
        self._newest = FlowLook(plan.name, 0.0, {}, {})
        self._look: FlowLook | None = None
        self._nodes: dict[str, NodeLook] = {}
        self._wires: dict[str, WireLook] = {}

    # --- looking ---

    def look(self) -> FlowLook:
        """Return how it is, as far as is known."""
        if self._look is None:
            again = max(0, self.seat.starts - 1)
            self._look = replace(self._newest, nodes=dict(self._nodes), wires=dict(self._wires), restarts=again)
        return self._look

    def counts(self) -> Counts:
        """Return sums of all counters."""
        nodes = self._nodes.values()
        return Counts(
            sum(wire.passed for wire in self._wires.values()),
            sum(node.dropped for node in nodes),
            sum(node.failed for node in nodes),
        )

    def passed(self) -> list[dict[str, Any]]:
        """Return all wires with how many messages have passed each, as a snapshot shows them."""
        found = []
        for wire in self.plan.wires:
            seen = self._wires.get(f"{wire.source}.{wire.out}>{wire.target}.{wire.port}")
            ends = {"from": f"{wire.source}.{wire.out}", "to": f"{wire.target}.{wire.port}"}
            found.append({**ends, "passed": seen.passed if seen is not None else 0})
        return found

    # --- hearing ---

    def looked(self, event: frames.Looked) -> None:
        """Take in how it is."""
        found = event.flow
        if event.whole:
            self._nodes, self._wires = found.nodes, found.wires
        else:
            self._nodes |= found.nodes
            self._wires |= found.wires
        self._newest, self._look = found, None
        self.ended = event.ended

    def down(self, culprit: str, why: str) -> None:
        """Show that it does not run: at the node that is to blame why, at the others that they wait."""
        self.ended = False
        self._look = None
        if culprit and culprit not in self._nodes and self._nodes:
            culprit = ""

        def shown(name: str, node: NodeLook) -> NodeLook:
            level: Level = "error" if name == culprit else "warning"
            return replace(node, level=level, text=why if name == culprit else f"does not run: {why}", waiting=0)

        self._nodes = {name: shown(name, node) for name, node in self._nodes.items()}

    # --- widgets ---

    def has(self, widgets: list[frames.WidgetPlace]) -> None:
        """Take in which widgets there are."""
        before, self.widgets = self.widgets, {}
        for place in widgets:
            old = before.get(place.node)
            same = old is not None and old.place.serial == place.serial and old.place.options == place.options
            self.widgets[place.node] = old if same and old is not None else KnownWidget(self.plan.name, place)

    def shown(self, event: frames.Shown) -> None:
        """Take in what a widget shows."""
        widget = self.widgets.get(event.node)
        if widget is not None:
            widget.take(event)


class KnownWidget:
    """A widget whose node runs in a worker."""

    def __init__(self, flow: str, place: frames.WidgetPlace) -> None:
        self.place = place
        self.flow, self.node, self.kind, self.title, self.grows = (
            flow,
            place.node,
            place.kind,
            place.title,
            place.grows,
        )
        self.options: Mapping[str, Any] = place.options
        self.instance: object = self
        self.mark = 0
        """Of a growing one: up to where `shown` is whole."""
        self._value: Any = None
        self._news: deque[tuple[int, int, Any]] = deque(maxlen=MOST_NEWS)
        """Of a growing one: from which mark to which, and what came."""

    def take(self, event: frames.Shown) -> None:
        """Take in what it shows."""
        if self.grows and event.since:
            self._news.append((event.since, event.mark, event.value))
        else:
            self._value, self.mark = event.value, event.mark

    def shown(self) -> Any:
        """Return what it shows, as far as is known; of a growing one what it showed when it was told whole."""
        return self._value

    def shown_after(self, mark: int) -> tuple[int, Any]:
        """Return what came after a mark, and the new mark."""
        for since, until, value in self._news:
            if since <= mark < until:
                return until, value
        if self.mark > mark:
            return self.mark, self._value
        if self._news and self._news[0][0] > mark:  # what came first is no longer kept, or never was
            return self._news[-1][1], self._news[-1][2]
        return mark, None

"""Which nodes and wires of a flow its tests have sent a message through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from flowengine.flow.plan import PlannedWire
from flowengine.rehearse.places import Places
from flowengine.rehearse.rehearsal import Outcome


@dataclass
class Coverage:
    """What the tests of one flow have reached."""

    flow: str
    nodes: list[str]
    """Every node that runs."""
    wires: list[tuple[str, PlannedWire]]
    """Every wire: in words, and as planned."""
    reached: set[str] = field(default_factory=set)
    passed: set[PlannedWire] = field(default_factory=set)

    @classmethod
    def of(cls, places: Places) -> Coverage:
        """Return the coverage of a flow before any test."""
        doors = {door for ports in places.doored.doors.values() for door in ports.values()}
        hidden = doors | places.doored.dead_ends
        nodes = [name for name in places.plan.nodes if name not in hidden]
        wires = [
            (_in_words(wire, places), wire)
            for wire in places.plan.wires
            if wire.source not in doors and wire.target not in places.doored.dead_ends
        ]
        return cls(places.plan.name, nodes, wires)

    def add(self, outcome: Outcome) -> None:
        """Add what one test has reached."""
        self.reached |= outcome.reached_nodes
        self.passed |= outcome.passed_wires

    @property
    def unreached_nodes(self) -> list[str]:
        """Nodes that no message has come to or left."""
        return [name for name in self.nodes if name not in self.reached]

    @property
    def unpassed_wires(self) -> list[str]:
        """Wires that no message has passed."""
        return [words for words, wire in self.wires if wire not in self.passed]

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Nodes reached, nodes, wires passed, wires."""
        nodes, wires = len(self.nodes), len(self.wires)
        return nodes - len(self.unreached_nodes), nodes, wires - len(self.unpassed_wires), wires


def percent(coverages: Sequence[Coverage]) -> float:
    """Return the share of nodes and wires together that were reached, in percent."""
    counts = [coverage.counts for coverage in coverages]
    whole = sum(nodes + wires for _, nodes, _, wires in counts)
    return 100.0 * sum(nodes + wires for nodes, _, wires, _ in counts) / whole if whole else 100.0


def _in_words(wire: PlannedWire, places: Places) -> str:
    target = places.shown(wire.target)
    return f"{wire.source}.{wire.out} -> {target if target != wire.target else f'{wire.target}.{wire.port}'}"

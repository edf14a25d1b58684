"""Where a line of a chain's generated code belongs, so that a failure there finds its node and its message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from flowengine.flow.plan import PlannedWire
from flowengine.runtime.chains.message import State


@dataclass
class Spot:
    """Where a line of generated code belongs: which node, and its message there."""

    node: str
    state: State
    later: list[PlannedWire]
    """Wires of the same count that a failure here keeps the message from."""
    explain: Callable[[Exception], Exception] | None = None
    """Turns the error into the one that the node means."""


class Tail(list[PlannedWire]):
    """The wires that joined a count after a certain moment; looked at only when something has failed."""

    def __init__(self, wires: list[PlannedWire]) -> None:
        super().__init__()
        self.wires = wires
        self.start = len(wires)

    def __iter__(self) -> Iterator[PlannedWire]:
        return iter(self.wires[self.start :])

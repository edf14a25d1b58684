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
    """The wires of the same run that the message no longer reaches when this line fails."""
    explain: Callable[[Exception], Exception] | None = None
    """Turns what Python raised in a pasted expression into the error that the node would have raised."""


class Tail(list[PlannedWire]):
    """The wires that joined a run after this was made, seen live: the run may still grow; read when something fails."""

    def __init__(self, wires: list[PlannedWire]) -> None:
        super().__init__()
        self.wires = wires
        self.start = len(wires)

    def __iter__(self) -> Iterator[PlannedWire]:
        return iter(self.wires[self.start :])

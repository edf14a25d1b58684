"""The rule of who sits where.

A flow gets a worker of its own until there are as many as allowed; from then on it goes to the one with the fewest
nodes. Flows that use a connection of which there may be only one, or whose nodes speak to each other beside all wires,
share a worker. A flow that has brought its worker down gets one that nobody else is put into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowengine.flow.plan import Plan
from flowengine.workers.known import KnownFlow
from flowengine.workers.seat import Seat

if TYPE_CHECKING:
    from flowengine.workers.fleet import Fleet


class Seating:
    """All workers of a fleet."""

    def __init__(self, fleet: Fleet) -> None:
        self.seats: list[Seat] = []
        self._fleet = fleet
        self._numbers = 0

    def seat_for(self, plan: Plan, old: KnownFlow | None) -> Seat:
        """Return where a plan is to run; `old` is what runs in its place now."""
        tied = self._ties(plan)
        if tied:
            for other in self._fleet.flows.values():
                if other.plan.name != plan.name and tied & self._ties(other.plan):
                    return other.seat
        if old is not None:
            return old.seat
        shared = [seat for seat in self.seats if not seat.alone]
        if len(shared) < max(1, self._fleet.settings.most):
            return self._new_seat()
        return min(shared, key=lambda seat: seat.size)

    def _ties(self, plan: Plan) -> set[str]:
        """Return what ties a plan to others: connections of which there may be only one, nodes beyond wires."""
        found = plan.connections.values()
        field = self._fleet.settings.field
        tied = {node.cls.together for node in plan.nodes.values() if node.cls.together}
        return tied | {one.key for one in found if (not field if one.cls.ot else one.cls.alone(one.options))}

    def _new_seat(self, alone: bool = False) -> Seat:
        self._numbers += 1
        seat = Seat(self._fleet, self._numbers, alone)
        self.seats.append(seat)
        return seat

    def part(self, seat: Seat, name: str) -> None:
        """Give a flow a worker of its own, after the one that it shared has ended."""
        flow = seat.flows.pop(name)
        flow.seat = self._new_seat(alone=True)
        flow.seat.flows[name] = flow
        flow.seat.falls = seat.falls
        flow.seat.revive()

    async def leave(self, seat: Seat) -> None:
        """End a worker that nobody sits in any more."""
        if not seat.flows and seat in self.seats:
            self.seats.remove(seat)
            await seat.close(0)

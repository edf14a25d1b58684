"""Shows flows whose worker has ended in an accident, and that they run again."""

from __future__ import annotations

import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from flowengine.node import Status
from flowengine.workers.fall import Fall
from flowengine.workers.known import KnownFlow
from flowengine.workers.seat import Seat

if TYPE_CHECKING:
    from flowengine.workers.fleet import Fleet

LOG = logging.getLogger("flowengine.workers")

STEADY: Final = 10.0
"""Seconds that a flow must run, after several falls in a row, until it no longer counts as failed."""


class Accidents:
    """Decides what follows from a fallen worker: whose fault it was, who moves out, and what people are told."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet

    def fell(self, seat: Seat, fall: Fall) -> None:
        """Hear that a worker has ended. Whoever is to blame, or may be, harms no others from now on."""
        names = list(seat.flows)
        if not names:
            return
        for flow in seat.flows.values():
            self._fleet.faults.started(flow.plan.name, flow.plan.nodes)
            guilty = not fall.flow or fall.flow == flow.plan.name
            mate = Fall(f"its process ended, which it shared with '{fall.flow}'", "it is started again")
            self.down(flow, fall if guilty else mate, guilty)
        where = "/".join(part for part in (fall.flow or ", ".join(names), fall.node) if part)
        LOG.error("%s: %s", where, fall, extra={"flow": fall.flow, "node": fall.node})
        if fall.stack:
            LOG.error("%s: its stack, the innermost first: %s", where, fall.stack)
        if len(names) > 1:
            for name in [fall.flow] if fall.flow in seat.flows else names[1:]:
                self._fleet.seating.part(seat, name)

    def down(self, flow: KnownFlow, fall: Fall, guilty: bool = True) -> None:
        """Show that a flow does not run although it should, and, at the node that is to blame, why."""
        flow.trouble = str(fall)
        flow.down(fall.node, str(fall))
        if guilty:
            flow.blamed.add(fall.node)
            self._fleet.faults.status(flow.plan.name, fall.node, Status("error", str(fall)))
        self._tell()

    def up(self, flow: KnownFlow, steady: bool = True) -> None:
        """Show that a flow runs; one that has fallen several times in a row is believed only after a while."""
        if not steady:
            self._fleet.clock.call_later(STEADY, partial(self._up_if_still, flow, flow.seat.starts))
            return
        if flow.trouble:
            flow.trouble = ""
            self._tell()
        name = flow.plan.name
        while flow.blamed:
            self._fleet.faults.status(name, flow.blamed.pop(), Status("ok"))
        self._fleet.faults.flow_good(name)

    def _up_if_still(self, flow: KnownFlow, starts: int) -> None:
        if flow.seat.starts == starts and flow.seat.pid:
            self.up(flow)

    def _tell(self) -> None:
        for listener in list(self._fleet.changed):
            listener()

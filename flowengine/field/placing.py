"""Puts stand-ins into an engine, in place of the nodes and connections that belong into the field process."""

from __future__ import annotations

from collections.abc import Mapping

from flowengine.clock import Clock
from flowengine.field.line import Line
from flowengine.field.stand_in import Away, Remote, away, stand_in
from flowengine.flow.plan import PlannedConnection, PlannedNode
from flowengine.node import Connection, Node
from flowengine.options import connection_names
from flowengine.runtime.connections import Connections
from flowengine.runtime.engine import Engine
from flowengine.runtime.surroundings import Surroundings, build_here
from flowengine.telemetry.observer import Observer


class ConnectionsElsewhere(Connections):
    """Connections of a worker: those to OT devices are not opened here."""

    def __init__(self, clock: Clock, observer: Observer) -> None:
        super().__init__(clock, observer)
        self._planned: dict[int, PlannedConnection] = {}

    async def acquire(self, planned: PlannedConnection) -> Connection:
        """Return the opened connection, or what stands for it."""
        if planned.cls.ot:
            return away(planned, self.clock, self._observer)
        found = await super().acquire(planned)
        self._planned[id(found)] = planned
        return found

    async def release(self, planned: PlannedConnection) -> None:
        """Give a connection back."""
        if not planned.cls.ot:
            await super().release(planned)

    def planned(self, connection: Connection) -> PlannedConnection:
        """Return what a connection was planned as."""
        return connection.planned if isinstance(connection, Away) else self._planned[id(connection)]


def place(engine: Engine, line: Line) -> None:
    """Have an engine run nodes that use OT devices at the other end of a line."""
    around: Surroundings = engine.around
    connections = around.connections = ConnectionsElsewhere(engine.clock, engine.observer)

    def build(
        flow: str, planned: PlannedNode, opened: Mapping[str, Connection], environment: Mapping[str, str]
    ) -> Node:
        names = connection_names(planned.cls, planned.options)
        used = {name: opened[name] for name in names}
        if not any(isinstance(one, Away) for one in used.values()):
            return build_here(flow, planned, opened, environment)
        there = {name: connections.planned(one) for name, one in used.items()}
        return stand_in(Remote(line, flow, planned, there, used, environment), planned.cls)

    around.build = build

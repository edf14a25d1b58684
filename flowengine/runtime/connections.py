"""Opened connections, shared: two that are equal are one, in however many flows they are written."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from flowengine.clock import Clock
from flowengine.flow.plan import PlannedConnection
from flowengine.node import Connection
from flowengine.options import build
from flowengine.runtime.host import ConnectionHost, give_host
from flowengine.telemetry.observer import Observer


@dataclass
class _Opened:
    connection: Connection
    host: ConnectionHost
    users: int = 0


class Connections:
    """Shares open connections: opens one for its first user, closes it after its last."""

    def __init__(self, clock: Clock, observer: Observer) -> None:
        self.clock = clock
        self._observer = observer
        self._opened: dict[str, _Opened] = {}

    async def acquire(self, planned: PlannedConnection) -> Connection:
        """Return the opened connection; opens it if nobody has yet.

        Raises:
            ValueError: its options do not fit together.
            Exception: whatever its `start` raised.
        """
        opened = self._opened.get(planned.key)
        if opened is None:
            connection = build(planned.cls, planned.options)
            host = ConnectionHost(planned.name, self.clock, self._observer)
            give_host(connection, host)
            try:
                await connection.start()
            except BaseException:
                await connection.stop()
                raise
            opened = self._opened[planned.key] = _Opened(connection, host)
        opened.users += 1
        return opened.connection

    async def release(self, planned: PlannedConnection) -> None:
        """Give a connection back."""
        opened = self._opened[planned.key]
        opened.users -= 1
        if opened.users == 0:
            del self._opened[planned.key]
            try:
                await opened.connection.stop()
            except Exception:
                logging.getLogger("flowengine").exception("connection %s did not close", planned.name)

    def snapshot(self) -> dict[str, dict[str, str]]:
        """Return name -> type, level and text of every opened connection."""
        return {
            opened.host.name: {
                "type": opened.connection.type,
                "level": opened.host.status.level,
                "text": opened.host.status.text,
            }
            for opened in self._opened.values()
        }

"""The plant on the wire: Modbus TCP connections on one side, a simulation step 20 times a second on the other.

Both run on one event loop and never wait between touching registers, so a client never reads half a value.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Mapping
from typing import Protocol

from flowengine_demo.plant.bench import Bench
from flowengine_demo.plant.pdu import Unit, answer

STEP_S = 0.05
_MOST_STEPS_TO_CATCH_UP = 20
_HEADER = struct.Struct(">HHHB")  # transaction, protocol (always 0), length of unit id and PDU, unit id


class PlantUnit(Unit, Protocol):
    """A unit that lives: time passes for it."""

    def step(self, plant_dt: float, wall_dt: float) -> None:
        """Let `plant_dt` seconds pass in the plant and `wall_dt` seconds on the wall clock."""


class PlantServer:
    """Serves the units over Modbus TCP and lets time pass for them."""

    def __init__(self, units: Mapping[int, PlantUnit], speed: float = 1.0) -> None:
        """Take the units by unit id; `speed` is plant seconds per second."""
        self.units = units
        self.speed = speed
        self.bench = Bench()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.Task[None]] = set()

    async def start(self, host: str, port: int) -> int:
        """Listen, and return the port (the one taken, if 0 was asked for)."""
        self._server = await asyncio.start_server(self._serve, host, port)
        bound: int = self._server.sockets[0].getsockname()[1]
        return bound

    async def stop(self) -> None:
        """Close the listener and every connection."""
        if self._server is not None:
            self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    async def live(self) -> None:
        """Step the plant for ever, by fixed steps, so that the same seed gives the same plant."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += STEP_S
            await asyncio.sleep(max(0.0, due - loop.time()))
            # A computer that was asleep does not make the plant race through the hours that it missed.
            due = max(due, loop.time() - _MOST_STEPS_TO_CATCH_UP * STEP_S)
            for unit in self.units.values():
                unit.step(STEP_S * self.speed, STEP_S)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            # A cut line is the client's business; cancelled means that the plant stops: neither is an error here.
            with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                await self._converse(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            transaction, protocol, length, unit_id = _HEADER.unpack(await reader.readexactly(_HEADER.size))
            if protocol != 0 or not 2 <= length <= 254:
                return  # not Modbus: where the next frame starts cannot be known, so the line is closed
            request = await reader.readexactly(length - 1)
            if self.bench.silences(unit_id):
                continue
            response = answer(self.bench if unit_id == Bench.UNIT else self.units.get(unit_id), request)
            writer.write(_HEADER.pack(transaction, 0, len(response) + 1, unit_id) + response)
            await writer.drain()

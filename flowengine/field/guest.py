"""One worker, as the field process sees it: what it has opened, and what it asks for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from flowengine.clock import Clock
from flowengine.errors import NotFound, Refused
from flowengine.field import frames
from flowengine.field.gate import Gate, Output
from flowengine.field.hosted import Hosted
from flowengine.flow.plan import PlannedConnection
from flowengine.node import Actuator, Node
from flowengine.processes.link import Link
from flowengine.runtime.connections import Connections
from flowengine.store.packing import unpack_value

SILENT: Final = 1.0
"""Seconds without a sign of life after which a worker counts as silent: it beats ten times a second."""

LINGER: Final = 5.0
"""Seconds for which the devices of a lost worker stay connected, so that its successor finds them so."""

Fences = dict[tuple[str, str], int]
"""Flow and node -> the highest epoch of a worker that has opened it."""


class Guest:
    """One worker as the field process sees it: the nodes it has opened here, its commands, and whether it is alive."""

    def __init__(
        self,
        types: Mapping[str, type[Node]],
        connections: Connections,
        gate: Gate,
        fences: Fences,
        gone: Callable[[Guest], None],
        who: frames.Joined,
    ) -> None:
        self.name, self.epoch = who.worker, who.epoch
        self.gate = gate
        """What stands in front of every command."""
        self._types, self._connections, self._fences, self._gone = types, connections, fences, gone
        self._clock = Clock()
        self._hosted: dict[int, Hosted] = {}
        self._heard = self._clock.monotonic()
        self._silent = False
        self._link = Link(frames.from_worker, self._hear, self._answer, self._lost)
        self.beginning: asyncio.Future[None] | None = None
        """Held here, as the two below: the loop itself holds tasks only weakly."""
        self._leaving: asyncio.Future[None] | None = None
        self._unreading: asyncio.Future[None] | None = None

    async def begin(self, end: socket.socket) -> None:
        """Serve from now on."""
        await self._link.open(end)

    @property
    def outputs(self) -> list[Output]:
        """The actuators that it has opened."""
        return [one.output for one in self._hosted.values() if isinstance(one.node, Actuator)]

    # --- signs of life ---

    def look_after(self) -> None:
        """See whether the worker has been silent for long, and tell it how its devices are."""
        silent = self._clock.monotonic() - self._heard > SILENT
        if silent and not self._silent and self._hosted:
            self.gate.worker_silent(self.name, self.outputs)
        self._silent = silent
        for hosted in self._hosted.values():
            hosted.tell_connections()
            hosted.tell_state()

    def _lost(self) -> None:
        self.gate.worker_gone(self.name, self.outputs)
        self._gone(self)
        self._leaving = asyncio.ensure_future(self._leave(LINGER))

    async def _leave(self, linger: float) -> None:
        """Stop what it had opened: sources at once, all else after a while."""
        for hosted in self._hosted.values():
            await hosted.unread()
        await asyncio.sleep(linger)
        await self.close()

    @property
    def over(self) -> bool:
        """Whether nothing of it is left."""
        return self._leaving is not None and self._leaving.done()

    async def close(self) -> None:
        """Stop all that it has opened."""
        hosted, self._hosted = self._hosted, {}
        for one in hosted.values():
            await one.close()
        self._link.close()

    # --- what it says ---

    def _hear(self, event: Any) -> None:
        self._heard = self._clock.monotonic()
        match event:
            case frames.Read():
                if event.number in self._hosted:
                    self._hosted[event.number].read(event.credit)
            case frames.Unread():
                if event.number in self._hosted:
                    self._unreading = asyncio.ensure_future(self._hosted[event.number].unread())
            case frames.Finished():
                if event.number in self._hosted:
                    self._hosted[event.number].finished(event.marks)

    def _answer(self, request: Any) -> Any:
        self._heard = self._clock.monotonic()
        match request:
            case frames.Open():
                return self._open(request)
            case frames.Close():
                return self._close(request.number)
            case frames.Command():
                return self._command(request)
            case frames.Process():
                return self._find(request.number).process(request.port, request.msg)
        raise ValueError(f"the field process does not know {type(request).__name__}")

    async def _open(self, request: frames.Open) -> list[Any]:
        cls = self._type(request.node_type)
        found = unpack_value(request.connections, dict[str, tuple[str, dict[str, Any]]])
        planned: dict[str, PlannedConnection] = {}
        for name, (type_name, options) in found.items():
            planned[name] = PlannedConnection(name, self._type(type_name), options)  # type: ignore[arg-type]  # a connection's
        options = unpack_value(request.options, dict[str, Any])
        output = Output(self.name, self.epoch, request.flow, request.node, request.node_type, options, planned)
        place = request.flow, request.node
        if self._fences.get(place, 0) > self.epoch:
            raise Refused("a newer worker runs this flow")
        self._fences[place] = self.epoch
        hosted = Hosted(request.number, output, cls, self._link, self._connections)
        answer = await hosted.open(request.environment, self._clock, request.state)
        before = self._hosted.pop(request.number, None)
        self._hosted[request.number] = hosted
        if before is not None:  # only a worker that is broken, or hostile, calls two nodes alike
            await before.close()
        return answer

    def _type(self, name: str) -> type[Node]:
        if name not in self._types:
            raise NotFound(f"the field process has no node type '{name}'")
        return self._types[name]

    async def _close(self, number: int) -> None:
        hosted = self._hosted.pop(number, None)
        if hosted is not None:
            await hosted.close()

    async def _command(self, request: frames.Command) -> None:
        hosted = self._find(request.number)
        if self._fences.get((hosted.output.flow, hosted.output.node)) != self.epoch:
            raise Refused("a newer worker runs this flow: this one may command nothing any more")
        await hosted.write(self.gate, request.port, request.msg)

    def _find(self, number: int) -> Hosted:
        if number not in self._hosted:
            raise Refused("the node is not open in the field process")
        return self._hosted[number]

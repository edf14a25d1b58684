"""Whose turn it is on a device: a bounded queue, fair between units, that joins reads which wait together. Pure."""

from __future__ import annotations

import asyncio
from collections import deque

from flowengine import NodeError, Retryable
from flowengine_nodes.modbus import pdu
from flowengine_nodes.modbus.pdu import Request
from flowengine_nodes.modbus.requests import MOST_BITS, Span, coalesce, cut_bits, cut_registers

_MOST_ALONE = 10_000


class Waiting:
    """Someone who asked and waits for the answer."""

    __slots__ = ("future", "request")

    def __init__(self, request: Request, future: asyncio.Future[bytes]) -> None:
        self.request = request
        self.future = future


class Trial:
    """The reads of one joined request that was refused, now each on its own, to find out which was to blame."""

    __slots__ = ("left", "reads", "refused")

    def __init__(self, reads: list[Request]) -> None:
        self.reads = reads
        self.left = len(reads)
        self.refused = False


class Exchange:
    """One request on the wire and everyone who waits for its answer."""

    __slots__ = ("beside", "deadline", "noise", "number", "request", "sent", "trial", "waiting")

    def __init__(self, request: Request, waiting: list[Waiting], trial: Trial | None = None) -> None:
        self.request = request
        self.waiting = waiting
        self.trial = trial
        self.beside = False
        """Does not count among the requests under way, since its unit is not expected to answer."""
        self.number = 0
        """The transaction id, where the frame has one."""
        self.noise = 0
        """Bytes that came meanwhile and were no answer."""
        self.sent = self.deadline = 0.0

    def deliver(self, data: bytes) -> None:
        """Give everyone their part of the answer."""
        outer = self.request
        for waiting in self.waiting:
            if not waiting.future.done():
                inner = waiting.request
                if inner is outer or inner.span == outer.span:
                    waiting.future.set_result(data)
                else:
                    cut = cut_bits if outer.bits else cut_registers
                    waiting.future.set_result(cut(data, outer.span, inner.span))

    def fail(self, error: NodeError) -> None:
        """Tell everyone that there is no answer."""
        for waiting in self.waiting:
            fail(waiting, error)


def fail(waiting: Waiting, error: NodeError) -> None:
    """Give an error to one who waits: an own copy, since a raised exception collects its callers' traceback."""
    if not waiting.future.done():
        waiting.future.set_exception(type(error)(*error.args))


class Lane:
    """What waits for one unit."""

    __slots__ = ("alone", "fresh", "ready")

    def __init__(self) -> None:
        self.fresh: list[Waiting] = []
        self.ready: deque[Exchange] = deque()
        self.alone: set[tuple[int, Span]] = set()
        """Reads that must not be joined with others: the device refused the joined request."""


class Turns:
    """The queue of one device.

    Writes go first, but never two in a row while a read waits. Reads take turns between the units, so that many
    requests to one unit do not hold up the others.
    """

    def __init__(self, *, most: int, registers: int, gap: int) -> None:
        self.length = 0
        """How many wait."""
        self._most, self._registers, self._gap = most, registers, gap
        self._writes: deque[Waiting] = deque()
        self._lanes: dict[int, Lane] = {}
        self._active: deque[int] = deque()
        self._wrote = False

    def add(self, waiting: Waiting) -> None:
        """Put a request at the end.

        Raises:
            Retryable: the queue is full.
        """
        if self.length >= self._most:
            raise Retryable(f"{self._most} requests are waiting for this device already: it is too slow for them")
        self.length += 1
        if waiting.request.writes:
            self._writes.append(waiting)
            return
        unit = waiting.request.unit
        lane = self._lane(unit)
        if not lane.fresh and not lane.ready:
            self._active.append(unit)
        lane.fresh.append(waiting)

    def next(self) -> Exchange | None:
        """Take the request whose turn it is; those whose askers have gone are left out."""
        while self.length:
            if self._writes and not (self._wrote and self._active):
                self._wrote = True
                self.length -= 1
                waiting = self._writes.popleft()
                if not waiting.future.done():
                    return Exchange(waiting.request, [waiting])
                continue
            self._wrote = False
            exchange = self._read(self._active.popleft())
            if exchange is not None:
                return exchange
        return None

    def apart(self, exchange: Exchange) -> None:
        """Put the reads of a joined request that was refused back, each on its own, at the front of their unit."""
        trial = Trial([waiting.request for waiting in exchange.waiting])
        unit = exchange.request.unit
        lane = self._lane(unit)
        if not lane.fresh and not lane.ready:
            self._active.append(unit)
        lane.ready.extendleft(Exchange(w.request, [w], trial) for w in reversed(exchange.waiting))
        self.length += len(exchange.waiting)

    def learn(self, exchange: Exchange, refused: bool) -> None:
        """Hear how a read of a `Trial` went: who was refused stays alone; if nobody was, joining them was at fault."""
        trial, request = exchange.trial, exchange.request
        if trial is None:
            return
        trial.left -= 1
        trial.refused |= refused
        alone = self._lane(request.unit).alone
        if len(alone) > _MOST_ALONE:
            alone.clear()
        if refused:
            alone.add((request.function, request.span))
        elif not trial.left and not trial.refused:
            alone.update((read.function, read.span) for read in trial.reads)

    def drop(self, error: NodeError, unit: int | None = None) -> None:
        """Fail all that waits, or all that waits for one unit."""
        keep = deque(w for w in self._writes if unit is not None and w.request.unit != unit)
        gone = [w for w in self._writes if unit is None or w.request.unit == unit]
        self._writes = keep
        for number, lane in self._lanes.items():
            if unit is None or number == unit:
                gone += lane.fresh
                gone += [waiting for exchange in lane.ready for waiting in exchange.waiting]
                lane.fresh.clear()
                lane.ready.clear()
                if number in self._active:
                    self._active.remove(number)
        self.length -= len(gone)
        for waiting in gone:
            fail(waiting, error)

    def forget(self) -> None:
        """Forget which reads must stay alone: the device may be another one now."""
        for lane in self._lanes.values():
            lane.alone.clear()

    def _lane(self, unit: int) -> Lane:
        return self._lanes.get(unit) or self._lanes.setdefault(unit, Lane())

    def _read(self, unit: int) -> Exchange | None:
        lane = self._lanes[unit]
        if not lane.ready:
            self._plan(unit, lane)
        exchange = lane.ready.popleft() if lane.ready else None
        if lane.ready or lane.fresh:
            self._active.append(unit)
        if exchange is not None:
            self.length -= len(exchange.waiting)
            exchange.waiting = [w for w in exchange.waiting if not w.future.done()]
        return exchange if exchange is not None and exchange.waiting else None

    def _plan(self, unit: int, lane: Lane) -> None:
        """Join what has come in since the last time."""
        fresh, lane.fresh = lane.fresh, []
        if len(fresh) == 1:
            lane.ready.append(Exchange(fresh[0].request, fresh))
            return
        by_function: dict[int, list[Waiting]] = {}
        for waiting in fresh:
            request = waiting.request
            if (request.function, request.span) in lane.alone:
                lane.ready.append(Exchange(request, [waiting]))
            else:
                by_function.setdefault(request.function, []).append(waiting)
        for function, together in by_function.items():
            most = MOST_BITS if together[0].request.bits else self._registers
            for span, members in coalesce([w.request.span for w in together], most, self._gap):
                lane.ready.append(Exchange(pdu.read(unit, function, span), [together[i] for i in members]))

"""The requests of one device: who is next, what is under way, which answer is believed, which unit is left in peace.

A request costs one small object and one write: no task, no lock. Whoever asks awaits a future that is set where the
answer arrives, and there the next request goes out at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from flowengine import Clock, NodeError, Refused, Retryable
from flowengine_nodes.modbus.pdu import TARGET_SILENT, Request, WrongAnswer
from flowengine_nodes.modbus.turns import Exchange, Turns, Waiting, fail

FIRST_RETRY = 0.5
"""Seconds that a unit is left in peace after its first timeout."""
SILENT_TIMEOUTS = 2
"""Timeouts in a row, with not a byte received, after which the connection is opened anew: the peer may be gone."""


class Wire(Protocol):
    """An open connection that frames requests and finds their answers."""

    tells_apart: bool

    def send(self, exchange: Exchange) -> None:
        """Send a request."""

    def forget(self, exchange: Exchange) -> None:
        """Believe no answer to this request any more."""

    def close(self, reason: str) -> None:
        """Close the connection."""


@dataclass
class Counts:
    """What happened on a line since it was made."""

    requests: int = 0
    answers: int = 0
    timeouts: int = 0
    refused: int = 0
    """Answers with an exception code."""
    stray: int = 0
    """Answers that nobody waited for (late, doubled, wrong transaction id), thrown away."""
    garbage: int = 0
    """Answers that did not fit their request, and bytes that are no Modbus."""
    lost: int = 0
    """Connections that broke."""


@dataclass
class Suspect:
    """A unit that did not answer and is left in peace for a while."""

    failures: int
    retry_at: float
    trial: asyncio.Future[bytes] | None = None
    """The request that finds out whether the unit is back."""
    waiting: list[Waiting] = field(default_factory=list)
    """Those who asked meanwhile; what becomes of them is decided by the trial."""


class Line:
    """All requests to one device over one connection at a time."""

    def __init__(
        self,
        clock: Clock,
        turns: Turns,
        *,
        name: str,
        timeout: float,
        delay: float,
        parallel: int,
        retry_most: float,
        reopen: bool,
        changed: Callable[[], None],
    ) -> None:
        self.counts = Counts()
        self.suspects: dict[int, Suspect] = {}
        self.down: str | None = None
        """Why there is no connection; None: there is one, or the attempt to open one is under way."""
        self.next_try = 0.0
        """When the next connection is tried, in the clock's monotonic seconds."""
        self.closed: asyncio.Future[str] | None = None
        """Done, with the reason, when the open connection is lost."""
        self._clock, self._turns, self._name = clock, turns, name
        self._now = clock.monotonic
        self._new_future = asyncio.get_running_loop().create_future
        self._timeout, self._delay, self._parallel, self._retry_most = timeout, delay, parallel, retry_most
        self._reopen, self._reopening = reopen, False
        self._changed = changed
        self._wire: Wire | None = None
        self._under_way: dict[Exchange, None] = {}
        self._busy = 0
        self._pauses = 0
        self._watching = False
        self._silent = 0
        self._ticks: dict[float, list[asyncio.Future[None]]] = {}
        self._grid: dict[float, float] = {}

    def ask(self, request: Request) -> asyncio.Future[bytes]:
        """Ask the device; the future brings the contents, or Refused or Retryable."""
        future: asyncio.Future[bytes] = self._new_future()
        waiting = Waiting(request, future)
        suspect = self.suspects.get(request.unit) if self.suspects else None
        if self.down is not None or suspect is not None:
            self._ask_in_trouble(waiting, suspect)
        elif self._wire is not None and self._busy < self._parallel and not (self._turns.length or self._pauses):
            self._send(Exchange(request, [waiting]), self._wire)
        else:
            self._queue(waiting)
        return future

    def ask_all(self, requests: list[Request]) -> list[asyncio.Future[bytes]]:
        """Ask several things at once, in the fewest requests."""
        self._pauses += 1
        futures = [self.ask(request) for request in requests]
        self._resume()
        return futures

    async def tick(self, interval: float) -> None:
        """Wait for the next moment of a common grid, so that all who poll with the same interval ask together."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        waiting = self._ticks.get(interval)
        if waiting is None:
            waiting = self._ticks[interval] = []
            now = self._now()
            number = self._grid[interval] = max(now // interval, self._grid.get(interval, 0.0)) + 1  # never one twice
            self._clock.call_later(number * interval - now, lambda: self._tock(interval))
        waiting.append(turn)
        await turn

    # What the wire reports:

    def opened(self, wire: Wire) -> None:
        """Hear that a connection stands."""
        self.closed = asyncio.get_running_loop().create_future()
        self._wire, self.down, self._reopening = wire, None, False
        self._silent = 0
        self._turns.forget()
        self._pump()

    def heard(self) -> None:
        """Hear that the other side is alive."""
        self._silent = 0

    def answered(self, exchange: Exchange, unit: int, answer: bytes) -> None:
        """Take an answer, give it to those who wait, and send the next request."""
        request = exchange.request
        self._finish(exchange)
        self._silent = 0
        try:
            if unit != request.unit:
                raise WrongAnswer(f"unit {unit} answered in place of unit {request.unit}")
            data = request.data(answer)
        except WrongAnswer as error:
            self.counts.garbage += 1
            if request.unit in self.suspects:
                self._suspect(request.unit)
            exchange.fail(_failed(f"{self._name} sent a wrong answer: {error}", request))
        except NodeError as error:
            self._refused(exchange, error, answer[1])
        else:
            self.counts.answers += 1
            if self.suspects:
                self._recovered(request.unit)
            if exchange.trial is not None:
                self._turns.learn(exchange, refused=False)
            exchange.deliver(data)
        if self._delay:
            self._pause(self._delay)
        elif self._turns.length:
            self._pump()

    def lost(self, wire: Wire, reason: str) -> None:
        """Hear that the connection is gone; whoever waits for an answer over it is told."""
        if wire is not self._wire:
            return
        self._wire = None
        if not self._reopening:
            self.counts.lost += 1
            self.down, self.next_try = reason, self._now()
        for exchange in list(self._under_way):
            self._finish(exchange)
            why = f"the connection to {self._name} broke before the answer: {reason}"
            exchange.fail(_failed(why, exchange.request))
        if self.down is not None:
            self._drop_all(Retryable(f"the connection to {self._name} broke: {reason}"))
            self.suspects.clear()
        if self.closed is not None and not self.closed.done():
            self.closed.set_result(reason)

    def refuse(self, reason: str, next_try: float) -> None:
        """Hear that a connection could not be opened; what waits for it is told."""
        self.down, self.next_try = reason, next_try
        self._drop_all(self._down_error())

    def close(self) -> None:
        """Close the connection and fail all that waits."""
        if self._wire is not None:
            self._wire.close("closed")
        self.refuse("closed", self._now())

    # Sending and waiting:

    def _ask_in_trouble(self, waiting: Waiting, suspect: Suspect | None) -> None:
        if self.down is not None:
            waiting.future.set_exception(self._down_error())
            return
        assert suspect is not None
        unit = waiting.request.unit
        if suspect.trial is not None:
            suspect.waiting.append(waiting)
        elif self._now() < suspect.retry_at:
            waiting.future.set_exception(self._suspect_error(unit, suspect))
        else:
            suspect.trial = waiting.future
            waiting.future.add_done_callback(lambda future: self._tried(unit, future))
            if self._wire is not None and self._wire.tells_apart:
                exchange = Exchange(waiting.request, [waiting])
                exchange.beside = True
                self._send(exchange, self._wire)
            else:
                self._queue(waiting)
                self._pump()

    def _tried(self, unit: int, trial: asyncio.Future[bytes]) -> None:
        """Let someone else try the unit when the one who did has gone away before the answer."""
        suspect = self.suspects.get(unit)
        if suspect is None or suspect.trial is not trial:
            return
        suspect.trial = None
        waiting, suspect.waiting = suspect.waiting, []
        for other in waiting:
            if not other.future.done():
                self._ask_in_trouble(other, self.suspects.get(unit))

    def _queue(self, waiting: Waiting) -> None:
        try:
            self._turns.add(waiting)
        except Retryable as error:
            waiting.future.set_exception(error)

    def _pump(self) -> None:
        wire = self._wire
        while wire is not None and self._busy < self._parallel and not self._pauses:
            exchange = self._turns.next()
            if exchange is None:
                return
            self._send(exchange, wire)
            wire = self._wire

    def _send(self, exchange: Exchange, wire: Wire) -> None:
        exchange.sent = now = self._now()
        exchange.deadline = now + self._timeout
        self._under_way[exchange] = None
        self._busy += not exchange.beside
        self.counts.requests += 1
        if not self._watching:
            self._watching = True
            self._clock.call_later(self._timeout, self._watch)
        wire.send(exchange)

    def _finish(self, exchange: Exchange) -> None:
        del self._under_way[exchange]
        self._busy -= not exchange.beside

    def _watch(self) -> None:
        """End what is overdue. One timer serves all: every request has the same timeout, so the oldest is due first."""
        self._watching = False
        while self._under_way:
            exchange = next(iter(self._under_way))
            left = exchange.deadline - self._now()
            if left > 0.0005:  # the loop's timers may be that early
                self._watching = True
                self._clock.call_later(left, self._watch)
                return
            self._timed_out(exchange)

    def _timed_out(self, exchange: Exchange) -> None:
        wire, request = self._wire, exchange.request
        assert wire is not None
        self._finish(exchange)
        wire.forget(exchange)
        self.counts.timeouts += 1
        if exchange.noise:
            self.counts.garbage += 1
            why = f"unit {request.unit} sent {exchange.noise} bytes that are no answer to {request}"
        else:
            self._silent += 1
            why = f"unit {request.unit} did not answer within {self._timeout:g} s to {request}"
        exchange.fail(_failed(why, request))
        self._suspect(request.unit)
        if not wire.tells_apart:
            self._pause(self._timeout)  # a late answer must not be taken for the next one
        if self._reopen and self._silent >= SILENT_TIMEOUTS:
            self._reopening = True
            wire.close(f"no answer to {SILENT_TIMEOUTS} requests in a row")
        else:
            self._pump()

    def _refused(self, exchange: Exchange, error: NodeError, code: int) -> None:
        self.counts.refused += 1
        refused = isinstance(error, Refused)
        if refused and len(exchange.waiting) > 1:
            self._turns.apart(exchange)
            return
        self._turns.learn(exchange, refused)
        exchange.fail(error)
        if code == TARGET_SILENT:
            self._suspect(exchange.request.unit)
        elif self.suspects:
            self._recovered(exchange.request.unit)

    def _suspect(self, unit: int) -> None:
        known = self.suspects.get(unit)
        failures = known.failures + 1 if known else 1
        rest = min(self._retry_most, FIRST_RETRY * 2.0 ** min(failures - 1, 30))
        suspect = self.suspects[unit] = Suspect(failures, self._now() + rest)
        error = self._suspect_error(unit, suspect)
        self._turns.drop(error, unit)
        for waiting in known.waiting if known else ():
            fail(waiting, error)
        self._changed()

    def _recovered(self, unit: int) -> None:
        suspect = self.suspects.pop(unit, None)
        if suspect is not None:
            for waiting in suspect.waiting:
                self._queue(waiting)
            self._changed()

    def _drop_all(self, error: NodeError) -> None:
        self._turns.drop(error)
        for suspect in self.suspects.values():
            for waiting in suspect.waiting:
                fail(waiting, error)
            suspect.waiting.clear()

    def _suspect_error(self, unit: int, suspect: Suspect) -> Retryable:
        return Retryable(f"unit {unit} does not answer; next try in {max(0.0, suspect.retry_at - self._now()):.1f} s")

    def _down_error(self) -> Retryable:
        left = max(0.0, self.next_try - self._now())
        return Retryable(f"{self._name} is not connected: {self.down}; next try in {left:.1f} s")

    def _tock(self, interval: float) -> None:
        self._pause(0.001)  # a moment for all who wake up to ask, so that their reads are joined
        for turn in self._ticks.pop(interval):
            if not turn.done():
                turn.set_result(None)

    def _pause(self, seconds: float) -> None:
        self._pauses += 1
        self._clock.call_later(seconds, self._resume)

    def _resume(self) -> None:
        self._pauses -= 1
        self._pump()


def _failed(why: str, request: Request) -> Retryable:
    return Retryable(f"{why}; whether it took the value is not known" if request.writes else why)

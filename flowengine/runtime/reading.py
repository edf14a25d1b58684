"""Reads one source: brings what it yields to its chain, keeps it waiting while inboxes are full, starts it again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Protocol

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.node import Source
from flowengine.runtime.chains.chain import Chain
from flowengine.runtime.channel import Channel
from flowengine.runtime.delivery import Delivery, Measured
from flowengine.runtime.recorder import Recorder
from flowengine.runtime.stage import BATCH, Turn
from flowengine.telemetry.latency import Latency

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
"""Seconds before a source that broke is started again; doubles from time to time."""

TIMED = 0.1
"""Shortest time in seconds between two batches whose latency is measured: ten a second, all of a slow source."""


class Ledger(Protocol):
    """Keeps account of what sources have brought until it is stored."""

    journal: bool
    """Whether it also keeps account of sources that do not wait for acknowledgements."""
    stored_for_good: bool
    """Whether everything is stored and nothing more will be."""

    naming: bool
    """Whether messages get ids and keys that are the same when a source brings them again."""

    @property
    def full(self) -> bool:
        """Whether sources must wait."""

    def named(self, source: str, batch: list[Message]) -> list[Message]:
        """Return a batch with ids that are the same when it is brought again."""

    def keyed(self, node: str, msg: Message) -> Message:
        """Return a message for a sink with a key that is the same when it is written again."""

    @property
    def unsure(self) -> bool:
        """Whether sinks must wait, so that not too much comes to them twice after a crash."""

    async def sure(self) -> None:
        """Return when sinks need not wait."""

    async def room(self) -> None:
        """Return when sources need not wait."""

    def owe(self, source: Source, batch: list[Message]) -> None:
        """Note what a source has brought; it is acknowledged when that is stored."""


class Intake(Protocol):
    """Where messages from a source go: its part."""

    clock: Clock
    ledger: Ledger | None
    recorder: Recorder | None
    latency: Latency
    """Hears how long messages took from their source to where they were finished with."""

    def bring(self, chain: Chain, batch: list[Message], delivery: Delivery | None) -> None:
        """Give a batch to a chain."""

    def broke(self, name: str, error: Exception) -> None:
        """Deal with a source that broke."""

    def left_over(self, name: str, messages: list[Message]) -> None:
        """Keep messages that a source has yielded and that no chain takes any more, as the source stops."""


class Reading:
    """One source while it is read."""

    def __init__(self, name: str, source: Source, intake: Intake, chain: Chain, gates: list[Channel]) -> None:
        self.name = name
        self.source = source
        self.chain = chain
        """The chain behind it; a deploy may put another in its place."""
        self.gates = gates
        """The inboxes that it waits for."""
        self.ended = False
        """Whether the source has come to its own end."""
        self._intake = intake
        kind = type(source)
        self._tracked = kind.done is not Source.done or kind.taken is not Source.taken
        self._again = source.brings_again()
        self._pause = FIRST_PAUSE
        self._may_time = True
        """Whether to ask the clock if the next batch is to be timed; asked once a turn, as the clock costs."""
        self._timed_at = -TIMED
        self._bringing = False
        self._leaving: asyncio.Future[None] | None = None
        self._held: asyncio.Event | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, on_end: Callable[[str], None]) -> None:
        """Begin; `on_end` hears when the source has come to its own end."""
        self._task = asyncio.create_task(self._read(on_end), name=f"source {self.name}")

    def hold(self) -> None:
        """Bring nothing until `release`: the source stays where it is, at its yield."""
        if self._held is None:
            self._held = asyncio.Event()

    def release(self) -> None:
        """Go on."""
        if self._held is not None:
            self._held.set()
            self._held = None

    async def end(self, limit: float) -> None:
        """Stop: at once where the source waits for something new, else when what it has yielded has been brought.

        After `limit` seconds what it has yielded is given up: `left_over` hears of it, or it is not acknowledged.
        """
        task = self._task
        if task is None:
            return
        if self._bringing and limit > 0:
            self.release()
            self._leaving = asyncio.get_running_loop().create_future()
            await asyncio.wait([task, self._leaving], timeout=limit, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    async def _read(self, on_end: Callable[[str], None]) -> None:
        """Read until the source ends; one that breaks is started again, later from time to time."""
        while True:
            messages = self.source.run()
            try:
                await self._bring_all(messages)
                break
            except Exception as error:  # noqa: BLE001 - whatever a source raises, it is shown and started again
                self._intake.broke(self.name, error)
            finally:
                self._bringing = False
                close = getattr(messages, "aclose", None)
                if close is not None:
                    await close()
            await self._intake.clock.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        self.ended = True
        on_end(self.name)

    async def _bring_all(self, messages: AsyncIterator[Message | list[Message]]) -> None:
        turn = Turn()
        async for item in messages:
            self._bringing = True
            await self._bring(item if isinstance(item, list) else [item])
            self._bringing = False
            self._pause = FIRST_PAUSE
            if self._leaving is not None:
                self._leaving.set_result(None)
                await asyncio.get_running_loop().create_future()  # to be cancelled by `end`
            if await turn.over():
                self._may_time = True

    async def _bring(self, messages: list[Message]) -> None:
        for start in range(0, len(messages), BATCH):
            begun = self._begun() if self._may_time else None
            try:
                for gate in self.gates:
                    if gate.full:
                        await gate.room()
                ledger = self._intake.ledger
                if ledger is not None and not (self._again or ledger.journal):
                    ledger = None  # nobody waits for the disk
                if ledger is not None and ledger.full:
                    await ledger.room()
                while self._held is not None:
                    await self._held.wait()
            except asyncio.CancelledError:
                if not self._tracked:
                    self._intake.left_over(self.name, messages[start:])
                raise
            batch = messages[start : start + BATCH]
            if self._intake.recorder is not None:
                self._intake.recorder.take(self.name, "", batch)
            if ledger is not None:
                measured = Measured(batch, partial(self._timed, begun)) if begun is not None else None
                brought = ledger.named(self.name, batch) if ledger.naming else batch
                self._intake.bring(self.chain, brought, measured)
                if measured is not None:
                    measured.finish()
                ledger.owe(self.source, batch)
                continue
            delivery: Delivery | None = None
            if self._tracked:
                told = self._finished if begun is None else partial(self._timed_finished, begun)
                delivery = Delivery(batch, told) if self._again else Measured(batch, told)
            elif begun is not None:
                delivery = Measured(batch, partial(self._timed, begun))
            self._intake.bring(self.chain, batch, delivery)
            if delivery is not None:
                delivery.finish()

    def _finished(self, messages: list[Message]) -> None:
        """Tell the source of messages that every branch has finished with."""
        self.source.taken(messages)
        self.source.done(messages)

    # --- how long it takes ---

    def _begun(self) -> float | None:
        """Return the time if this batch is to be timed, else None."""
        self._may_time = False
        now = self._intake.clock.monotonic()
        if now - self._timed_at < TIMED:
            return None
        self._timed_at = now
        return now

    def _timed(self, begun: float, messages: list[Message]) -> None:
        self._intake.latency.add(self._intake.clock.monotonic() - begun, len(messages))

    def _timed_finished(self, begun: float, messages: list[Message]) -> None:
        self._timed(begun, messages)
        self._finished(messages)

"""Stores what a flow holds, all as of one instant, and only then tells its sources that they are done.

At that instant nothing else runs on the loop. What every node, context and feedback wire remembers is encoded if it may
have changed, and so is every message that waits in an inbox or that a stage is busy with, unless it is stored already.
A thread writes it in one transaction (`store/checkpoints.py`); when that is on disk, everything that sources brought
before the instant is finished or stored, so that they hear `done` and need not bring it again. After a crash the flow
goes on from that instant: nothing is lost, the nodes' state is exactly that of the instant, and sinks see twice at most
what was done since.

A write that fails acknowledges nothing. It is tried again, whole, until it works; meanwhile the bound on what is not
acknowledged pushes the sources back.
"""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from flowengine.flow.model import DeliveryClass
from flowengine.message import Message
from flowengine.node import Actuator, Source
from flowengine.options import state_fields
from flowengine.runtime.channel import Item
from flowengine.runtime.identity import keyed
from flowengine.runtime.spill import SpillingChannel
from flowengine.store.checkpoints import Changes, CheckpointFile, Stored, Waiting
from flowengine.store.packing import pack_message, pack_value, unpack_message
from flowengine.telemetry.look import CheckpointLook

if TYPE_CHECKING:
    from flowengine.runtime.checkpoints.memory import Memory

SHORTEST: Final = 0.005
"""Seconds between two checkpoints at least."""

SHARE: Final = 4
"""Encoding rests for so many times as long as it took, so that it has a fifth of the loop's time at most."""

LOOK: Final = 1.0
"""Seconds between two checkpoints while no source waits for one, and before a failed one is tried again."""

SPILL_PAUSE: Final = 0.05
"""Seconds until messages that an inbox has no room for are written to disk."""

MOST_UNSTORED: Final = 10_000
"""Messages from sources that are not acknowledged; beyond it the sources wait."""

MOST_AGAIN: Final = 1000
"""Messages that sinks have been given since the last checkpoint on disk, where each has a key: so many come again after
a crash at most, half of what `mqtt/subscribe` remembers. Beyond it the sinks wait for the next one."""

IDS: Final = "ids:"
"""The name in the file under which stands how far the ids of messages have counted."""

Known = dict[tuple[str, int, int], tuple[int, Message]]
"""One inbox: (port, id() of a message, how often that was seen before) -> its number in the file, and the message."""


@dataclass
class _Snapshot:
    """What is being written."""

    changes: Changes
    owed: list[tuple[Source, list[Message]]]
    waiting: int
    """Messages in `owed`."""
    given: int
    """Messages that sinks had been given and were done with."""


@dataclass
class _Kept:
    """What the file holds, as far as is needed to find out what differs from it."""

    marks: dict[str, Any] = field(default_factory=dict)
    """Name of a state -> a mark that changes when the state does, so that unchanged states are not encoded."""
    states: dict[str, bytes] = field(default_factory=dict)
    messages: dict[str, Known] = field(default_factory=dict)
    """By node."""
    finished: list[int] = field(default_factory=list)
    """Numbers of messages whose deletion failed and is tried again."""


class Checkpointing:
    """The checkpoints of one live flow."""

    def __init__(
        self,
        memory: Memory,
        file: CheckpointFile,
        first: int,
        delivery: DeliveryClass | None,
        on_trouble: Callable[[str], None],
    ) -> None:
        """Begin with a file whose content has been restored.

        Args:
            memory: what the flow holds.
            file: where to write.
            first: the number that the next message gets.
            delivery: as the flow says; if it does, also sources that bring nothing again wait until what they brought
                is stored.
            on_trouble: hears what is wrong with the store, and an empty text when it is good again.
        """
        self.file = file
        self.journal = delivery is not None
        self.naming = delivery == "effectively-once"
        self.stored_for_good = False
        """Whether the last checkpoint has been written: whatever is still here will be found by the next start."""
        self.checkpoints = 0
        self._bytes = 0
        self._seconds = 0.0
        self._stored_at = memory.live.around.clock.monotonic()
        """The instant of the newest checkpoint that is on disk."""
        self._memory, self._live = memory, memory.live
        self._number = first
        self._on_trouble = on_trouble
        self._kept = _Kept()
        self._owed: list[tuple[Source, list[Message]]] = []
        """What sources have brought since the last checkpoint."""
        self._untold: list[tuple[Source, list[Message]]] = []
        """What was brought before a checkpoint that failed: these sources hear `done` with the next that succeeds."""
        self._unstored = 0
        self._given = self._given_for_good = 0
        """Messages with keys that sinks have been given, and how many of those the last checkpoint on disk knows of."""
        self._spilling: list[SpillingChannel] = []
        """Inboxes whose overflow is being written."""
        self._whole = False
        self._trouble = ""
        self._next = 0.0
        self._wanted = asyncio.Event()
        self._waiters: list[asyncio.Future[None]] = []
        self._lock = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    # --- what readings ask for ---

    def owe(self, source: Source, batch: list[Message]) -> None:
        """Hear that a source has brought messages; it hears `done` when a checkpoint that knows them is stored."""
        self._owed.append((source, batch))
        self._unstored += len(batch)
        self._wanted.set()

    def named(self, source: str, batch: list[Message]) -> list[Message]:
        """Return messages with the ids that they get again when they are brought again."""
        return self._live.identity.named(source, batch)

    def keyed(self, node: str, msg: Message) -> Message:
        """Return a message for a sink with the key that it has again when it comes there again."""
        self._given += 1
        return keyed(self._live.plan.name, node, msg)

    @property
    def unsure(self) -> bool:
        """Whether sinks must wait, as so much would come to them again after a crash."""
        return self._given - self._given_for_good >= MOST_AGAIN

    async def sure(self) -> None:
        """Return when sinks may be given more."""
        while self.unsure:
            self._wanted.set()
            await self._next_stored()

    def want(self) -> None:
        """Hear that an inbox has no more room in memory."""
        self._live.around.clock.call_later(SPILL_PAUSE, self._wanted.set)

    @property
    def full(self) -> bool:
        """Whether so much is not stored that sources must wait."""
        return self._unstored >= MOST_UNSTORED or self._live.around.failures.full

    async def room(self) -> None:
        """Return when sources may bring more."""
        while self.full:
            await self._next_stored()

    async def _next_stored(self) -> None:
        waiter = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        await waiter

    # --- when ---

    def start(self) -> None:
        """Begin to store."""
        self._task = asyncio.create_task(self._run(), name=f"checkpoints of {self._live.plan.name}")

    async def _run(self) -> None:
        clock = self._live.around.clock
        while True:
            if not self._wanted.is_set() or self._trouble:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK):
                        await (asyncio.sleep(LOOK + 1) if self._trouble else self._wanted.wait())
            await clock.sleep(self._next - clock.monotonic())
            await self.store()

    async def store(self) -> bool:
        """Store a checkpoint of this moment; returns whether it is on disk."""
        async with self._lock:
            self._wanted.clear()
            begin = time.thread_time()  # of the processor alone: what others on the machine do is no load of ours
            instant = self._live.around.clock.monotonic()
            snapshot = self._snapshot()
            pause = SHARE * (time.thread_time() - begin)
            written = await self._write(snapshot)
            if written:
                self._stored_at, self._seconds = instant, self._live.around.clock.monotonic() - instant
            self._next = self._live.around.clock.monotonic() + max(SHORTEST, pause)
            return written

    async def finish(self) -> bool:
        """Store the last checkpoint of all; returns whether everything that is still here is on disk."""
        await self.close()
        self.stored_for_good = await self.store()
        return self.stored_for_good

    async def close(self) -> None:
        """Write no more by itself; a write under way comes to its end, so that it is known what is on disk."""
        async with self._lock:
            if self._task is not None:
                self._task.cancel()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    def look(self) -> CheckpointLook:
        """Return how the checkpoints are."""
        age = self._live.around.clock.monotonic() - self._stored_at
        return CheckpointLook(self.checkpoints, self._bytes, self._seconds, age, self._trouble)

    # --- the instant: no await in it ---

    def _snapshot(self) -> _Snapshot:
        for source, batch in self._owed:
            source.taken(batch)
        owed, self._owed, self._untold = self._untold + self._owed, [], []
        changes = Changes(finished=self._kept.finished)
        self._kept.finished = []
        self._add_states(changes)
        self._add_messages(changes)
        waiting = sum(len(batch) for _, batch in owed)
        return _Snapshot(changes, owed, waiting, self._given - self._under_way() if self.naming else 0)

    def _under_way(self) -> int:
        """Return how many messages sinks are at work on: they are stored as waiting, and so come again."""
        live = self._live
        sinks = [name for name in live.inboxes if isinstance(live.nodes[name], Actuator)]
        return sum(live.parts[name].busy(name) for name in sinks)

    def _add_states(self, changes: Changes) -> None:
        memory, kept = self._memory, self._kept
        names: set[str] = set()
        marks = self._marks()
        for name, (mark, kind, read) in marks.items():
            names.add(name)
            if mark is not None and kept.marks.get(name) == mark and not self._whole:
                continue
            try:
                data = pack_value(read())
            except ValueError as error:
                if name not in memory.unkept:
                    memory.unkept.add(name)
                    live = self._live
                    live.log.warning("%s: what %s remembers cannot be stored: %s", live.plan.name, name, error)
                continue
            kept.marks[name] = mark
            if self._whole or kept.states.get(name) != data:
                kept.states[name] = data
                changes.states[name] = Stored(kind, data)
        for name in [name for name in kept.states if name not in names]:
            del kept.states[name]
            kept.marks.pop(name, None)
            changes.forgotten.append(name)

    def _marks(self) -> dict[str, tuple[Any, str, Callable[[], Any]]]:
        """Return all there is to remember: what tells whether it has changed (None: look), its kind, how to read it."""
        live, memory = self._live, self._memory
        found: dict[str, tuple[Any, str, Callable[[], Any]]] = {}
        names = memory.remembering()
        counted = live.looking.numbers(names)
        for name in names:
            node = live.nodes[name]
            host: Any = node._host
            inbox, busy = live.inboxes.get(name), live.parts[name].busy(name)
            waiting = len(inbox.items) if inbox is not None else 0
            mark = None
            if not isinstance(node, Source) and not busy and name in counted:
                mark = (id(node), counted[name][1], waiting, host.acted)
            if state_fields(type(node)):
                found[f"node:{name}"] = (mark, node.type, node.state)
        if self.naming:
            found[IDS] = (None, "ids", live.identity.state)
        for name, context in memory.contexts().items():
            if context.changes:
                found[name] = (context.changes, "context", lambda values=context.values: values)  # type: ignore[misc]
        for name, place in memory.fed_back().items():
            found[name] = (None, "wire", lambda place=place: list(place))  # type: ignore[misc]
        return found

    def _add_messages(self, changes: Changes) -> None:
        kept = self._kept
        before, kept.messages = kept.messages, {}
        for node in self._live.inboxes:
            known = before.pop(node, {})
            now: Known = {}
            for msg, _, port in self._memory.held_up(node):
                place = (port, id(msg), 0)
                while place in now:  # the same object once more
                    place = (port, id(msg), place[2] + 1)
                found = known.pop(place, None)
                if found is None or self._whole:
                    number = self._new_number() if found is None else found[0]
                    changes.added.append(Waiting(number, node, port, pack_message(msg)))
                    found = number, msg
                now[place] = found
            if now:
                kept.messages[node] = now
            inbox = self._live.inboxes[node]
            if isinstance(inbox, SpillingChannel):
                for spilled in inbox.overflow:
                    spilled.number = spilled.number or self._new_number()
                    msg, _, port = spilled.item
                    changes.added.append(Waiting(spilled.number, node, port, pack_message(msg)))
                inbox.writing = len(inbox.overflow)
                self._spilling.append(inbox)
            changes.finished += [number for number, _ in known.values()]
        for gone in before.values():
            changes.finished += [number for number, _ in gone.values()]

    async def load(self, node: str, after: int, most: int) -> list[tuple[int, Item]]:
        """Read messages that wait for a node on disk alone."""
        found = await asyncio.to_thread(self.file.waiting, node, after, most)
        return [(one.number, (unpack_message(one.data), None, one.port)) for one in found]

    def _new_number(self) -> int:
        self._number += 1
        return self._number - 1

    def restored(self, node: str, number: int, item: Item) -> None:
        """Note that a restored message has its number in the file already."""
        msg, _, port = item
        known = self._kept.messages.setdefault(node, {})
        known[port, id(msg), 0] = number, msg

    # --- writing ---

    async def _write(self, snapshot: _Snapshot) -> bool:
        changes = snapshot.changes
        try:
            await self._live.around.failures.written()  # what became a dead letter before is in no inbox any more
            if changes:
                await asyncio.get_running_loop().run_in_executor(None, self._written, changes, self._whole)
                self.checkpoints += 1
                self._bytes += changes.size
        except (OSError, sqlite3.Error) as error:
            self._spilled(False)
            self._failed(snapshot, error)
            return False
        self._spilled(True)
        self._whole = False
        if self._trouble:
            self._trouble = ""
            self._live.log.warning("%s: checkpoints are stored again", self._live.plan.name)
            self._on_trouble("")
        for source, batch in snapshot.owed:
            source.done(batch)
        self._unstored -= snapshot.waiting
        self._given_for_good = snapshot.given
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(None)
        return True

    def _spilled(self, written: bool) -> None:
        inboxes, self._spilling = self._spilling, []
        for inbox in inboxes:
            inbox.was_stored(written)

    def _written(self, changes: Changes, anew: bool) -> None:
        if anew:
            self.file.reopen()
        self.file.write(changes)

    def _failed(self, snapshot: _Snapshot, error: Exception) -> None:
        """After a failed write nobody knows what is on disk: have the next one write everything."""
        self._whole = True
        self._untold = snapshot.owed
        self._kept.finished += snapshot.changes.finished
        self._kept.states.update(dict.fromkeys(snapshot.changes.forgotten, b""))
        if not self._trouble:
            self._trouble = f"checkpoints cannot be stored, so nothing is acknowledged: {error}"
            self._live.log.error("%s: %s; tried again every second", self._live.plan.name, self._trouble)
        self._on_trouble(self._trouble)

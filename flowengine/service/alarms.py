"""The one list of alarms of an installation: what the guard, the devices and the flows say, and what people do to it.

What stands is worked out anew from state (`safety/alarm_causes.py`), at most five times a second however much happens;
history and states go to disk in one write for each such round, beside the loop. `safety/alarms.py` decides.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Final

import msgspec

from flowengine.errors import FlowEngineError, NotAllowed, NotFound, TooLarge
from flowengine.flow.plan import PlannedNode
from flowengine.node import Rings
from flowengine.options import connection_names
from flowengine.processes.link import LinkLost
from flowengine.runtime.flows import Flows
from flowengine.safety import alarm_causes
from flowengine.safety.alarm_causes import Cause
from flowengine.safety.alarms import PRIORITIES, Alarm, Alarms, Aside, Change, Priority, State, Status
from flowengine.service.machines import Machines
from flowengine.store.alarm_history import AlarmEntry, AlarmHistory
from flowengine.telemetry.secrecy import hidden, without_secrets

LOG = logging.getLogger("flowengine.alarms")

ROUND: Final = 0.2
"""Shortest seconds between two rounds."""
QUIET_ROUND: Final = 1.0
"""Longest, where machines are guarded or alarms stand."""
SETTLING: Final = 10.0
"""Seconds after the start in which an alarm of before it is not taken for over: its flow may not run yet."""
MOST_UNSTORED: Final = 10_000
"""Entries of the history that wait for the disk; beyond it the oldest are left out, and that is said."""
MOST_SHOWN: Final = 500
"""Alarms in one look; of more, those of the lowest priority are counted only."""


class AlarmLook(msgspec.Struct, frozen=True, kw_only=True):
    """One alarm, as people see it; times are seconds since 1970-01-01 UTC."""

    name: str
    text: str
    priority: str
    area: str
    state: State
    since: float
    count: int
    aside: Aside = ""
    reason: str = ""
    by: str = ""
    """Who has put it aside."""
    until: float = 0.0
    """When it comes off the shelf."""
    seen_by: str = ""


class AlarmsLook(msgspec.Struct, frozen=True):
    """All alarms that are not normal."""

    alarms: list[AlarmLook]
    """What is to be looked at, by priority, then what was put aside."""
    unseen: int
    standing: int
    flood: bool
    left_out: int
    """How many more there are than are shown, or than there is room for."""


class AlarmDesk:
    """Keeps the list of alarms, and lets people act on it. All but `history` belongs on the engine's loop."""

    def __init__(self, engine: Flows, machines: Machines, file: Path | None = None) -> None:
        """`file` is where states and history are kept; None: in memory."""
        self.listeners: list[Callable[[], None]] = []
        """Called after each change of the list."""
        self._engine, self._machines, self._clock = engine, machines, engine.clock
        self._alarms = Alarms(self._changed)
        self._store = AlarmHistory(file)
        if self._store.damaged is not None:
            LOG.error(
                "%s was damaged: the list of alarms begins anew; %s has the one before", file, self._store.damaged
            )
        self._writer = ThreadPoolExecutor(1, "alarms")
        self._unstored: deque[AlarmEntry] = deque(maxlen=MOST_UNSTORED)
        self._touched: set[str] = set()
        self._lost = self._no_room = 0
        self._storing: asyncio.Future[None] | None = None
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._began = 0.0
        self._failing = False

    # --- life ---

    def begin(self) -> None:
        """Take back what stood when the process ended, and begin to look."""
        self._began = self._clock.monotonic()
        for name, data in self._store.states().items():
            try:
                self._take_back(msgspec.json.decode(data, type=AlarmLook))
            except (msgspec.DecodeError, TooLarge) as error:
                LOG.error("how alarm %s stood cannot be read (%s); it begins anew", name, error)
        self._engine.faults.listeners.append(self.look_again)
        self._machines.on_event.append(self.look_again)
        self._wake.set()
        self._task = asyncio.create_task(self._run(), name="alarms")

    async def end(self) -> None:
        """Look no more, and store what is known."""
        task, self._task = self._task, None
        if task is None:
            return
        self._engine.faults.listeners.remove(self.look_again)
        self._machines.on_event.remove(self.look_again)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if self._storing is not None:
            await asyncio.wait([self._storing])
        self._keep()
        await asyncio.to_thread(self._writer.shutdown)
        self._store.close()

    def look_again(self) -> None:
        """Have a round soon: something has changed."""
        self._wake.set()

    # --- looking ---

    def look(self) -> AlarmsLook:
        """Return what stands and what was put aside."""
        known = self._alarms
        rings, aside = known.listed(), known.aside()
        shown = [self._shown(one) for one in [*rings, *aside][:MOST_SHOWN]]
        unseen = sum(one.state in ("unacknowledged", "returned", "latched") for one in rings)
        standing = sum(one.active for one in rings)
        left_out = len(rings) + len(aside) - len(shown) + self._no_room + self._engine.faults.dropped
        return AlarmsLook(shown, unseen, standing, known.flood, left_out)

    def history(self, name: str = "", most: int = 100, before: int = 0) -> list[AlarmEntry]:
        """Return what happened, the newest first; from any thread, and it may wait for the disk."""
        return self._store.find(name, most, before)

    def past(self, begin: float, end: float, name: str = "", most: int = 100) -> list[AlarmEntry]:
        """Return what happened in a span to alarms with a text in their name, likewise."""
        return self._store.between(begin, end, name, most)

    # --- what people do ---

    def acknowledge(self, names: Iterable[str], by: str) -> int:
        """Say that alarms have been seen; returns how many had not been. One that is gone meanwhile is no error."""
        seen = 0
        for name in names:
            with contextlib.suppress(NotFound, NotAllowed):
                self._alarms.acknowledge(name, by)
                seen += 1
            self._see_fault(name, by)
        self._after()
        return seen

    def shelve(self, name: str, seconds: float, reason: str, by: str) -> None:
        """Put an alarm aside for a while.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: a reason or a time is missing or too long; says which.
        """
        self._alarms.shelve(name, seconds, reason, by, self._clock.monotonic())
        self._after()

    def out_of_service(self, name: str, reason: str, by: str) -> None:
        """Take an alarm out of service until somebody takes it back.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: no reason is given.
        """
        self._alarms.out_of_service(name, reason, by)
        self._after()

    def take_back(self, name: str, by: str) -> None:
        """Take an alarm from the shelf, or back into service.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: it was not put aside by a person.
        """
        self._alarms.take_back(name, by)
        self._after()

    # --- rounds ---

    async def _run(self) -> None:
        while True:
            idle = not self._alarms.known and not self._machines.watched
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(None if idle else QUIET_ROUND):
                    await self._wake.wait()
            self._wake.clear()
            try:
                await self._round()
            except Exception:
                LOG.exception("a round of the alarms failed")
            await self._clock.sleep(ROUND)

    async def _round(self) -> None:
        guard: dict[str, object] = {}
        if self._machines.watched:
            try:
                async with asyncio.timeout(3):
                    guard = await self._machines.look()
            except (FlowEngineError, LinkLost, TimeoutError) as error:
                guard = {"unknown": str(error) or "the guard does not answer"}
        causes = list(alarm_causes.of_guard(guard))
        causes += alarm_causes.of_faults(self._engine.faults.all(), self._rings, self._connection)
        self.take(causes)

    def take(self, causes: Iterable[Cause]) -> None:
        """Hear all that is so now; what is not among it is over."""
        alarms, now = self._alarms, self._clock.monotonic()
        found = set()
        self._no_room = 0
        for cause in causes:
            name = cause.alarm.name
            found.add(name)
            try:
                alarms.declare(cause.alarm)
            except TooLarge:
                self._no_room += 1
                continue
            status = alarms.known[name]
            if bool(cause.silent) != (status.aside == "suppressed"):
                alarms.suppress([name], bool(cause.silent), cause.silent)
            alarms.update(name, True, now)
            if cause.seen_by and status.state == "unacknowledged":
                alarms.acknowledge(name, cause.seen_by)
        for name, status in alarms.known.items():
            if name not in found and (status.active or status.aside == "suppressed"):
                if now - self._began < SETTLING and not name.startswith(alarm_causes.GUARD):
                    continue
                alarms.update(name, False, now)
                if not status.holds:  # it comes back from being suppressed only when there is nothing to ring for
                    alarms.suppress([name], False, "")
        alarms.tick(now)
        self._touched.update(alarms.forget_quiet())
        self._after()

    def _changed(self, change: Change) -> None:
        level = logging.WARNING if change.what in ("active", "flood") and change.priority != "low" else logging.INFO
        LOG.log(level, "alarm %s: %s%s", change.name or "list", change.what, change.text and f" ({change.text})")
        if len(self._unstored) == MOST_UNSTORED:
            self._lost += 1
        entry = {**change._asdict(), "text": hidden(change.text)}  # it is kept for years, and goes into backups
        self._unstored.append(AlarmEntry(time=self._clock.now(), **entry))
        self._touched.add(change.name)

    def _after(self) -> None:
        if not self._touched:
            return
        if self._storing is None or self._storing.done():
            self._keep()
        for listener in self.listeners:
            listener()

    def _keep(self) -> None:
        """Have stored what is new; while that goes on, more collects."""
        entries, self._unstored = list(self._unstored), deque(maxlen=MOST_UNSTORED)
        states: dict[str, bytes | None] = {}
        for name in self._touched - {""}:
            status = self._alarms.known.get(name)
            states[name] = None if status is None else without_secrets(msgspec.json.encode(self._shown(status)))
        self._touched.clear()
        if self._lost:
            text = f"{self._lost} entries before this are left out: too many alarms for the disk"
            left_out = AlarmEntry(
                time=self._clock.now(), name="", what="left out", state="", priority="high", text=text
            )
            entries, self._lost = [left_out, *entries], 0
        loop = asyncio.get_running_loop()
        self._storing = loop.run_in_executor(self._writer, partial(self._store.store, entries, states))
        self._storing.add_done_callback(self._stored)

    def _stored(self, done: asyncio.Future[None]) -> None:
        error = None if done.cancelled() else done.exception()
        if error is not None and not self._failing:
            LOG.error("alarms cannot be stored: %s; the list goes on, its history has a gap", error)
        self._failing = error is not None
        if self._touched:
            self._keep()

    # --- inside ---

    def _planned(self, flow: str, node: str) -> PlannedNode | None:
        running = self._engine.flows.get(flow)
        return None if running is None else running.plan.nodes.get(node)

    def _rings(self, flow: str, node: str) -> Rings | None:
        planned = self._planned(flow, node)
        return None if planned is None else planned.cls.rings(planned.options)

    def _connection(self, flow: str, node: str) -> str:
        planned = self._planned(flow, node)
        return "" if planned is None else next(iter(connection_names(planned.cls, planned.options)), "")

    def _see_fault(self, name: str, by: str) -> None:
        """Let a fault that an alarm stands for be seen, too."""
        flow, _, node = name.partition("/")
        self._engine.faults.acknowledge(flow, node, by, self._clock.now())

    def _shown(self, status: Status) -> AlarmLook:
        now, wall = self._clock.monotonic(), self._clock.now()
        alarm = status.alarm
        return AlarmLook(
            name=alarm.name,
            text=alarm.text,
            priority=alarm.priority,
            area=alarm.area,
            state=status.state,
            since=wall - (now - status.since),
            count=status.count,
            aside=status.aside,
            reason=status.reason,
            by=status.by,
            until=wall + status.until - now if status.aside == "shelved" else 0.0,
            seen_by=status.seen_by,
        )

    def _take_back(self, kept: AlarmLook) -> None:
        """Let an alarm stand as it did when the process ended; a shelf's time has gone on."""
        now, wall = self._clock.monotonic(), self._clock.now()
        priority: Priority = next((one for one in PRIORITIES if one == kept.priority), "medium")
        off_delay = 0.0 if kept.name.startswith(alarm_causes.GUARD) else alarm_causes.CHATTER
        self._alarms.declare(Alarm(kept.name, kept.text, priority, kept.area, off_delay=off_delay))
        status = self._alarms.known[kept.name]
        status.state, status.count, status.seen_by = kept.state, kept.count, kept.seen_by
        status.aside, status.reason, status.by = kept.aside, kept.reason, kept.by
        status.active = kept.state in ("unacknowledged", "acknowledged")
        status.since = now - max(0.0, wall - kept.since)
        status.until = now + kept.until - wall

"""The machines of an installation: takes OT's envelope into force, and lets people act at its guard.

Without `envelope.json` nothing is guarded. Where it has errors at the start, or its signature does not count, nothing
may be written to any machine until it is put right. A change while the engine runs is taken into force, if it counts,
between two looks of the guard; if it does not, the one before stays in force, and an alarm says so.
"""

from __future__ import annotations

import asyncio
import logging
import math
import os
import socket
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec

from flowengine import settings
from flowengine.access.audit import Audit
from flowengine.access.stop_ticket import make_ticket, new_key
from flowengine.access.trust import read_trust, trust_file
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError, NotAllowed, NotFound, Retryable
from flowengine.field import frames
from flowengine.field.guarded import GuardSetup, guarding_of
from flowengine.field.stop_door import MOST, SOCKET, StopDoor, StopWay, listen_at
from flowengine.flow.content import canonical
from flowengine.flow.problem import errors
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.runtime.flows import Flows
from flowengine.runtime.guard.desk import Act, described, perform
from flowengine.runtime.guard.guarding import Guarding
from flowengine.runtime.guard.road import place
from flowengine.safety.envelope import EnvelopeFile, envelope_file, read_envelope
from flowengine.safety.signature import Accepted, accept, read_signature, signature_file
from flowengine.safety.verdict import Event
from flowengine.service.folder import Stamp, stamp_of
from flowengine.service.places import check_own, recordings_to_keep
from flowengine.store.guard_state import ACCEPTED, FILE, read_state, write_state
from flowengine.workers.fleet import Fleet

LOG = logging.getLogger("flowengine.guard")

TROUBLE: Final = frozenset({"emergency-stop", "trip", "safe", "read-back", "left-out"})
"""Kinds of events that somebody should look at."""
GLANCE: Final = 1.0
"""Seconds between two looks at whether the envelope has changed."""
APART: Final = 1.0
"""Seconds between two events of one kind about one output that are told."""


class _Judged(NamedTuple):
    """An envelope that may be taken into force."""

    accepted: Accepted
    signed_by: str
    new: bool
    """Whether it is another one than the last that was in force."""


class Machines:
    """Keeps the guard's envelope current, and passes on what people do. It belongs on the engine's loop."""

    def __init__(
        self,
        path: Path,
        folder: Path,
        state: Path | None,
        registry: Registry,
        environment: Mapping[str, str],
        audit: Audit,
        clock: Clock,
    ) -> None:
        """`path` is that of the flows, `folder` where the engine keeps what it keeps."""
        self.file = envelope_file(path)
        self._approved: str | None = None
        """The envelope that IT and OT have approved, as text; None: two keys are not in force."""
        self.signed_by = ""
        self.refused = ""
        """Why the envelope is not in force, where there is one."""
        self.rejected = ""
        """Why a changed one does not count."""
        self.recordings = recordings_to_keep(path, state)
        """The folder where it is kept what the inputs say; None: nowhere."""
        self._path, self._folder, self._state = path, folder, state
        self._registry, self._environment, self._audit = registry, environment, audit
        self._clock = clock
        self.on_event: list[Callable[[], None]] = []
        """Called on the loop when the guard has told something."""
        self._last: dict[tuple[str, str], tuple[float, int]] = {}
        """Kind and output of an event -> when one was told last, and how many were not since."""
        self._writer = ThreadPoolExecutor(1, "guard record")
        self._guarding: Guarding | None = None
        self.stop_port = 0
        """Where pages press the emergency stop beside the web server; 0: nowhere."""
        self._way = StopWay(new_key())
        self._stops: StopDoor | None = None
        self._stop_sockets: list[socket.socket] = []
        self._latched: dict[str, str] = {}
        self._setup: GuardSetup | None = None
        self._engine: Engine | None = None
        self._seen: tuple[Stamp, ...] = ()
        self._watch: asyncio.Task[None] | None = None
        self._fleet: Fleet | None = None

    async def begin(self, engine: Flows) -> None:
        """Take the envelope into force, before the first flow.

        Raises:
            FlowEngineError: there is one, and the engine is run in a way in which nothing can hold it.
        """
        setup = await asyncio.to_thread(self.setup)
        if setup is None:
            return
        self.refused = setup.refused
        if setup.refused:
            LOG.error("%s; nothing is written to any machine", setup.refused)
        if isinstance(engine, Fleet):
            if engine.field is None:
                raise FlowEngineError("there is an envelope, and no field process that could hold it")
            self._fleet = engine
            engine.field.guard, engine.field.on_guard = msgspec.msgpack.encode(setup), self._told
            try:
                await engine.field.be_up()
            except OSError as error:
                raise FlowEngineError(f"the field process could not be started: {error}") from error
        elif not isinstance(engine, Engine):
            raise FlowEngineError("there is an envelope, and an engine that cannot hold it")
        else:
            self._engine = engine
            if not setup.refused:
                await self._guard_here(setup)
            place(engine, lambda: self._guarding or self.refused)
        self._watch = asyncio.create_task(self._watch_file(), name="envelope watch")
        try:
            here = os.open(self._folder, os.O_RDONLY)
            try:
                await self._listen(listen_at(here, SOCKET))
            finally:
                os.close(here)
        except OSError as error:
            LOG.error("`flowengine machines stop` goes through the web server alone: %s", error)

    def hold(self, envelope: Path, approved: str | None) -> None:
        """Guard by this file from now on, and by nothing but the text that OT and IT have approved, where they have."""
        self.file, self._approved = envelope, approved

    async def open_stop_port(self, host: str, certificate: str = "", private_key: str = "") -> None:
        """Let pages press the emergency stop beside the web server; without an envelope nothing is done."""
        if self._watch is None or self.stop_port:
            return
        self._way = StopWay(self._way.key, certificate, private_key)
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            listening = socket.create_server((host, 0), family=family, backlog=MOST)
            await self._listen(listening)
        except (OSError, FlowEngineError) as error:
            LOG.error("pages can press the emergency stop through the web server alone: %s", error)
        else:
            self.stop_port = listening.getsockname()[1]

    async def _listen(self, listening: socket.socket) -> None:
        self._stop_sockets.append(listening)
        if self._fleet is not None and self._fleet.field is not None:
            await self._fleet.field.take_stops(msgspec.msgpack.encode(self._way), listening)
            return
        if self._stops is None:
            self._stops = StopDoor(self._press, self._way, self._clock)
        self._stops.way = self._way
        await self._stops.open(listening)

    def _press(self, cause: str, by: str) -> None:
        if self._guarding is None:
            raise NotFound(self.refused)
        self._guarding.emergency_stop(cause, by)

    def stop_ticket(self, user: str) -> str:
        """Return what a page needs to press the emergency stop at `stop_port`; the user has been judged by who asks."""
        return make_ticket(self._way.key, user, self._clock.now())

    async def _guard_here(self, setup: GuardSetup) -> None:
        """Have this process hold an envelope, in the place of one that it holds already."""
        engine, before = self._engine, self._guarding
        assert engine is not None
        around = engine.around
        types = {name: entry.cls for name, entry in self._registry.types.items()}
        guarding = guarding_of(setup, types, around.connections, engine.clock, engine.observer, self._told)
        await (guarding.start() if before is None else guarding.succeed(before))
        self._guarding = guarding

    async def end(self) -> None:
        """Make safe what is armed, after the last flow."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        if self._guarding is not None:
            await self._guarding.stop()
        if self._stops is not None:
            self._stops.close()
        for listening in self._stop_sockets:
            listening.close()
        if self._stop_sockets:
            (self._folder / SOCKET).unlink(missing_ok=True)
        await asyncio.to_thread(self._writer.shutdown)

    def limits(self) -> EnvelopeFile | None:
        """Read the envelope that flows are held against, from any thread; None: there is none, or it has errors."""
        if not self.file.exists():
            return None
        found = read_envelope(self.file, self._registry, self._environment, settings.secret)
        return None if found.envelope is None or errors(found.problems) else found

    def setup(self) -> GuardSetup | None:
        """Return what the guard is told at the start; None: there is no envelope."""
        self._seen = self._stamp()
        if not self.file.exists():
            return None
        try:
            found, accepted = self._judged()
        except FlowEngineError as error:
            self._record("envelope-refused", str(error))
            return GuardSetup(refused=str(error))
        self._note(accepted)
        self._setup = self._setup_of(found)
        return self._setup

    def _setup_of(self, found: EnvelopeFile) -> GuardSetup:
        return GuardSetup(
            found.json.text,
            dict(self._environment),
            str(self._folder / FILE),
            latched=self._latched,
            recordings=str(self.recordings or ""),
            record_hours=settings.record_hours(),
        )

    def _judged(self) -> tuple[EnvelopeFile, _Judged]:
        """Read the envelope and its signature.

        Raises:
            FlowEngineError: it may not be taken into force; says why.
        """
        found = read_envelope(self.file, self._registry, self._environment, settings.secret)
        problems = errors(found.problems)
        if problems or found.envelope is None:
            first = str(problems[0]) if problems else "it cannot be read"
            raise NotAllowed(f"the envelope has {len(problems)} errors, such as {first}")
        if self._approved is not None and canonical(self.file.name, found.json.text) != self._approved:
            raise NotAllowed(f"{self.file} is not the envelope that IT and OT have approved")
        check_own(self._folder)
        trust = read_trust(trust_file(self._path, self._state))
        before, file = None, self._folder / ACCEPTED
        kept = read_state(file)
        if kept is not None:
            try:
                before = msgspec.convert(kept, Accepted)
            except msgspec.ValidationError:
                raise NotAllowed(f"{file} cannot be read: nothing says which envelope was in force last") from None
        signature = read_signature(self.file)
        accepted = accept(found.json, signature, trust, before)
        return found, _Judged(accepted, trust.key(signature.key).name, accepted != before)

    def _note(self, judged: _Judged) -> None:
        """Note which envelope is in force, so that none that is older is taken after it."""
        self.signed_by = judged.signed_by
        if judged.new:
            write_state(self._folder / ACCEPTED, msgspec.to_builtins(judged.accepted))
            text = f"version {judged.accepted.version}, signed by {self.signed_by}"
            self._record("envelope", text, judged.accepted.sha256)

    # --- a change while the engine runs ---

    async def _watch_file(self) -> None:
        """Look once a second whether what makes the envelope count has changed, and take it when all stands still."""
        last = self._seen
        while True:
            await self._clock.sleep(GLANCE)
            stamp = self._stamp()
            if stamp == last != self._seen:  # one of them may still be on its way
                self._seen = stamp
                await self.take_changed()
            last = stamp

    async def take_changed(self) -> None:
        """Take the envelope as it stands now into force, or say why the one before stays."""
        try:
            found, judged = await asyncio.to_thread(self._judged)
            setup = self._setup_of(found)
            if judged.new or self.refused or self._setup is None or setup.envelope != self._setup.envelope:
                await asyncio.to_thread(self._note, judged)  # what could not be noted could be taken back unseen
                if self._fleet is not None and self._fleet.field is not None:
                    await self._fleet.field.exchange_guard(msgspec.msgpack.encode(setup))
                else:
                    await self._guard_here(setup)
                self._setup = setup
            self.rejected = self.refused = ""
        except Exception as error:  # noqa: BLE001 - whatever it is: what was in force stays
            why = str(error)
            if isinstance(error, Retryable | OSError):
                self._seen = ()  # it passes: the next look tries again
            if why != self.rejected:
                stays = "nothing is written to any machine" if self.refused else "the one before stays in force"
                LOG.error("%s; %s", why, stays)
                self._record("envelope-refused", why)
            self.rejected = why
            if self.refused:
                self.refused = why
        for listener in self.on_event:
            listener()

    def _stamp(self) -> tuple[Stamp, ...]:
        """Return what tells whether envelope, signature, or whose signatures count have changed."""
        files = (self.file, signature_file(self.file), trust_file(self._path, self._state))
        return tuple(stamp_of(file) for file in files)

    def _record(self, what: str, text: str, sha256: str = "") -> None:
        details = {"text": text, **({"sha256": sha256} if sha256 else {})}
        self._audit.record(what, about=self.file.name, details=details, must=False)

    def _told(self, event: Event) -> None:
        """Have an event recorded; the loop does not wait for the disk.

        Of events of one kind about one output, one a second is told: a sensor that flutters must not fill the record.
        """
        self._latch(event)
        for listener in self.on_event:
            listener()
        key, now = (event.kind, event.output), self._clock.monotonic()
        last, left_out = self._last.get(key, (-math.inf, 0))
        if now - last < APART and not event.by:
            self._last[key] = last, left_out + 1
            return
        self._last[key] = now, 0
        usual = logging.DEBUG if event.kind == "write" else logging.INFO
        level = logging.WARNING if event.kind in TROUBLE else usual
        LOG.log(level, "%s%s%s", event.output and f"{event.output}: ", event.text, event.by and f" ({event.by})")
        details: dict[str, Any] = {"text": event.text, **(event.details or {})}
        if left_out:
            details["left_out"] = left_out
        kind, by, about = f"guard-{event.kind}", event.by, event.output
        record = partial(self._audit.record, kind, by, about, details=details, must=False)
        asyncio.get_running_loop().run_in_executor(self._writer, record)

    def _latch(self, event: Event) -> None:
        """Keep what must hold, so that a field process that takes the place of a killed one begins with it."""
        before = dict(self._latched)
        if event.kind in ("emergency-stop", "trip"):
            self._latched.setdefault(event.output, event.text)
        elif event.kind == "reset":
            self._latched.pop(event.output, None)
        if self._latched != before and self._fleet is not None and self._fleet.field is not None and self._setup:
            self._fleet.field.guard = msgspec.msgpack.encode(self._setup)

    @property
    def held(self) -> bool:
        """Whether a guard holds an envelope now, so that how machines stand can change."""
        return self._guarding is not None or (self._fleet is not None and not self.refused)

    @property
    def watched(self) -> bool:
        """Whether there is an envelope, in force or not, so that there is something to be told of machines."""
        return self.held or bool(self.refused)

    # --- what people do ---

    async def look(self) -> dict[str, Any]:
        """Return how the machines stand; `guarded` says whether there is an envelope at all."""
        answer: dict[str, Any] = {
            "guarded": self.held or self.file.exists(),
            "refused": self.refused,
            "rejected": "" if self.refused else self.rejected,
            "signed_by": self.signed_by,
        }
        if self._guarding is not None:
            return answer | described(self._guarding)
        if self._fleet is not None and self._fleet.field is not None and not self.refused:
            found: dict[str, Any] = await self._fleet.field.ask_guard(frames.GuardLook())
            return answer | found
        return answer

    async def act(self, act: Act) -> str:
        """Do what a person asks; he may, and it is recorded by whoever calls. Returns what is to be known of it.

        Raises:
            NotFound: there is no such output or group, or no envelope in force.
            NotAllowed: it cannot be done as things stand; says why.
            NodeError: the device did not take the value.
        """
        if self._guarding is not None:
            return await perform(self._guarding, act)
        if self._fleet is not None and self._fleet.field is not None and not self.refused:
            field, request = self._fleet.field, frames.GuardAct(msgspec.msgpack.encode(act))
            return str(await (field.press(request) if act.what == "stop" else field.ask_guard(request)))
        raise NotFound(self.refused or f"there is no {self.file.name}: nothing is guarded")

"""The machines of an installation: takes OT's envelope into force at the start, and lets people act at its guard.

Without `envelope.json` nothing is guarded. With one that has errors, or whose signature does not count, nothing may be
written to any machine until it is put right and the engine started again.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Final

import msgspec

from flowengine import settings
from flowengine.access.audit import Audit
from flowengine.access.trust import read_trust, trust_file
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError, NotAllowed, NotFound
from flowengine.field import frames
from flowengine.field.guarded import GuardSetup, guarding_of
from flowengine.flow.problem import errors
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.runtime.flows import Flows
from flowengine.runtime.guard_desk import Act, described, perform
from flowengine.runtime.guarding import Guarding, place, refuse_all
from flowengine.safety.envelope import EnvelopeFile, envelope_file, read_envelope
from flowengine.safety.signature import Accepted, accept, read_signature
from flowengine.safety.verdict import Event
from flowengine.store.guard_state import ACCEPTED, FILE, read_state, write_state
from flowengine.workers.fleet import Fleet

LOG = logging.getLogger("flowengine.guard")

TROUBLE: Final = frozenset({"emergency-stop", "trip", "safe", "read-back", "left-out"})
"""Kinds of events that somebody should look at."""
APART: Final = 1.0
"""Seconds between two events of one kind about one output that are told."""


class Machines:
    """Everything but the beginning belongs on the engine's loop."""

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
        self.signed_by = ""
        self.refused = ""
        """Why the envelope is not in force, where there is one."""
        self._path, self._folder, self._state = path, folder, state
        self._registry, self._environment, self._audit = registry, environment, audit
        self._clock = clock
        self.on_event: list[Callable[[], None]] = []
        """Called on the loop when the guard has told something."""
        self._last: dict[tuple[str, str], tuple[float, int]] = {}
        """Kind and output of an event -> when one was told last, and how many were not since."""
        self._writer = ThreadPoolExecutor(1, "guard record")
        self._guarding: Guarding | None = None
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
        elif setup.refused:
            refuse_all(engine, setup.refused)
        else:
            around = engine.around
            self._guarding = guarding_of(
                setup, self._types(), around.connections, engine.clock, engine.observer, self._told
            )
            await self._guarding.start()
            place(engine, self._guarding)

    async def end(self) -> None:
        """Make safe what is armed, after the last flow."""
        if self._guarding is not None:
            await self._guarding.stop()
        await asyncio.to_thread(self._writer.shutdown)

    def setup(self) -> GuardSetup | None:
        """Return what the guard is told; None: there is no envelope."""
        if not self.file.exists():
            return None
        found = read_envelope(self.file, self._registry, self._environment, settings.secret)
        try:
            self._take_into_force(found)
        except FlowEngineError as error:
            self._record("envelope-refused", str(error))
            return GuardSetup(refused=str(error))
        return GuardSetup(found.json.text, dict(self._environment), str(self._folder / FILE))

    def _take_into_force(self, found: EnvelopeFile) -> None:
        problems = errors(found.problems)
        if problems or found.envelope is None:
            first = str(problems[0]) if problems else "it cannot be read"
            raise NotAllowed(f"the envelope has {len(problems)} errors, such as {first}")
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
        self.signed_by = trust.key(signature.key).name
        if accepted != before:
            write_state(file, msgspec.to_builtins(accepted))
            self._record("envelope", f"version {accepted.version}, signed by {self.signed_by}", accepted.sha256)

    def _record(self, what: str, text: str, sha256: str = "") -> None:
        details = {"text": text, **({"sha256": sha256} if sha256 else {})}
        self._audit.record(what, about=self.file.name, details=details, must=False)

    def _types(self) -> dict[str, Any]:
        return {name: entry.cls for name, entry in self._registry.types.items()}

    def _told(self, event: Event) -> None:
        """Have an event recorded; the loop does not wait for the disk.

        Of events of one kind about one output, one a second is told: a sensor that flutters must not fill the record.
        """
        for listener in self.on_event:
            listener()
        key, now = (event.kind, event.output), self._clock.monotonic()
        last, left_out = self._last.get(key, (-math.inf, 0))
        if now - last < APART and not event.by:
            self._last[key] = last, left_out + 1
            return
        self._last[key] = now, 0
        level = logging.WARNING if event.kind in TROUBLE else logging.INFO
        LOG.log(level, "%s%s%s", event.output and f"{event.output}: ", event.text, event.by and f" ({event.by})")
        details: dict[str, Any] = {"text": event.text}
        if left_out:
            details["left_out"] = left_out
        kind, by, about = f"guard-{event.kind}", event.by, event.output
        record = partial(self._audit.record, kind, by, about, details=details, must=False)
        asyncio.get_running_loop().run_in_executor(self._writer, record)

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
        answer: dict[str, Any] = {"guarded": self.file.exists(), "refused": self.refused, "signed_by": self.signed_by}
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
            return str(await self._fleet.field.ask_guard(frames.GuardAct(msgspec.msgpack.encode(act))))
        raise NotFound(self.refused or f"there is no {self.file.name}: nothing is guarded")

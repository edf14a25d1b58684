"""A folder of flows and the engine that runs them: the one thing that the command line and the web talk to."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from flowengine import settings
from flowengine.access.audit import Audit, audit_folder
from flowengine.access.secret_store import SecretStore, secrets_file
from flowengine.clock import Clock
from flowengine.flow.diff import FlowDiff, diff
from flowengine.flow.file import from_data
from flowengine.flow.model import Flow
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry
from flowengine.runtime.flows import DRAIN
from flowengine.service.alarms import AlarmDesk
from flowengine.service.answers import (
    Checked,
    Deploy,
    Deployed,
    FlowDetail,
    FlowSummary,
    History,
    OldFlow,
    Outside,
    Preview,
    ProjectSummary,
    Replayed,
    Tried,
    Try,
)
from flowengine.service.archives import Archives
from flowengine.service.changes.requests import ChangeRequests
from flowengine.service.changes.two_keys import TwoKeys
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents
from flowengine.service.deploys.conflicts import Conflicts
from flowengine.service.deploys.deploying import Deploying
from flowengine.service.deploys.steps import Steps
from flowengine.service.deploys.switch import Taps
from flowengine.service.deploys.taking import Taking
from flowengine.service.describing import Describing
from flowengine.service.engines import engine_for
from flowengine.service.folder import Folder
from flowengine.service.machines import Machines
from flowengine.service.past import Past
from flowengine.service.places import (
    alarms_file,
    check_own,
    checkpoints_folder,
    context_file,
    dead_letters_file,
    own_folder,
    web_file,
)
from flowengine.service.retrying import Retrying
from flowengine.service.running import Running
from flowengine.service.shared_context import KeptContext
from flowengine.service.standing import Standing
from flowengine.service.starting import start_all
from flowengine.service.trying import Trying
from flowengine.service.turns import Turns
from flowengine.service.who import Who
from flowengine.store.choice import revisions_for
from flowengine.store.dead_letters import DeadLetter, DeadLetters
from flowengine.store.drafts import Drafts
from flowengine.store.flow_files import settle
from flowengine.store.holding import HeldFolder
from flowengine.store.revisions import MOST_ENTRIES
from flowengine.workers.settings import Workers

LOG = logging.getLogger("flowengine.service")

GLANCE = 1.0
"""Seconds between looks at the folder."""


class Service:
    """A folder of flows and the engine that runs them.

    Coroutines belong on the engine's loop; all else may be called from any other thread, and may wait for the disk.
    """

    def __init__(
        self,
        path: Path,
        registry: Registry,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        state: Path | None = None,
        workers: Workers | None = None,
    ) -> None:
        """Read the flows.

        `state` is the folder for what the engine keeps; None: a folder beside the flows. `workers` says how flows are
        spread over processes; None: all run in this one.

        Raises:
            NotAllowed: another engine uses that folder, or a restore into it was interrupted.
            OSError: what is kept there cannot be opened.
        """
        self.path = path
        self.registry = registry
        folder = Folder(path)
        self.folder = folder.folder
        given = settings.environment() if environment is None else environment
        self.environment = {**given, settings.FOLDER: str(self.folder.absolute())}
        self._own = own = own_folder(path, state)
        self._held = HeldFolder(own)
        self._checkpoints = checkpoints_folder(path, state)
        self.audit = Audit(audit_folder(path, state), clock)
        settings.keep_secrets_in(SecretStore(secrets_file(path, state)).find)
        self.dead_letters = DeadLetters(dead_letters_file(path, state), mend=True)
        self.engine = engine_for(path, state, registry, workers, self.dead_letters, self.environment, clock)
        self.machines = Machines(path, own, state, registry, self.environment, self.audit, self.engine.clock)
        self.alarms = AlarmDesk(self.engine, self.machines, alarms_file(path, state))
        self.context = KeptContext(self.engine.shared, context_file(path, state), self.engine.clock)
        kept = web_file(path, state)
        self.revisions = revisions_for(self.folder, kept, self.engine.clock)
        self.drafts = Drafts(kept, self.engine.clock)
        conflicts = Conflicts(self.revisions)
        self._standing = Standing(folder, self.engine, conflicts)
        self._checking = Checking(registry, self.environment)
        self._describing = Describing(self._standing, self._checking, self.revisions)
        steps = Steps(self._standing, self._checking, self.revisions)
        self.keys = TwoKeys(path, own, self._standing, self._checking, self.audit, self.engine.clock)
        self.keys.on_envelope = self.machines.hold
        self._deploying = Deploying(self._standing, steps, conflicts, self._checking, self.keys, self.machines.limits)
        self._taking = Taking(self._standing, steps, self.revisions, self._checking, self.keys)
        self._running = Running(self._standing, self._checking, self.dead_letters)
        self._past = Past(self._standing, self.revisions)
        self.archives = Archives(self._standing, registry, self.environment)
        self._trying = Trying(registry, self.environment)
        self._retrying = Retrying(self._standing, self._start_again, self.engine.clock)
        self._turns = Turns(self._standing, self._retrying.begin)
        self.changes = ChangeRequests(
            self.keys, self._standing, self._deploying, self.audit, self.engine, kept, self._turns.deploy
        )
        self._watch: asyncio.Task[None] | None = None

    # --- what there is ---

    @property
    def project(self) -> Project:
        """The flows that run, or would run: as they were deployed last, or taken from disk."""
        return self._standing.live.project

    @property
    def live(self) -> Contents:
        """The same with their revisions."""
        return self._standing.live

    @property
    def disk(self) -> Contents:
        """What the folder held at the last look."""
        return self._standing.disk

    @property
    def on_project_change(self) -> list[Callable[[], None]]:
        """Called on the loop after a flow was deployed, changed outside, started, stopped or failed."""
        return self._standing.on_change

    @property
    def on_deployed(self) -> list[Callable[[str, str, str], None]]:
        """Called on the loop with flow, its revision (empty: removed) and the user, for each flow of a deploy."""
        return self._standing.on_deployed

    # --- life ---

    async def start(
        self,
        taps: Taps = lambda plan: {},
        strict: bool = True,
        watch: bool = False,
        before: Callable[[Plan], Awaitable[None]] | None = None,
    ) -> None:
        """Check all flows, then deploy them.

        Where `strict`, nothing starts unless all are sound. Otherwise those that are sound start, the others are shown
        as broken or failed, and an empty folder is fine. `watch`: look at the folder once a second. `before` is awaited
        before each flow that starts now, when the machines are guarded.

        Raises:
            FlowInvalid: (strict) a flow, or the folder itself, has errors.
            DeployFailed: (strict) a flow did not start; those before it run on.
            FlowEngineError: git tracks what the engine keeps, or the machines cannot be guarded.
        """
        self._standing.taps = taps
        await asyncio.to_thread(check_own, self._own)
        await self.keys.begin()
        await self.changes.begin()
        await self.engine.start()
        await self.context.begin()
        await self.machines.begin(self.engine)
        self.alarms.begin()
        await asyncio.to_thread(settle, self._checkpoints, self.dead_letters, self.project.flows)
        await start_all(self._standing, self._checking, strict, before)
        self._retrying.begin()
        if watch:
            self._watch = asyncio.create_task(self._look_again_and_again(), name="folder watch")

    async def stop(self, drain: float = DRAIN) -> None:
        """Let a deploy under way come to its end, then drain and stop everything; nothing acknowledged is lost."""
        self._turns.stopping = True
        if self._watch is not None:
            self._watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._watch
        await self.changes.end()
        await self._retrying.end()
        async with self._turns.lock:
            await self.alarms.end()  # first: that processes end now is no alarm
            await self.engine.stop(drain)
            await self.context.end()
            await self.machines.end()
        self.dead_letters.close()
        self.drafts.close()
        self.revisions.close()
        self._held.let_go()

    async def _look_again_and_again(self) -> None:
        while True:
            await self.engine.clock.sleep(GLANCE)
            await self.rescan()

    async def _start_again(self, flow: str) -> None:
        """Start a flow that waits for its store, unless somebody has seen to it meanwhile."""
        async with self._turns.lock:
            if flow in self._standing.passing and not self._turns.stopping:
                await self._running.start(flow)

    async def rescan(self) -> bool:
        """Look at the folder now; returns whether it holds something else than at the last look."""
        async with self._turns.lock:
            if self.keys.in_force:
                await asyncio.to_thread(self.keys.hold)
            return await self._standing.look()

    # --- looking ---

    def summary(self) -> ProjectSummary:
        """Return the folder and how its flows are."""
        return self._describing.project()

    def detail(self, flow: str, disk: bool = False) -> FlowDetail:
        """Return a flow as it was deployed, or as its file holds it now.

        Raises:
            NotFound: there is no such flow.
        """
        return self._describing.detail(flow, disk)

    def check(self, name: str, flow: Any, connections: Any = None, drafts: Mapping[str, Any] | None = None) -> Checked:
        """Check a flow that is being edited, a file's JSON value, among its neighbours; nothing of it is kept.

        `connections` are the shared ones to check it with; None: those that run. `drafts` are neighbours that are
        being edited too, by name: they stand for those that run.
        """
        return self._checking.candidate(name, flow, connections, self.live, drafts or {})

    def diff(self, old: Any, new: Any) -> FlowDiff:
        """Return what changed from one content of a flow to another, files' JSON values; None: it is not there.

        Raises:
            FlowInvalid: the form of one is broken.
        """
        before, after = (None if data is None else from_data(data) for data in (old, new))
        return diff(before, after)

    def history(self, flow: str, most: int = MOST_ENTRIES) -> History:
        """Return the revisions of a flow, the newest first.

        Raises:
            NotFound: there is no such flow, and never was.
        """
        return self._past.history(flow, most)

    def old(self, flow: str, id: str) -> OldFlow:
        """Return a flow as it was, and what changed since.

        Raises:
            NotFound: it has no such revision.
        """
        return self._past.old(flow, id)

    def try_node(self, request: Try) -> Tried:
        """Run a transform alone on sample messages; what is wrong is said in the answer. Takes 2.5 s at most."""
        return self._trying.run(request)

    def runs_code(self, type: str) -> bool:
        """Say whether nodes of a type run code that can do whatever the engine can."""
        found = self.registry.types.get(type)
        return found is not None and bool(found.cls.runs_code)

    def letters(self, flow: str = "", node: str = "", most: int = 100, before: int = 0) -> list[DeadLetter]:
        """Return dead letters, the newest first: of a flow, of a node in it, with numbers below `before`."""
        return self.dead_letters.find(flow, node, most, before)

    def snapshot(self) -> dict[str, Any]:
        """Return the state of everything as JSON values."""
        return self.engine.snapshot()

    def plan(self, flow: Flow) -> Plan:
        """Check a flow and make it ready to run.

        Raises:
            FlowInvalid: it has errors.
        """
        return plan_flow(flow, self.project, self.registry, self.environment, settings.secret)

    # --- deploying ---

    async def preview(self, request: Deploy) -> Preview:
        """Say what a deploy would do: differences, problems, conflicts, restarts, machines it can reach."""
        return await self._deploying.preview(request)

    async def deploy(self, request: Deploy, who: Who) -> Deployed:
        """Put flows live, write their files, keep the revisions: all of it or nothing, one deploy after another.

        It goes on when the caller no longer waits. What could not be committed is a warning in the answer.

        Raises:
            OutOfDate: a base is not what stands on disk; `conflicts` says what does.
            DeployInvalid: what would run has errors.
            DeployFailed: a flow did not start, or a file could not be written; what ran before runs on.
        """
        return await self._turns.deploy(lambda: self._deploying.deploy(request, who), who)

    async def outside(self) -> Outside:
        """Say what was changed outside, by an editor or `git pull`, and what taking all of it would do."""
        return await self._taking.outside()

    async def take(self, names: Sequence[str], who: Who, seen: Mapping[str, str] | None = None) -> Deployed:
        """Run what files hold now that were changed outside; no names: all that differs.

        Changed subflows that a named flow uses come along; `connections.json` is a name too. `seen` are the revisions
        that the caller has looked at; None: whatever stands there.

        Raises:
            NotFound: there is no such flow.
            OutOfDate: a file holds something else than what was seen.
            DeployInvalid: what would run has errors.
            DeployFailed: a flow did not start; what ran before runs on.
        """
        return await self._turns.deploy(lambda: self._taking.take(list(names), who, seen), who)

    # --- running ---

    async def run(self, flow: str, run: bool, who: Who) -> FlowSummary:
        """Start or stop a flow until its next deploy, or the next start of the engine; its file stays as it is.

        Raises:
            NotFound: there is no such flow.
            NotAllowed: it is a subflow, or disabled.
            FlowInvalid: it has errors.
            DeployFailed: it did not start.
        """
        LOG.info("%s %s flow %s", who.name, "starts" if run else "stops", flow)
        await self._turns.change(lambda: self._running.start(flow) if run else self._running.stop(flow, DRAIN))
        return await asyncio.to_thread(self._describing.summary, flow)

    async def inject(self, flow: str, node: str, message: Mapping[str, Any] | None, port: str, who: Who) -> None:
        """Give a message to a node, or press its button (None). Never a message to an actuator.

        Raises:
            NotFound: there is no such running flow, node, port or button.
            NotAllowed: the node is an actuator.
            BadData: the message cannot be one.
        """
        await self._running.inject(flow, node, message, port)

    async def operate(self, flow: str, node: str, value: Any, who: Who) -> None:
        """Do what an operator did to a node's widget.

        Raises:
            NotFound: there is no such flow or node, or nothing can be moved there.
            BadData: the value does not fit.
        """
        await self._running.operate(flow, node, value)

    async def replay(self, numbers: Iterable[int]) -> Replayed:
        """Give dead letters back to the nodes where they failed, and forget them."""
        return await self._running.replay(numbers)

    def delete_letters(self, numbers: Iterable[int]) -> Replayed:
        """Delete dead letters for good."""
        return self._running.delete(numbers)

    async def replay_requested(self) -> int:
        """Give back the dead letters that someone has asked to replay from another process; returns how many."""
        return await self._running.replay_requested()

"""All live flows: deploy, inject, look, stop."""

from __future__ import annotations

import asyncio
import os
import weakref
from collections.abc import Awaitable, Callable, Collection, Generator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flowengine import settings
from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.errors import DeployFailed, NotFound
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.node import Status
from flowengine.runtime.chains.watched import Budget
from flowengine.runtime.changes import DeployOutcome, restarts
from flowengine.runtime.connections import Connections
from flowengine.runtime.failures import Failures
from flowengine.runtime.flows import DONE, DRAIN, Mode
from flowengine.runtime.host import host_of
from flowengine.runtime.inboxes import spilling
from flowengine.runtime.live import LiveFlow
from flowengine.runtime.recorder import recorder_of
from flowengine.runtime.redeploy import redeploy
from flowengine.runtime.surroundings import Surroundings
from flowengine.runtime.widgets import NodeWidget
from flowengine.runtime.wiring import Tap
from flowengine.store.dead_letters import DeadLetters
from flowengine.store.flow_files import settle_aside
from flowengine.telemetry.faults import Faults
from flowengine.telemetry.look import FlowLook, ProcessLook
from flowengine.telemetry.observer import Observer, Watch
from flowengine.telemetry.traces import Trace
from flowengine.whole_types import make_whole

EXPIRY = 1.0
"""Seconds between looks at whether nodes that failed a message are good again."""


class Engine:
    """Runs flows on the event loop it is used from: the `Flows` of this process."""

    def __init__(
        self,
        clock: Clock | None = None,
        dead_letters: DeadLetters | None = None,
        environment: Mapping[str, str] | None = None,
        on_status: Callable[[str, str, Status], None] = lambda flow, node, status: None,
        on_failure: Callable[[str, str, Exception, Message | None], None] = lambda flow, node, error, msg: None,
        checkpoints: Path | None = None,
        faults: Faults | None = None,
        recordings: Path | None = None,
    ) -> None:
        """Make an engine without flows.

        `checkpoints` is the folder where flows store what they hold; None: they hold it in memory alone. `recordings`
        is where it is kept what the outside world tells flows that command a machine; None: nowhere.
        """
        make_whole()
        self.clock = clock or Clock()
        self.dead_letters = DeadLetters() if dead_letters is None else dead_letters
        self.flows: dict[str, LiveFlow] = {}
        self.changed: list[Callable[[], None]] = []
        self.observer = Observer(self.clock)
        self.faults = faults or Faults(self.clock.now, self.clock.monotonic)
        self.around = Surroundings(
            clock=self.clock,
            connections=Connections(self.clock, self.observer),
            failures=Failures(self.dead_letters, self._stored),
            observer=self.observer,
            budget=Budget(self.clock),
            environment=os.environ if environment is None else environment,
            on_status=self._status,
            on_failure=on_failure,
            on_trouble=self._trouble,
            on_recovery=self.faults.passed,
            on_exchange=self._exchanged,
            checkpoints=checkpoints,
            on_store=self._stored,
        )
        if recordings is not None:
            hours = settings.record_hours()
            self.around.recorder = partial(recorder_of, recordings, self.clock, hours)
        self._on_status = on_status
        self._locks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def shared(self) -> MemoryContext:
        """The context of scope `global`."""
        return self.around.shared

    @property
    def checkpoints(self) -> Path | None:
        """The folder where flows store what they hold; None: nowhere."""
        return self.around.checkpoints

    def processes(self) -> list[ProcessLook]:
        """Return none: all flows run in this process."""
        return []

    async def start(self) -> None:
        """Begin to send traces, if the variables of the process ask for it."""
        self.observer.begin_tracing(os.environ)

    async def deploy(
        self,
        plan: Plan,
        taps: Mapping[str, Tap] | None = None,
        drain: float = DRAIN,
        mode: Mode = "nodes",
    ) -> DeployOutcome:
        """Run a plan in place of the one of the same name.

        Nodes that differ restart, the others go on with all they have (see `redeploy.py`). With mode `flows` the old
        flow is drained and stopped as a whole before the new one starts, which begins with empty stores. Where
        variables of the flow differ the flow is exchanged as a whole, too, but the new one goes on with what the old
        one held. If something does not start, the old flow runs on.

        Args:
            plan: what to run.
            taps: functions that see messages, by node; None: those that are there already.
            drain: seconds that what stops may take to finish what is under way.
            mode: what restarts.

        Raises:
            DeployFailed: the new plan did not start; says whether the old one runs.
        """
        async with self._lock(plan.name):
            old = self.flows.get(plan.name)
            try:
                if old is not None and mode == "nodes" and _same_setting(old.plan, plan):
                    outcome = await redeploy(old, plan, taps, drain)
                else:
                    outcome = restarts(None, plan)
                    await self._exchange(plan, old, taps, drain, forget=mode == "flows")
            except DeployFailed as error:
                if plan.name not in self.flows:
                    self.faults.flow_failed(plan.name, str(error))
                raise
            self.faults.flow_good(plan.name)
            return outcome

    async def _exchange(
        self, plan: Plan, old: LiveFlow | None, taps: Mapping[str, Tap] | None, drain: float, forget: bool
    ) -> None:
        """Stop the old flow, if there is one, and start the new one; if that fails, the old one again.

        With `forget` the new one begins anew, else it goes on with what the old one held.
        """
        if taps is None and old is not None:
            taps = {name: tap for name, tap in old.taps.items() if name in plan.nodes}
        new = LiveFlow(plan, self.around, taps)
        if old is None:
            await new.start()
            self.flows[plan.name] = new
            return
        del self.flows[plan.name]
        kept = list(old.connected)
        for connection in kept:  # so that a connection both plans use is not closed in between
            await self.around.connections.acquire(connection)
        try:
            await old.stop(drain, forget, aside=forget)
            self.observer.sight(plan.name).forget()
            self.faults.started(plan.name, old.plan.nodes)
            try:
                await new.start()
                self.flows[plan.name] = new
                await self._settle(plan.name, back=False)
            except DeployFailed as error:
                again = LiveFlow(old.plan, self.around, old.taps)
                try:
                    await self._settle(plan.name, back=True)
                    await again.start()
                except DeployFailed as second:
                    raise DeployFailed(f"{error}; and the revision before it did not start again: {second}") from error
                self.flows[plan.name] = again
                raise DeployFailed(f"{error}; the revision before it runs on") from error
        finally:
            for connection in kept:
                await self.around.connections.release(connection)

    async def undeploy(self, name: str, drain: float = DRAIN, forget: bool = False, aside: bool = False) -> None:
        """Drain and stop a flow; with `forget` it is no more, and nothing of it is kept for another start.

        `aside`: but for a copy of what it held, for a deploy that has to go back (`store/flow_files.py`).

        Raises:
            NotFound: no flow of that name runs.
        """
        async with self._lock(name):
            flow = self._flow(name)
            del self.flows[name]
            await flow.stop(drain, forget, aside)
            self.observer.gone(name)
            self.faults.started(name, flow.plan.nodes)

    async def _settle(self, flow: str, back: bool) -> None:
        if self.checkpoints is not None:
            await asyncio.to_thread(settle_aside, self.checkpoints, flow, back)

    async def stop(self, drain: float = DRAIN) -> None:
        """Drain and stop all flows."""
        while self.flows:
            await self.undeploy(next(reversed(self.flows)), drain)
        await self.around.failures.end()
        self.around.budget.close()
        if self._expiry is not None:
            self._expiry.cancel()
        if self.observer.tracing is not None:
            await asyncio.to_thread(self.observer.tracing.close)

    def _lock(self, name: str) -> asyncio.Lock:
        """Return what lets one deploy of a flow wait for another."""
        lock = self._locks.get(name)
        if lock is None:
            lock = self._locks[name] = asyncio.Lock()
        return lock

    def inject(self, flow: str, node: str, msg: Message | None = None, port: str = "") -> Awaitable[None]:
        """Give a message to a node as if a wire had brought it; None presses a source's button. It is done at once.

        Raises:
            NotFound: there is no such flow, node, port or button.
        """
        self._flow(flow).give(node, msg, port)
        return DONE

    def operate(self, flow: str, node: str, value: Any) -> Awaitable[None]:
        """Do what an operator did to a node's widget: the message it makes of the value leaves the node, at once.

        Raises:
            NotFound: there is no such flow or node, or operators cannot move anything there.
            BadData: the value does not fit.
        """
        self._flow(flow).operate(node, value)
        return DONE

    # --- looking ---

    def watch(self, flow: str) -> Watch:
        """Begin to follow the messages of a flow, which need not run yet; returns a token to give back.

        It is counted how many watch, and it lasts over deploys.
        """
        token = self.observer.watch(flow)
        if flow in self.flows:
            self.flows[flow].watch()
        return token

    def unwatch(self, token: Watch) -> None:
        """Give a token back; when nobody watches any more, the flow runs as if nobody ever had."""
        if self.observer.unwatch(token):
            if token.flow in self.flows:
                self.flows[token.flow].watch()
            else:
                self.observer.gone(token.flow)

    def look(self, flow: str) -> FlowLook:
        """Return how a flow is now; the newest messages are known only while somebody watches.

        Raises:
            NotFound: no flow of that name runs.
        """
        return self._flow(flow).looking.look()

    def look_in_steps(self, flow: str) -> Generator[None, None, FlowLook]:
        """Look as `look` does, in short steps: whoever drives it may let others run between two of them.

        Raises:
            NotFound: no flow of that name runs.
        """
        return self._flow(flow).looking.steps()

    def trace(self, id: str) -> Trace:
        """Return the way of a message, as far as it was watched."""
        return self.observer.trace(id)

    async def way(self, id: str) -> Trace:
        """Return the way of a message, as far as it was watched."""
        return self.trace(id)

    def widgets(self) -> list[NodeWidget]:
        """Return the widgets of all flows."""
        return [
            NodeWidget(flow, name, node)
            for flow, live in self.flows.items()
            for name, node in live.nodes.items()
            if node.widget
        ]

    @property
    def widgets_whole(self) -> bool:
        """Widgets of this process can always be shown whole."""
        return True

    async def refresh(self) -> None:
        """Nothing that is known of this process is old."""

    lag = 0.0
    memory = 0

    def replay(self, number: int) -> Awaitable[None]:
        """Give a dead letter back to the node where it failed, and delete it. It is done at once.

        Raises:
            NotFound: the letter, its flow or its node is gone; the letter, if there is one, stays.
        """
        letter = self.dead_letters.get(number)
        if letter is None:
            raise NotFound(f"there is no dead letter {number}")
        self.inject(letter.flow, letter.node, letter.message, letter.port)
        self.dead_letters.remove([number])
        return DONE

    def snapshot(self) -> dict[str, Any]:
        """Return the state of everything as JSON values: flows with nodes and wires, connections, dead letters."""
        return {
            "flows": {
                name: {
                    "nodes": flow.snapshot(),
                    "wires": [
                        {"from": f"{wire.source}.{wire.out}", "to": f"{wire.target}.{wire.port}", "passed": number}
                        for wire, number in flow.passed().items()
                    ],
                }
                for name, flow in self.flows.items()
            },
            "connections": self.around.connections.snapshot(),
            "dead_letters": {"kept": len(self.dead_letters), "dropped": self.dead_letters.dropped},
        }

    def _status(self, flow: str, node: str, status: Status) -> None:
        self.faults.status(flow, node, status)
        self._on_status(flow, node, status)

    def _stored(self, flow: str, problem: str) -> None:
        """Hear whether a flow can store what it holds."""
        if problem:
            self.faults.flow_failed(flow, problem)
        else:
            self.faults.flow_good(flow)

    def _exchanged(self, flow: str, nodes: Collection[str]) -> None:
        """Hear which nodes have been replaced or removed: what they said before no longer holds."""
        live = self.flows.get(flow)
        left = live.nodes if live is not None else {}
        self.faults.removed(flow, [node for node in nodes if node not in left])
        self.faults.started(flow, [node for node in nodes if node in left])
        for node in nodes:
            if node in left:
                self.faults.status(flow, node, host_of(left[node]).status)

    def _trouble(self, flow: str, node: str, error: Exception) -> None:
        self.faults.failed(flow, node, str(error) or type(error).__name__)
        if self._expiry is None:
            self._expiry = self.clock.call_later(EXPIRY, self._expire)

    def _expire(self) -> None:
        """See which nodes that failed a message are good again."""
        self._expiry = None
        for flow in {flow for flow, _ in self.faults.failing}:
            if flow in self.flows:
                self.flows[flow].looking.recover()
        self.faults.expire()
        if self.faults.failing:
            self._expiry = self.clock.call_later(EXPIRY, self._expire)

    def _flow(self, name: str) -> LiveFlow:
        flow = self.flows.get(name)
        if flow is None:
            raise NotFound(f"no flow '{name}' runs; running: {', '.join(self.flows) or 'none'}")
        return flow


def _same_setting(old: Plan, new: Plan) -> bool:
    """Say whether two plans have in common what no node can be given while the flow runs."""
    if old.outgoing != new.outgoing:
        return False
    return old.environment == new.environment and old.delivery == new.delivery and spilling(old) == spilling(new)

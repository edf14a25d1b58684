"""The outward face of running flows: what services and the web ask, wherever the flows run.

`Engine` runs them in this process; `workers/fleet.py` in processes of their own. What is only looked at is answered at
once, from what is known here; what has to reach a flow is awaited.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple, Protocol

from flowengine.clock import Clock
from flowengine.context import MemoryContext
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.runtime.changes import DeployOutcome
from flowengine.runtime.widgets import Widget
from flowengine.runtime.wiring import Tap
from flowengine.store.dead_letters import DeadLetters
from flowengine.telemetry.faults import Faults
from flowengine.telemetry.look import FlowLook, ProcessLook
from flowengine.telemetry.observer import Observer, Watch
from flowengine.telemetry.traces import Trace

DRAIN: Final = 10.0
"""Seconds that a flow may take to finish what is under way when it is stopped."""

Mode = Literal["nodes", "flows"]
"""What a deploy restarts: the nodes that differ, or the whole flow."""


class Counts(NamedTuple):
    """What one flow has done so far."""

    received: int
    dropped: int
    failed: int


class RunningFlow(Protocol):
    """One flow that runs, or is being started again."""

    @property
    def plan(self) -> Plan:
        """What it runs."""

    @property
    def ended(self) -> bool:
        """Whether every source has ended and nothing is on its way."""

    @property
    def trouble(self) -> str:
        """Why it does not run just now although it should; empty: it runs."""

    def counts(self) -> Counts:
        """Return what it has done so far."""


class Flows(Protocol):
    """All flows that run. Everything here belongs on the loop that it was made for."""

    clock: Clock
    dead_letters: DeadLetters
    observer: Observer
    faults: Faults
    changed: list[Callable[[], None]]
    """Called when a flow has come into trouble, or out of it."""

    @property
    def shared(self) -> MemoryContext:
        """The context of scope `global`."""

    @property
    def flows(self) -> Mapping[str, RunningFlow]:
        """The flows by name."""

    @property
    def checkpoints(self) -> Path | None:
        """The folder where flows store what they hold; None: nowhere."""

    async def start(self) -> None:
        """Make ready for the first deploy; called once."""

    async def deploy(
        self, plan: Plan, taps: Mapping[str, Tap] | None = None, drain: float = DRAIN, mode: Mode = "nodes"
    ) -> DeployOutcome:
        """Run a plan in place of the one of the same name; see `Engine.deploy`."""

    async def undeploy(self, name: str, drain: float = DRAIN, forget: bool = False, aside: bool = False) -> None:
        """Drain and stop a flow; with `forget` it is no more, but, `aside`, for a copy (`store/flow_files.py`)."""

    async def stop(self, drain: float = DRAIN) -> None:
        """Drain and stop everything."""

    def processes(self) -> list[ProcessLook]:
        """Return how the processes are that are looked after; none: all flows run in this one."""

    def inject(self, flow: str, node: str, msg: Message | None = None, port: str = "") -> Awaitable[None]:
        """Give a message to a node as if a wire had brought it; None presses a source's button."""

    def operate(self, flow: str, node: str, value: Any) -> Awaitable[None]:
        """Do what an operator did to a node's widget."""

    def replay(self, number: int) -> Awaitable[None]:
        """Give a dead letter back to the node where it failed, and delete it."""

    async def way(self, id: str) -> Trace:
        """Return the way of a message, as far as it was watched."""

    def watch(self, flow: str) -> Watch:
        """Begin to follow the messages of a flow, which need not run yet; returns a token to give back."""

    def unwatch(self, token: Watch) -> None:
        """Give a token back."""

    def look(self, flow: str) -> FlowLook:
        """Return how a flow is, as far as it is known here."""

    def look_in_steps(self, flow: str) -> Generator[None, None, FlowLook]:
        """Look as `look` does, in steps of a fraction of a millisecond; whoever drives it may rest between two."""

    def widgets(self) -> Sequence[Widget]:
        """Return the widgets of all flows."""

    @property
    def widgets_whole(self) -> bool:
        """Whether widgets that grow can be shown whole now; if not, they soon can."""

    async def refresh(self) -> None:
        """Return when all that is known here is as of now."""

    def snapshot(self) -> dict[str, Any]:
        """Return the state of everything as JSON values: flows with nodes and wires, connections, dead letters."""

    @property
    def lag(self) -> float:
        """By how many seconds loops of other processes have run late at worst, lately; 0: there are none."""

    @property
    def memory(self) -> int:
        """Bytes resident in other processes; 0: there are none."""


class _Done:
    """An awaitable for an act that is already done: callers here need not await it, callers of a fleet must."""

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


DONE: Final = _Done()

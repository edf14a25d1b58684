"""The use cases: what the command line, and later the web, ask of a running installation."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from flowengine import settings
from flowengine.clock import Clock
from flowengine.errors import FlowInvalid, NotFound
from flowengine.flow.model import Flow
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.problem import errors
from flowengine.flow.project import Project, load_project
from flowengine.message import Message
from flowengine.node import Status
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.runtime.part import Tap
from flowengine.store.dead_letters import DeadLetters

LOG = logging.getLogger("flowengine.service")


def dead_letters_file(path: Path, state: Path | None = None) -> Path:
    """Return where the dead letters of a folder of flows (or of a file's folder) are kept."""
    folder = path if path.is_dir() else path.parent
    return (state or folder / settings.STATE_FOLDER) / "dead-letters.sqlite"


class Service:
    """A folder of flows and the engine that runs them."""

    def __init__(
        self,
        path: Path,
        registry: Registry,
        environment: Mapping[str, str] | None = None,
        clock: Clock | None = None,
        on_status: Callable[[str, str, Status], None] = lambda flow, node, status: None,
        on_failure: Callable[[str, str, Exception, Message | None], None] = lambda flow, node, error, msg: None,
        state: Path | None = None,
    ) -> None:
        """Read the flows.

        `state` is the folder for what the engine keeps; None: a folder beside the flows.
        """
        self.path = path
        self.registry = registry
        self.environment = settings.environment() if environment is None else environment
        self.project: Project = load_project(path)
        self.dead_letters = DeadLetters(dead_letters_file(path, state))
        self.engine = Engine(clock, self.dead_letters, self.environment, on_status, on_failure)

    def plan(self, flow: Flow) -> Plan:
        """Check a flow and make it ready to run.

        Raises:
            FlowInvalid: it has errors.
        """
        return plan_flow(flow, self.project, self.registry, self.environment, settings.secret)

    async def start(self, taps: Callable[[Plan], Mapping[str, Tap]] = lambda plan: {}) -> None:
        """Check all flows, then deploy them; nothing starts unless all are sound.

        Raises:
            FlowInvalid: a flow, or the folder itself, has errors.
            DeployFailed: a flow did not start; those before it run on.
        """
        broken = [problem for file in self.project.flows.values() for problem in errors(file.problems)]
        if self.project.shared is not None:
            broken += errors(self.project.shared.problems)
        broken += errors(self.project.problems)
        plans = []
        for flow in self.project.runnable():
            try:
                plans.append(self.plan(flow))
            except FlowInvalid as error:
                broken += [problem for problem in error.problems if problem not in broken]  # type: ignore[misc]
        if broken:
            raise FlowInvalid(str(self.path), list(broken))
        for plan in plans:
            await self.engine.deploy(plan, taps(plan))

    async def stop(self, drain: float = 10.0) -> None:
        """Drain and stop everything; nothing that was acknowledged is lost."""
        await self.engine.stop(drain)
        self.dead_letters.close()

    def replay_requested(self) -> int:
        """Give back the dead letters that someone has asked to replay from another process; returns how many.

        One whose flow or node no longer runs stays in the list, and the log says so.
        """
        replayed = 0
        for number in self.dead_letters.take_requests():
            try:
                self.engine.replay(number)
                replayed += 1
            except NotFound as error:
                LOG.warning("dead letter %d is not replayed: %s", number, error)
        return replayed

    def snapshot(self) -> dict[str, Any]:
        """Return the state of everything as JSON values."""
        return self.engine.snapshot()

"""The start of an installation: all flows checked, then all that are sound deployed."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable

from flowengine.errors import DeployFailed, FlowInvalid
from flowengine.flow.plan import Plan
from flowengine.flow.problem import Problem, errors
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents
from flowengine.service.standing import Standing

LOG = logging.getLogger("flowengine.service")


async def start_all(
    standing: Standing, checking: Checking, strict: bool, before: Callable[[Plan], Awaitable[None]] | None = None
) -> None:
    """Deploy all flows of a folder; `before` is awaited before each.

    Raises:
        FlowInvalid: (strict) a flow, or the folder itself, has errors; nothing was started.
        DeployFailed: (strict) a flow did not start; those before it run on.
    """
    plans, broken = _plans(standing.live, checking)
    if strict and broken:
        raise FlowInvalid(str(standing.folder), list(broken))
    for one in plans:
        if before is not None:
            await before(one)
        try:
            await standing.engine.deploy(one, standing.taps(one))
        except DeployFailed as error:
            if strict:
                raise
            standing.failed(one.name, error)
            LOG.error("%s", standing.failures[one.name])
    if not strict:
        _note(broken, standing, checking)


def _plans(live: Contents, checking: Checking) -> tuple[list[Plan], list[Problem]]:
    """Return the plans of all sound flows, and the errors of the others and of the folder."""
    project = live.project
    broken = [problem for file in project.flows.values() for problem in errors(file.problems)]
    if project.shared is not None:
        broken += errors(project.shared.problems)
    broken += errors(project.problems)
    plans = []
    for flow in project.runnable():
        try:
            plans.append(checking.plan(flow.name, live))
        except FlowInvalid as error:
            broken += [p for p in error.problems if isinstance(p, Problem) and p not in broken]
    return plans, broken


def _note(broken: Iterable[Problem], standing: Standing, checking: Checking) -> None:
    """Show what is wrong with flows that could not be started."""
    for problem in broken:
        if problem.code != "no-flow":
            LOG.error("%s", problem)
    live = standing.live
    for name in live.project.chosen:
        flow = live.project.flow(name)
        if flow is not None and flow.disabled:
            continue
        first = next((p for f in checking.problems(name, live) for p in errors([f.problem])), None)
        if first is not None:
            standing.engine.faults.flow_failed(name, first.message)
            standing.failures[name] = first.message

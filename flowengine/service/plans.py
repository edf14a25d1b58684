"""From a candidate to what the engine is to run: the plans of all flows that differ, and the problems in the way."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from flowengine import settings
from flowengine.errors import FlowInvalid
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.problem import Problem, errors
from flowengine.flow.project import CONNECTIONS
from flowengine.service.answers import Found, Mode
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents


@dataclass
class Prepared:
    """What is to be done in the engine."""

    plans: dict[str, Plan] = field(default_factory=dict)
    """Flow -> what it is to run."""
    ended: list[str] = field(default_factory=list)
    """Flows that are to run no longer: removed, disabled, or a subflow now."""
    optional: list[str] = field(default_factory=list)
    """Of `plans`: those that do not run now for a fault of theirs; they are started if they can be."""
    found: list[Found] = field(default_factory=list)
    """All problems of what is touched."""
    blocking: bool = False
    """Whether any of them keeps the deploy from being done."""


def prepare(
    after: Contents,
    changed: Collection[str],
    touched: Collection[str],
    running: Mapping[str, Plan],
    stopped: Collection[str],
    mode: Mode,
    checking: Checking,
) -> Prepared:
    """Check all that is changed or touched, and plan what is to run.

    `running` holds the plans that run now, `stopped` the flows that somebody has stopped by hand: only a change of the
    flow itself starts them again. A flow that is merely touched and has not been running blocks nothing.
    """
    result = Prepared()
    runnable = {flow.name for flow in after.project.runnable()}
    for name in changed:
        if name != CONNECTIONS and name in after.project.flows:
            result.found += checking.flow(name, after).problems
    result.blocking = any(one.problem.severity == "error" for one in result.found)
    wanted = [name for name in changed if name in runnable]
    wanted += [name for name in touched if name in runnable and name not in stopped]
    if mode == "all":
        wanted += [name for name in running if name in runnable and name not in wanted]
    for name in wanted:
        optional = name not in changed and name not in running
        plan = _plan(name, after, checking, result, optional)
        if plan is not None and (mode == "all" or name not in running or plan != running[name]):
            result.plans[name] = plan
            if optional:
                result.optional.append(name)
    result.ended = [name for name in running if name not in runnable]
    return result


def _plan(name: str, after: Contents, checking: Checking, result: Prepared, optional: bool) -> Plan | None:
    """Plan one flow; what is in the way goes into the result."""
    around = checking.around(after.project)
    known = {one.problem for one in result.found}
    for one in checking.flow(name, after).problems:
        if one.problem not in known:
            result.found.append(one)
    try:
        return plan_flow(after.file(name), after.project, around.registry, around.environment, settings.secret)
    except FlowInvalid as error:
        for problem in errors(p for p in error.problems if isinstance(p, Problem)):
            if problem not in known and all(problem != one.problem for one in result.found):
                result.found.append(Found(name, problem))
        result.blocking = result.blocking or not optional
        return None

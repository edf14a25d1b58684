"""From a candidate to what the engine is to run: the plans of all flows that differ, and the problems in the way."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from flowengine.errors import FlowInvalid
from flowengine.flow.plan import Plan
from flowengine.flow.problem import Problem
from flowengine.flow.project import CONNECTIONS
from flowengine.service.answers import Found, Mode
from flowengine.service.checking import Checking
from flowengine.service.contents import Contents


@dataclass
class Prepared:
    """What the engine is to do: which plans to run, which flows to end, and what forbids it."""

    plans: dict[str, Plan] = field(default_factory=dict)
    """Flow -> what it is to run."""
    ended: list[str] = field(default_factory=list)
    """Flows that are to run no longer: removed, disabled, or a subflow now."""
    optional: list[str] = field(default_factory=list)
    """Those of `plans` that had failed before: they are tried again, but need not start for the deploy to hold."""
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
    wanted = [name for name in changed if name in runnable]
    wanted += [name for name in touched if name in runnable and name not in stopped]
    if mode == "all":
        wanted += [name for name in running if name in runnable and name not in wanted]
    plans = {name: _plan(name, after, checking) for name in wanted}
    for name in changed:
        if name != CONNECTIONS and name in after.project.flows:
            result.found += checking.problems(name, after)
    result.blocking = any(one.problem.severity == "error" for one in result.found)
    for name, plan in plans.items():
        optional = name not in changed and name not in running
        _add(result.found, checking.problems(name, after))
        if isinstance(plan, FlowInvalid):
            _add(result.found, [Found(name, p) for p in plan.problems if isinstance(p, Problem)])
            result.blocking = result.blocking or not optional
        elif mode == "all" or name not in running or plan != running[name]:
            result.plans[name] = plan
            if optional:
                result.optional.append(name)
    result.ended = [name for name in running if name not in runnable]
    return result


def _plan(name: str, after: Contents, checking: Checking) -> Plan | FlowInvalid:
    try:
        return checking.plan(name, after)
    except FlowInvalid as error:
        return error


def _add(found: list[Found], more: Iterable[Found]) -> None:
    """Add problems that are not in the list yet."""
    known = {one.problem for one in found}
    found += [one for one in more if one.problem not in known]

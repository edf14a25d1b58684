"""Changes that reach a machine: asked for, approved by IT and OT, deployed."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import msgspec

from flowengine.access.approval import Judged
from flowengine.flow.content import POLICY
from flowengine.service import ChangeView
from flowengine_web import answers, shapes
from flowengine_web.body import MOST
from flowengine_web.call import Call
from flowengine_web.diffs import diff_shape
from flowengine_web.refusal import Refusal
from flowengine_web.route import Area
from flowengine_web.routes.deploys import request_of
from flowengine_web.routes.flows import DEPLOY, two_keys

AREA = Area("changes", "Changes that reach a machine, and their two yeses")

FRESH: Final = 15 * 60.0
"""Seconds since signing in within which someone without a password here counts as being there himself."""


@AREA.get("/api/changes", role="viewer", answer=shapes.Changes)
def list_changes(call: Call) -> shapes.Changes:
    """List the changes that wait for their yeses, and those that did."""
    found = call.run(call.site.service.changes.all)
    outside = list(call.site.service.keys.outside()) if call.site.service.keys.in_force else []
    return shapes.Changes(two_keys=two_keys(call), changes=[_summary(one) for one in found], outside=outside)


@AREA.get("/api/changes/{id}", role="viewer", answer=shapes.ChangeDetail, packed=True)
def read_change(call: Call, id: str) -> shapes.ChangeDetail:
    """Return a change with its differences, what it reaches, tests, simulation, and who has said yes."""
    return _detail(call, call.run(partial(call.site.service.changes.get, _number(id))))


@AREA.post(
    "/api/changes",
    role="editor",
    body=shapes.ChangeAsk,
    answer=shapes.ChangeDetail,
    most=MOST["deploy"],
    flows=lambda given: given["body"].deploy.flows if given["body"].deploy is not None else (),
    refusals=(409,),
)
def ask_for_change(call: Call, body: shapes.ChangeAsk) -> shapes.ChangeDetail:
    """Ask for the yeses to a deploy, or to all that was changed outside; flow tests are run on it first."""
    request = None if body.deploy is None else request_of(body.deploy)
    run = partial(call.site.service.changes.ask, request, call.asks, body.message)
    return _detail(call, call.site.bridge.run(run, wait=DEPLOY, cancel=False))


@AREA.post(
    "/api/changes/{id}/simulate",
    role="viewer",
    body=shapes.SimulationAsk,
    answer=shapes.ChangeDetail,
    refusals=(409, 413),
)
def simulate_change(call: Call, id: str, body: shapes.SimulationAsk) -> shapes.ChangeDetail:
    """Run both versions on the last hours of what was recorded, anew; `simulation` has the result when that is done."""
    changes = call.site.service.changes
    call.run(partial(changes.simulations.again, _number(id), body.hours))
    return _detail(call, call.run(partial(changes.get, _number(id))))


@AREA.post(
    "/api/changes/{id}/approve",
    role="viewer",
    body=shapes.ChangeApproval,
    answer=shapes.ChangeDetail,
    refusals=(401, 409),
)
def approve_change(call: Call, id: str, body: shapes.ChangeApproval) -> shapes.ChangeDetail:
    """Say yes, for a side that one speaks for, to exactly what was looked at."""
    _be_himself(call, body.password)
    return _detail(
        call, call.run(partial(call.site.service.changes.approve, _number(id), call.asks, body.side, body.content))
    )


@AREA.post(
    "/api/changes/{id}/reject", role="viewer", body=shapes.ChangeReason, answer=shapes.ChangeDetail, refusals=(409,)
)
def reject_change(call: Call, id: str, body: shapes.ChangeReason) -> shapes.ChangeDetail:
    """Say no, with a reason; the change has ended then."""
    return _detail(call, call.run(partial(call.site.service.changes.reject, _number(id), call.asks, body.reason)))


@AREA.post("/api/changes/{id}/withdraw", role="editor", answer=shapes.ChangeDetail, flows=lambda given: ())
def withdraw_change(call: Call, id: str) -> shapes.ChangeDetail:
    """Take back what one has asked for oneself."""
    return _detail(call, call.run(partial(call.site.service.changes.withdraw, _number(id), call.asks)))


@AREA.post(
    "/api/changes/{id}/deploy", role="editor", answer=shapes.DeployResult, flows=lambda given: (), refusals=(409, 502)
)
def deploy_change(call: Call, id: str) -> shapes.DeployResult:
    """Run what has both yeses; they are in the commit."""
    run = partial(call.site.service.changes.deploy, _number(id), call.asks)
    return answers.deployed(call.site.bridge.run(run, wait=DEPLOY, cancel=False))


@AREA.post(
    "/api/changes/{id}/break-glass",
    role="operator",
    body=shapes.GlassBreak,
    answer=shapes.DeployResult,
    flows=lambda given: (),
    refusals=(409, 502),
)
def break_glass(call: Call, id: str, body: shapes.GlassBreak) -> shapes.DeployResult:
    """Run a change alone, for OT and for a reason; without its yeses in time, what was approved runs again."""
    _be_himself(call, body.password)
    run = partial(call.site.service.changes.break_glass, _number(id), call.asks, body.reason)
    return answers.deployed(call.site.bridge.run(run, wait=DEPLOY, cancel=False))


def _be_himself(call: Call, password: str) -> None:
    """Make sure that it is a person, and the one whose session it is.

    Raises:
        Refusal, AccessError: it is not.
    """
    access, who = call.site.access, call.who
    assert who is not None
    if who.by_token:
        raise Refusal(403, "forbidden", "a program cannot do that", "sign in as a person")
    if access.users.has_password(who.user):
        access.check_own_password(who.user, password, call.address)
    elif access.sessions.age(who.key) > FRESH:
        message = "you signed in more than a quarter of an hour ago"
        raise Refusal(403, "not-fresh", message, "sign in again, then decide")


def _number(id: str) -> int:
    if not id.isascii() or not id.isdecimal() or len(id) > 15:
        raise Refusal(404, "not-found", f"there is no change '{id[:50]}'")
    return int(id)


def _summary(view: ChangeView) -> shapes.ChangeSummary:
    change = view.change
    return shapes.ChangeSummary(
        id=change.id,
        author=change.author,
        at=change.at,
        message=change.message,
        state=change.state,
        files=list(change.files),
        missing=view.yeses.missing,
        why_not=view.why_not,
        closed=change.closed,
        closer=change.closer,
        reason=change.reason,
        until=change.until,
        commit=change.revision,
    )


def _detail(call: Call, view: ChangeView) -> shapes.ChangeDetail:
    change, evidence, simulations = view.change, view.change.evidence, call.site.service.changes.simulations
    simulation = simulations.of(change)
    tests = evidence.get("tests")
    reaches = [{key: one[key] for key in shapes.Reach.__struct_fields__} for one in evidence.get("reaches", ())]
    return shapes.ChangeDetail(
        change=_summary(view),
        content=change.content,
        diffs=[diff_shape(one) for one in view.diffs],
        files=[_file(name, *both) for name, both in change.files.items()],
        reaches=msgspec.convert(reaches, list[shapes.Reach]),
        limits=[answers.limit(one) for one in view.foreseen],
        unknown=list(evidence.get("unknown", ())),
        tests=None if tests is None else msgspec.convert(tests, list[shapes.FlowTest]),
        simulating=simulations.running(change.id),
        simulation=None if simulation is None else _simulation(*simulation),
        yeses=[_yes(one) for one in view.yeses.yeses],
    )


def _simulation(found: Mapping[str, Any], outdated: bool) -> shapes.Simulation:
    return msgspec.convert({**found, "outdated": outdated}, shapes.Simulation)


def _yes(judged: Judged) -> shapes.ChangeYes:
    yes = judged.yes
    return shapes.ChangeYes(side="it" if yes.side == "it" else "ot", who=yes.who, at=yes.at, why_not=judged.why_not)


def _file(name: str, before: str | None, after: str | None) -> shapes.ChangedFile:
    if name not in POLICY:
        return shapes.ChangedFile(name=name)
    texts = ((before or "").splitlines(), (after or "").splitlines())
    return shapes.ChangedFile(name=name, lines=list(difflib.unified_diff(*texts, lineterm="", n=3))[2:2000])

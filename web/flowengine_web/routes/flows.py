"""The folder of flows."""

from __future__ import annotations

from functools import partial

from flowengine_web import answers, shapes
from flowengine_web.call import Answer, Call
from flowengine_web.diffs import diff_shape
from flowengine_web.examples import examples
from flowengine_web.refusal import problem_shape
from flowengine_web.route import Area

AREA = Area("flows", "The folder of flows")

DEPLOY = 180.0
"""Seconds that a request waits for a deploy, which goes on in any case."""


class Which(shapes.Shape):
    """Which content of a flow is asked for."""

    disk: bool = False
    """What its file holds now, in place of what was deployed."""


@AREA.get("/api/project", role="viewer", answer=shapes.Project, packed=True)
def read_project(call: Call) -> shapes.Project:
    """Return the flows of the folder, how they are, and the connections that they share."""
    service = call.site.service
    found = service.summary()
    drafts = service.drafts.names(call.user)
    return shapes.Project(
        folder=str(found.folder),
        flows=[answers.flow_summary(one, call, drafts) for one in found.flows],
        connections=shapes.SharedConnections(
            revision=found.connections.revision,
            disk=found.connections.disk,
            connections=dict(found.connections.connections),
        ),
        git=found.git,
        branch=found.branch,
        note=found.note,
        problems=[problem_shape(problem) for problem in found.problems],
        two_keys=two_keys(call),
    )


@AREA.get("/api/examples", role="viewer", answer=list[shapes.Example], packed=True)
def list_examples(call: Call) -> list[shapes.Example]:
    """Return flows to begin with."""
    return list(examples())


def two_keys(call: Call) -> shapes.TwoKeys:
    """Return whether two keys are in force, and what waits."""
    service = call.site.service
    if not service.keys.in_force:
        return shapes.TwoKeys()
    return shapes.TwoKeys(in_force=True, waiting=service.changes.waiting(), glass=service.keys.glass)


@AREA.get("/api/flows/{flow}", role="viewer", answer=shapes.FlowDetail, query=Which, tagged=True, packed=True)
def read_flow(call: Call, flow: str) -> Answer:
    """Return one flow: what was deployed, its problems, and the ports of its nodes."""
    service = call.site.service
    found = service.detail(flow, disk=call.query.disk)
    detail = shapes.FlowDetail(
        summary=answers.flow_summary(found.summary, call, service.drafts.names(call.user)),
        flow=dict(found.flow),
        ports=answers.ports(found.ports),
        problems=answers.problems(found.problems),
    )
    return Answer(detail, etag=found.revision)


@AREA.post("/api/flows/{flow}/take", role="editor", refusals=(422, 502))
def take_flow(call: Call, flow: str) -> shapes.Done:
    """Run what the flow's file on disk holds now; connections.json is a name as well."""
    service, who = call.site.service, call.asks
    call.site.bridge.run(partial(service.take, [flow], who), wait=DEPLOY, cancel=False)
    return shapes.Done()


@AREA.post(
    "/api/flows/{flow}/run", role="operator", body=shapes.RunRequest, answer=shapes.FlowSummary, refusals=(409, 502)
)
def run_flow(call: Call, flow: str, body: shapes.RunRequest) -> shapes.FlowSummary:
    """Start or stop a flow, until the next deploy or start of the engine; its file stays as it is."""
    service, who = call.site.service, call.asks
    found = call.site.bridge.run(partial(service.run, flow, body.run, who), wait=DEPLOY, cancel=False)
    return answers.flow_summary(found, call, service.drafts.names(call.user))


@AREA.get("/api/flows/{flow}/history", role="viewer", answer=shapes.History)
def read_history(call: Call, flow: str) -> shapes.History:
    """Return the revisions of a flow that were deployed, the newest first."""
    found = call.site.service.history(flow)
    return shapes.History(flow=found.flow, entries=[answers.entry(one) for one in found.entries], git=found.git)


@AREA.get("/api/flows/{flow}/history/{id}", role="viewer", answer=shapes.OldFlow)
def read_old_flow(call: Call, flow: str, id: str) -> shapes.OldFlow:
    """Return a flow as it was, and what has changed since."""
    found = call.site.service.old(flow, id)
    return shapes.OldFlow(
        entry=answers.entry(found.entry),
        flow=None if found.flow is None else dict(found.flow),
        diff=diff_shape(found.diff),
    )

"""What the service answers, as it goes over the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flowengine.flow.impact import Output
from flowengine.safety.foreseen import Foreseen
from flowengine.service import answers
from flowengine.store.revisions import Entry
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.diffs import diff_shape
from flowengine_web.palette import port_shapes
from flowengine_web.refusal import conflict_shape, problem_shape


def flow_summary(found: answers.FlowSummary, call: Call, drafts: set[str]) -> shapes.FlowSummary:
    """Return how a flow is, with what the caller has of it and who else edits it."""
    return shapes.FlowSummary(
        name=found.name,
        file=found.file,
        revision=found.revision,
        disk=found.disk,
        state=found.state,
        note=found.note,
        nodes=found.nodes,
        errors=found.errors,
        warnings=found.warnings,
        error=found.error,
        draft=found.name in drafts,
        editors=call.site.hub.editors(found.name, call.user),
    )


def problems(found: Iterable[answers.Found]) -> list[shapes.Problem]:
    """Return problems, each with its flow."""
    return [problem_shape(one.problem, one.flow) for one in found]


def ports(found: Mapping[str, answers.Ports]) -> dict[str, shapes.Ports]:
    """Return the ports of nodes."""
    return {
        node: shapes.Ports(inputs=port_shapes(tuple(one.inputs)), outputs=port_shapes(tuple(one.outputs)))
        for node, one in found.items()
    }


def preview(found: answers.Preview) -> shapes.DeployPreview:
    """Return what a deploy would do."""
    return shapes.DeployPreview(
        diffs=[diff_shape(one) for one in found.diffs],
        problems=problems(found.problems),
        conflicts=[conflict_shape(one) for one in found.conflicts],
        restarts=_lists(found.restarts),
        keeps=dict(found.keeps),
        reaches=_reaches(found.reaches),
        message=found.message,
        two_keys=found.two_keys,
        limits=[limit(one) for one in found.foreseen],
    )


def limit(found: Foreseen) -> shapes.ReachLimit:
    """Return what the envelope allows where a node writes, and what the check says of it."""
    listed, (least, most) = found.output, found.span or (None, None)
    answer = shapes.ReachLimit(
        flow=found.flow,
        node=found.node,
        output="" if listed is None else listed.name,
        least=least,
        most=most,
        problems=[problem_shape(one, found.flow) for one in found.problems],
    )
    if listed is not None:
        answer.low, answer.high, answer.values, answer.unit = listed.low, listed.high, list(listed.values), listed.unit
        answer.rate, answer.interval, answer.clamp = listed.rate, listed.interval, listed.clamp
        answer.modes = list(listed.modes)
    return answer


def outside(found: answers.Outside) -> shapes.Outside:
    """Return what was changed outside, and what taking it would do."""
    return shapes.Outside(
        revisions=dict(found.revisions),
        diffs=[diff_shape(one) for one in found.diffs],
        problems=problems(found.problems),
        restarts=_lists(found.restarts),
        keeps=dict(found.keeps),
        reaches=_reaches(found.reaches),
    )


def deployed(found: answers.Deployed) -> shapes.DeployResult:
    """Return what a deploy did."""
    return shapes.DeployResult(
        revisions=dict(found.revisions),
        commit=found.commit,
        restarted=_lists(found.restarted),
        kept=dict(found.kept),
        warnings=list(found.warnings),
    )


def entry(found: Entry) -> shapes.HistoryEntry:
    """Return one revision of a flow's history."""
    return shapes.HistoryEntry(
        id=found.id, revision=found.revision, at=found.at, author=found.author, message=found.message
    )


def _lists(found: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    return {name: list(values) for name, values in found.items()}


def _reaches(found: Iterable[Output]) -> list[shapes.Reach]:
    return [
        shapes.Reach(
            flow=one.flow, node=one.node, type=one.type, connection=one.connection, device=one.device, via=list(one.via)
        )
        for one in found
    ]

"""What a node could write to a machine, as far as that is known beforehand, and what the envelope allows there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from flowengine.flow.plan import Plan
from flowengine.flow.problem import Problem
from flowengine.flow.project import Project
from flowengine.flow.strict_json import Json
from flowengine.node import Actuator
from flowengine.safety.against import check_node, sent_to, writes_of
from flowengine.safety.envelope import EnvelopeFile
from flowengine.safety.model import Output


@dataclass(frozen=True)
class Foreseen:
    """One node that writes to a machine."""

    flow: str
    node: str
    output: Output | None
    """What the envelope lists at its place; None: nothing, so that nothing will be written."""
    span: tuple[float, float] | None = None
    """The least and the greatest number that it could write; None: not known before it runs."""
    problems: tuple[Problem, ...] = ()
    """What the check against the envelope has found: what the guard will refuse or cut."""


def foresee_all(
    found: EnvelopeFile, reached: Iterable[tuple[str, str]], plans: Mapping[str, Plan], project: Project
) -> Iterator[Foreseen]:
    """Hold all actuators among what is reached (a flow, and one of its nodes) against an envelope without errors."""
    for flow, node in reached:
        plan, file = plans.get(flow), project.flows.get(flow)
        if plan is None or file is None or node not in plan.nodes:
            continue
        if issubclass(plan.nodes[node].cls, Actuator):
            yield foresee(found, plan, node, file.json)


def foresee(found: EnvelopeFile, plan: Plan, node: str, json: Json) -> Foreseen:
    """Hold one actuator of a flow against an envelope without errors; `json` is the flow's file."""
    assert found.envelope is not None
    report = json.report()
    check_node(node, plan, found, report)
    by_address: Mapping[str, Output] = {one.address: one for one in found.envelope.outputs.values()}
    places = [by_address[write.address] for write in writes_of(node, plan) or () if write.address in by_address]
    spans = [sent_to(node, plan, wire) for wire in plan.wires if wire.target == node]
    known = [span for span in spans if span is not None]
    span = (
        (min(low for low, _ in known), max(high for _, high in known)) if known and len(known) == len(spans) else None
    )
    return Foreseen(plan.name, node, places[0] if places else None, span, tuple(report.problems()))

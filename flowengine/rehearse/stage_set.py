"""A flow prepared for its tests: planned with doors, then with stand-ins in place of the outside world."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import msgspec

from flowengine.flow.doors import with_doors
from flowengine.flow.file import FlowFile
from flowengine.flow.plan import Plan, PlannedNode, PlannedWire, plan_flow, touches_outside
from flowengine.flow.project import Project
from flowengine.registry import Registry
from flowengine.rehearse.file import Case
from flowengine.rehearse.judgement import watched_places
from flowengine.rehearse.places import Place, Places
from flowengine.rehearse.stand_in import Recorder, stand_in_for

SECRET = "secret"
"""What every `${secret:...}` is in a test."""


@dataclass(frozen=True)
class StageSet:
    """One flow, prepared to be run by a test."""

    plan: Plan
    watched: set[Place]
    """Places as a record names them."""
    recorders: dict[str, Place]
    """Nodes added to watch an output -> the place that they watch."""


def plan_for_tests(file: FlowFile, project: Project, registry: Registry, environment: Mapping[str, str]) -> Places:
    """Plan a flow with the variables of a test; those of this machine play no part.

    Raises:
        FlowInvalid: the flow has errors.
    """
    plan_flow(file, project, registry, environment, _secret)
    assert file.flow is not None
    own = {name: environment.get(name, value) for name, value in file.flow.environment.items()}
    doored = with_doors(msgspec.structs.replace(file.flow, environment=own), project, registry)
    plan = plan_flow(doored.flow, project, doored.registry, environment, _secret)
    return Places(replace(plan, environment={**environment, **plan.environment}), doored)


def set_up(case: Case, places: Places) -> StageSet:
    """Put stand-ins in place of everything that touches the outside world, and recorders where outputs are watched."""
    real = {name for _, name in case.real}
    nodes = {
        name: node if name in real or not touches_outside(node) else _replaced(node)
        for name, node in places.plan.nodes.items()
    }
    watched = watched_places(case, places)
    recorders: dict[str, Place] = {}
    wires: list[PlannedWire] = []
    for node, port in sorted(watched):
        if port.startswith(">"):
            recorder = f"{node}.{port}"
            recorders[recorder] = (node, port)
            nodes[recorder] = PlannedNode(recorder, Recorder, {})
            wires.append(PlannedWire(node, port[1:], recorder, "in"))
    # The recorders are served first, so that a message is seen to leave before it is seen to arrive.
    plan = replace(places.plan, nodes=nodes, wires=(*wires, *places.plan.wires), connections={})
    return StageSet(plan, watched, recorders)


def _replaced(node: PlannedNode) -> PlannedNode:
    return PlannedNode(node.id, stand_in_for(node.cls, node.options), {})


def _secret(name: str) -> str:
    return SECRET

"""The check of a flow among its neighbours, and the ports that its nodes have with their options."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine import settings
from flowengine.flow.check import examine
from flowengine.flow.expand import Expansion, Placed, Surroundings
from flowengine.flow.file import FlowFile, connections_file, flow_file
from flowengine.flow.model import Interface
from flowengine.flow.ports import interface_inputs, interface_outputs
from flowengine.flow.problem import Problem
from flowengine.flow.project import CONNECTIONS, Project
from flowengine.flow.strict_json import Json
from flowengine.registry import Registry
from flowengine_web import shapes
from flowengine_web.palette import port_shapes
from flowengine_web.refusal import problem_shape


def check(
    name: str,
    flow: dict[str, Any],
    connections: dict[str, Any] | None,
    project: Project,
    registry: Registry,
    environment: Mapping[str, str],
) -> shapes.CheckResult:
    """Check a flow that is being edited; nothing of it is kept."""
    file = flow_file(Json(f"{name}.json", "", flow), name)
    around, found = project, []
    if connections is not None:
        shared = connections_file(Json(CONNECTIONS, "", {"flowengine": 1, "connections": connections}))
        around = Project(project.flows, shared, project.problems, project.folder, project.chosen)
        found = list(shared.problems)
    return examined(file, around, registry, environment, found)


def examined(
    file: FlowFile,
    project: Project,
    registry: Registry,
    environment: Mapping[str, str],
    before: list[Problem] | None = None,
) -> shapes.CheckResult:
    """Return the problems of a flow file and the ports of its nodes."""
    around = Surroundings(project.with_flow(file), registry, environment, settings.secret)
    problems, expansion = examine(file.name, around)
    return shapes.CheckResult(
        problems=[problem_shape(problem, file.name) for problem in [*(before or []), *problems]],
        ports={} if expansion is None else _ports(file, expansion, around.project),
    )


def _ports(file: FlowFile, expansion: Expansion, project: Project) -> dict[str, shapes.Ports]:
    """Return the ports of all nodes whose ports are known."""
    assert file.flow is not None
    found: dict[str, shapes.Ports] = {}
    for key, spec in file.flow.nodes.items():
        placed = expansion.nodes.get(key) or expansion.disabled.get(key)
        subflow = project.subflow(spec.type)
        if subflow is not None and subflow.subflow is not None:
            found[key] = _interface(subflow.subflow)
        elif placed is not None and (ports := _of_node(placed)) is not None:
            found[key] = ports
    return found


def _interface(interface: Interface) -> shapes.Ports:
    return shapes.Ports(
        inputs=port_shapes(interface_inputs(interface)), outputs=port_shapes(interface_outputs(interface))
    )


def _of_node(placed: Placed) -> shapes.Ports | None:
    if placed.resolved.secret:  # a port could be called after a secret
        return None
    inputs, outputs = placed.inputs, placed.outputs
    if inputs is None or outputs is None:
        return None
    return shapes.Ports(inputs=port_shapes(inputs), outputs=port_shapes(outputs))

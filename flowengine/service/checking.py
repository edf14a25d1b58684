"""The check of a flow among its neighbours, and the ports that its nodes have with their options."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from flowengine import settings
from flowengine.flow.check import examine, used_subflows
from flowengine.flow.expand import Expansion, Placed, Surroundings
from flowengine.flow.file import ConnectionsFile, FlowFile, connections_file, flow_file
from flowengine.flow.model import ERROR_PORT, Interface
from flowengine.flow.ports import interface_inputs, interface_outputs
from flowengine.flow.problem import Problem
from flowengine.flow.project import CONNECTIONS, Project
from flowengine.flow.strict_json import Json
from flowengine.node import Port
from flowengine.registry import Registry
from flowengine.service.answers import Checked, Found, Ports
from flowengine.service.contents import Contents

MOST_REMEMBERED = 1000
"""Outcomes of checks that are remembered."""


class Checking:
    """Checks flows; what a check of unchanged contents has found is remembered. Safe to use from any thread."""

    def __init__(self, registry: Registry, environment: Mapping[str, str]) -> None:
        self._registry = registry
        self._environment = environment
        self._remembered: OrderedDict[tuple[object, ...], Checked] = OrderedDict()

    def around(self, project: Project) -> Surroundings:
        """Return what a flow is checked in."""
        return Surroundings(project, self._registry, self._environment, settings.secret)

    def candidate(
        self, name: str, flow: Any, connections: Any, contents: Contents, drafts: Mapping[str, Any]
    ) -> Checked:
        """Check a flow that is being edited, given as its file's JSON value; nothing of it is kept."""
        project, found = contents.project, []
        if connections is not None:
            shared = shared_from(connections, CONNECTIONS)
            project = contents.with_connections(shared, "").project
            found = list(shared.problems)
        for other, draft in drafts.items():
            if other != name:
                project = project.with_flow(flow_file(Json(f"{other}.json", "", draft), other))
        file = flow_file(Json(f"{name}.json", "", flow), name)
        return self._examine(file, project.with_flow(file), found)

    def flow(self, name: str, contents: Contents) -> Checked:
        """Check a flow of a folder."""
        used = used_subflows(name, contents.project)
        key = (
            name,
            contents.revision(name),
            contents.connections,
            *((inner, contents.revision(inner)) for inner in used),
            frozenset(contents.project.subflow_names()),
        )
        known = self._remembered.get(key)
        if known is None or (known.problems[:1] and known.problems[0].problem.file != contents.file(name).json.file):
            known = self._examine(contents.file(name), contents.project)
            self._remembered[key] = known
            while len(self._remembered) > MOST_REMEMBERED:
                self._remembered.popitem(last=False)
        return known

    def _examine(self, file: FlowFile, project: Project, before: list[Problem] | None = None) -> Checked:
        problems, expansion = examine(file.name, self.around(project))
        found = tuple(Found(file.name, problem) for problem in [*(before or []), *problems])
        return Checked(found, {} if expansion is None else _ports(file, expansion, project))


def shared_from(connections: Any, file: str) -> ConnectionsFile:
    """Return shared connections of the JSON value that stands under `connections` in their file."""
    return connections_file(Json(file, "", {"flowengine": 1, "connections": connections}))


def _ports(file: FlowFile, expansion: Expansion, project: Project) -> dict[str, Ports]:
    """Return the ports of all nodes whose ports are known."""
    assert file.flow is not None
    found: dict[str, Ports] = {}
    for key, spec in file.flow.nodes.items():
        placed = expansion.nodes.get(key) or expansion.disabled.get(key)
        subflow = project.subflow(spec.type)
        if subflow is not None and subflow.subflow is not None:
            found[key] = _of_interface(subflow.subflow)
        elif placed is not None and (ports := _of_node(placed)) is not None:
            found[key] = ports
    return found


def _of_interface(interface: Interface) -> Ports:
    return Ports(interface_inputs(interface), _own(interface_outputs(interface)))


def _of_node(placed: Placed) -> Ports | None:
    if placed.resolved.secret:  # a port could be called after a secret
        return None
    inputs, outputs = placed.inputs, placed.outputs
    return None if inputs is None or outputs is None else Ports(inputs, _own(outputs))


def _own(ports: tuple[Port, ...]) -> tuple[Port, ...]:
    return tuple(port for port in ports if port.name != ERROR_PORT)

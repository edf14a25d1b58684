"""The check of a flow among its neighbours, and the ports that its nodes have with their options."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flowengine import settings
from flowengine.errors import FlowInvalid
from flowengine.flow.check import examine, used_subflows
from flowengine.flow.expansion import Expansion, Placed, Surroundings
from flowengine.flow.file import ConnectionsFile, FlowFile, connections_file, flow_file
from flowengine.flow.model import ERROR_PORT, Interface
from flowengine.flow.plan import Plan, plan_of
from flowengine.flow.ports import interface_inputs, interface_outputs
from flowengine.flow.problem import errors
from flowengine.flow.project import CONNECTIONS, Project
from flowengine.flow.sharing import shared
from flowengine.flow.strict_json import Json
from flowengine.port import Port
from flowengine.registry import Registry
from flowengine.service.answers import Checked, Found, Ports
from flowengine.service.contents import Contents

MOST_REMEMBERED = 1000
"""Outcomes of checks that are remembered."""


@dataclass
class _Outcome:
    """What a check has found; ports are worked out when somebody wants them."""

    found: tuple[Found, ...]
    ports: Mapping[str, Ports] | None = None


class Checking:
    """Checks flows; what a check of unchanged contents has found is remembered. Safe to use from any thread.

    Of each flow it is also remembered what became of it the last time, and what has not changed since is taken over
    from there: the check of one changed node looks at that node alone.
    """

    def __init__(self, registry: Registry, environment: Mapping[str, str]) -> None:
        self._registry = registry
        self._environment = environment
        self._remembered: OrderedDict[tuple[object, ...], _Outcome] = OrderedDict()
        self._newest: OrderedDict[str, Expansion] = OrderedDict()

    def around(self, project: Project) -> Surroundings:
        """Return what a flow is checked in."""
        return Surroundings(project, self._registry, self._environment, settings.secret)

    def candidate(
        self, name: str, flow: Any, connections: Any, contents: Contents, drafts: Mapping[str, Any]
    ) -> Checked:
        """Check a flow that is being edited, given as its file's JSON value; nothing of it is kept."""
        project, found = contents.project, []
        if connections is not None:
            shares = shared_from(connections, CONNECTIONS)
            project = contents.with_connections(shares, "").project
            found = list(shares.problems)
        for other, draft in drafts.items():
            if other != name:
                project = project.with_flow(flow_file(Json(f"{other}.json", "", draft), other))
        file = shared(flow_file(Json(f"{name}.json", "", flow), name), contents.project.flows.get(name))
        project = project.with_flow(file)
        problems, expansion = examine(file.name, self.around(project), self._newest.get(file.name))
        ports = {} if expansion is None else _ports(file, expansion, project)
        return Checked(tuple(Found(file.name, problem) for problem in [*found, *problems]), ports)

    def problems(self, name: str, contents: Contents) -> tuple[Found, ...]:
        """Return what is wrong with a flow of a folder."""
        return self._outcome(name, contents).found

    def flow(self, name: str, contents: Contents) -> Checked:
        """Check a flow of a folder; return what is wrong with it, and its ports."""
        outcome = self._outcome(name, contents)
        if outcome.ports is None:
            file, expansion = contents.file(name), self._newest.get(name)
            if expansion is None or expansion.file is not file:
                expansion = self._examine(name, contents)
            outcome.ports = {} if expansion is None else _ports(file, expansion, contents.project)
        return Checked(outcome.found, outcome.ports)

    def plan(self, name: str, contents: Contents) -> Plan:
        """Check a flow of a folder anew, as a variable or a secret may have changed, and make it ready to run.

        Raises:
            FlowInvalid: it, or a subflow in it, has errors; it carries all of them.
        """
        expansion = self._examine(name, contents)
        inner = used_subflows(name, contents.project)
        for other in inner:
            self._examine(other, contents)
        found = errors(one.problem for used in (name, *inner) for one in self.problems(used, contents))
        if found or expansion is None:
            raise FlowInvalid(name, list(dict.fromkeys(found)))
        return plan_of(expansion)

    def _outcome(self, name: str, contents: Contents) -> _Outcome:
        known = self._remembered.get(_key(name, contents))
        if known is None or (known.found[:1] and known.found[0].problem.file != contents.file(name).json.file):
            self._examine(name, contents)
            known = self._remembered[_key(name, contents)]
        return known

    def _examine(self, name: str, contents: Contents) -> Expansion | None:
        """Check a flow and remember the outcome."""
        problems, expansion = examine(contents.file(name).name, self.around(contents.project), self._newest.get(name))
        found = tuple(Found(name, problem) for problem in problems)
        _keep(self._remembered, _key(name, contents), _Outcome(found))
        if expansion is not None:
            _keep(self._newest, name, expansion)
        return expansion


def _key(name: str, contents: Contents) -> tuple[object, ...]:
    """Return what the outcome of a check depends on."""
    used = used_subflows(name, contents.project)
    return (
        name,
        contents.revision(name),
        contents.connections,
        *((inner, contents.revision(inner)) for inner in used),
        frozenset(contents.project.subflow_names()),
    )


def _keep(known: OrderedDict[Any, Any], key: object, value: object) -> None:
    known[key] = value
    known.move_to_end(key)
    while len(known) > MOST_REMEMBERED:
        known.popitem(last=False)


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

"""The check of a flow: every problem at once, each with its line, its path and a hint.

`check_flow` and `check_project` are what the command line, the service, CI and the canvas call. The work is done in
`check_form` (keys and types), `check_nodes`, `check_wires`, `check_graph`, `check_delivery`,
`check_outgoing` and `check_subflows`.
"""

from __future__ import annotations

from collections.abc import Mapping

from flowengine.flow.check_delivery import check_delivery
from flowengine.flow.check_graph import check_graph
from flowengine.flow.check_nodes import NodeCheck, check_references
from flowengine.flow.check_outgoing import check_outgoing
from flowengine.flow.check_subflows import check_parameters_declared, check_subflows, used_subflows
from flowengine.flow.check_wires import check_interface, check_wires, ends_of
from flowengine.flow.expand import MOST_LEVELS, MOST_NODES, expand
from flowengine.flow.expansion import Expansion, Surroundings
from flowengine.flow.file import FlowFile, wrap
from flowengine.flow.model import Flow
from flowengine.flow.problem import Findings, Problem, Report
from flowengine.flow.project import Project
from flowengine.flow.references import Secrets, references
from flowengine.registry import Registry

__all__ = ["check_flow", "check_project", "examine", "used_subflows"]


def check_flow(
    source: Flow | FlowFile,
    project: Project,
    registry: Registry,
    environment: Mapping[str, str] | None = None,
    secrets: Secrets | None = None,
) -> list[Problem]:
    """Return every problem of one flow, in the order of its file.

    `environment` holds the variables of the process. Where it or `secrets` is None, as in CI, those values are not
    known: references to them are checked for their form, and what they would give is not judged.
    """
    around = Surroundings(project.with_flow(source), registry, environment, secrets)
    return examine(wrap(source).name, around)[0]


def check_project(
    project: Project,
    registry: Registry,
    environment: Mapping[str, str] | None = None,
    secrets: Secrets | None = None,
) -> list[Problem]:
    """Return every problem of the chosen flows of a project, their subflows and what they share."""
    around = Surroundings(project, registry, environment, secrets)
    names = dict.fromkeys(project.chosen)
    for name in project.chosen:
        names.update(dict.fromkeys(used_subflows(name, project)))
    found = [*project.problems, *_check_shared(around)]
    for name in names:
        found += examine(name, around)[0]
    return list(dict.fromkeys(found))


def examine(name: str, around: Surroundings, before: Expansion | None = None) -> tuple[list[Problem], Expansion | None]:
    """Check one flow of a project; return its problems, and the flow expanded if its form is sound.

    `before` is what became of an earlier content of it: what has not changed since is not looked at again.
    """
    file = around.project.flows[name]
    flow = file.flow
    if flow is None:
        return file.problems, None
    report = file.json.report()
    expansion = expand(file, around, before)
    check_references(expansion.environment_faults, report, ("environment",))
    wrong = check_subflows(flow, expansion, around.project, report)
    inner = _check_nodes(expansion, around, wrong, report)
    if expansion.wired_as_before and before is not None and before.about_wires is not None:
        expansion.order, expansion.about_wires = before.order, before.about_wires
    else:
        expansion.about_wires = _about_wires(flow, expansion, around)
    report.take(expansion.about_wires)
    if not expansion.too_large:
        check_delivery(expansion, report)
        check_outgoing(expansion, report)
    return [*file.problems, *report.problems(), *inner], expansion


def _about_wires(flow: Flow, expansion: Expansion, around: Surroundings) -> Findings:
    """Check wires, and the graph that they make."""
    report = expansion.file.json.report()
    ends = ends_of(flow, expansion, around.project)
    check_wires(flow, ends, report)
    if flow.subflow is not None:
        check_parameters_declared(flow, report)
        check_interface(flow, ends, report)
    if expansion.too_large:
        message = f"with its subflows the flow has more than {MOST_NODES} nodes or {MOST_LEVELS} levels"
        report.error("too-large", ("nodes",), message)
    else:
        check_graph(expansion, report)
    return report.findings()


def _check_nodes(
    expansion: Expansion, around: Surroundings, wrong_instances: set[str], report: Report
) -> list[Problem]:
    """Check nodes and connections; return the problems that lie in the files of subflows."""
    flow = expansion.file.flow
    assert flow is not None
    check = NodeCheck(expansion, around.registry)
    inner: dict[str, Report] = {}
    for placed in (*expansion.nodes.values(), *expansion.disabled.values()):
        if placed.sound:
            continue  # as it was when it was looked at
        if not placed.inner:
            found = len(report)
            check.check(placed, report)
            placed.sound = len(report) == found
        elif placed.id.partition("/")[0] not in wrong_instances and any(
            name.startswith("parameter:") for _, name in references(placed.spec.options)
        ):
            # the rest of a subflow's nodes are the same in every instance and checked in its own file
            file = around.project.flows[placed.flow]
            check.check(placed, inner.setdefault(placed.flow, file.json.report()))
    for name, connection in expansion.connections.items():
        if name in flow.connections:
            check.check_connection(connection, name, report)
    return [problem for one in inner.values() for problem in one.problems()]


def _check_shared(around: Surroundings) -> list[Problem]:
    """Return the problems of the connections that the flows of a folder share."""
    shared = around.project.shared
    if shared is None:
        return []
    report = shared.json.report()
    for name, spec in shared.connections.items():
        nothing = Flow(name="connections", connections={name: spec})
        expansion = expand(wrap(nothing), around)
        NodeCheck(expansion, around.registry).check_connection(expansion.connections[name], name, report)
    return [*shared.problems, *report.problems()]

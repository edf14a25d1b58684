"""Flows used as nodes: that they are there, get the parameters they want, and are not inside themselves."""

from __future__ import annotations

from flowengine.flow.check_nodes import check_references, check_secrets_in_clear
from flowengine.flow.expand import parameters_schema
from flowengine.flow.expansion import Expansion
from flowengine.flow.foreign_schema import faults_of_schema
from flowengine.flow.judge import judge
from flowengine.flow.model import Flow
from flowengine.flow.problem import Report, Severity, listed, near
from flowengine.flow.project import SUBFLOW, Project


def used_subflows(name: str, project: Project) -> list[str]:
    """Return the names of all flows that a flow uses as nodes, at any depth, itself left out."""
    found: dict[str, None] = {}
    todo = [name]
    while todo:
        flow = project.flow(todo.pop())
        for spec in flow.nodes.values() if flow is not None else ():
            if not spec.type.startswith(SUBFLOW):
                continue
            inner = project.subflow(spec.type)
            if inner is not None and not spec.disabled and inner.name not in found and inner.name != name:
                found[inner.name] = None
                todo.append(inner.name)
    return list(found)


def check_subflows(flow: Flow, expansion: Expansion, project: Project, report: Report) -> set[str]:
    """Report instances of subflows that are missing, wrong or endless; return those with wrong parameters."""
    wrong: set[str] = set()
    for key, spec in flow.nodes.items():
        if not spec.type.startswith(SUBFLOW):
            continue
        severity: Severity = "warning" if spec.disabled else "error"
        subflow = project.subflow(spec.type)
        if subflow is None:
            _report_unknown(key, spec.type.removeprefix(SUBFLOW), project, severity, report)
            continue
        cycle = None if spec.disabled else _cycle(flow.name, subflow.name, project)
        if cycle:
            message = f"the flow is inside itself: {' -> '.join(cycle)}"
            report.error("recursion", ("nodes", key, "type"), message, node=key, hint="take one of them out")
        elif key in expansion.instances and not _check_parameters(key, subflow, expansion, report):
            wrong.add(key)
    return wrong


def check_parameters_declared(flow: Flow, report: Report) -> None:
    """Report parameters of a subflow whose JSON Schema is none, or whose default does not fit it."""
    assert flow.subflow is not None
    for name, schema in flow.subflow.parameters.items():
        keys = ("subflow", "parameters", name)
        fault = faults_of_schema(schema)
        if fault:
            report.error("bad-schema", keys, f"the schema of parameter '{name}' is none: {fault}")
        elif "default" in schema:
            for verdict in judge(schema, schema["default"]):
                report.error("bad-value", (*keys, "default", *verdict.keys), f"the default {verdict.message}")


def _report_unknown(key: str, name: str, project: Project, severity: Severity, report: Report) -> None:
    keys = ("nodes", key, "type")
    file = project.flows.get(name)
    if file is None:
        known = project.subflow_names()
        hint = near(name, known) or (f"known: {listed(known)}" if known else "no flow of this folder is a subflow")
        report.add(severity, "unknown-subflow", keys, f"there is no subflow '{name[:100]}'", node=key, hint=hint)
    elif file.flow is None:
        message = f"subflow '{name}' cannot be read: {file.json.file} has errors"
        report.add(severity, "broken-subflow", keys, message, node=key)
    else:
        hint = "give it the key 'subflow', with its parameters, inputs and outputs"
        report.add(severity, "not-a-subflow", keys, f"flow '{name}' is no subflow", node=key, hint=hint)


def _check_parameters(key: str, subflow: Flow, expansion: Expansion, report: Report) -> bool:
    """Report what is wrong with the parameters of an instance; return whether all is well."""
    assert subflow.subflow is not None
    flow = expansion.file.flow
    assert flow is not None
    if any(faults_of_schema(schema) for schema in subflow.subflow.parameters.values()):
        return False  # said where the subflow is checked
    resolved = expansion.instances[key]
    keys = ("nodes", key, "options")
    schema = parameters_schema(subflow.subflow)
    check_references(resolved, report, keys, key)
    check_secrets_in_clear(schema, flow.nodes[key].options, report, keys, key)
    not_known = {where[0] for where in (*resolved.open, *(f.keys for f in resolved.faults), *resolved.secret) if where}
    found = [v for v in judge(schema, resolved.value, "parameter") if not (v.keys and v.keys[0] in not_known)]
    for verdict in found:
        report.error(verdict.code, (*keys, *verdict.keys), verdict.message, node=key, hint=verdict.hint)
    return not found


def _cycle(outer: str, inner: str, project: Project) -> list[str]:
    """Return the way from `outer` through its subflow `inner` back to `outer`, or nothing if there is none."""
    ways = {inner: [outer, inner]}
    todo = [inner]
    while todo:
        name = todo.pop(0)
        if name == outer:
            return ways[name]
        flow = project.flow(name)
        for spec in flow.nodes.values() if flow is not None else ():
            found = project.subflow(spec.type)
            if found is not None and not spec.disabled and (found.name not in ways):
                ways[found.name] = [*ways[name], found.name]
                todo.append(found.name)
    return []

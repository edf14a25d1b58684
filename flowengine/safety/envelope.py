"""`envelope.json`: from its text to limits that the guard can hold, with every problem in it.

Inputs and outputs are nodes that OT chooses, written as in a flow file. So they are checked as one: as a flow of that
many nodes without a wire. Shared connections are not looked at: the envelope says by itself what it is about.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec

from flowengine.errors import FlowInvalid
from flowengine.flow.check import examine
from flowengine.flow.expansion import Surroundings
from flowengine.flow.file import FlowFile, from_data
from flowengine.flow.judge import judge
from flowengine.flow.model import Flow, NodeSpec
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.problem import Keys, Problem, Report, errors
from flowengine.flow.project import Project
from flowengine.flow.references import Secrets, references
from flowengine.flow.strict_json import MISSING, Json, parse_json, read_json
from flowengine.options import connection_names
from flowengine.registry import Registry
from flowengine.safety.limits_of import limits_of, stops_of
from flowengine.safety.model import Envelope, Output
from flowengine.safety.shape import EnvelopeShape, schema

FILE: Final = "envelope.json"
"""The name of the file, beside the flows."""
FLOW: Final = "envelope"
"""The name of the flow that inputs and outputs make up."""


@dataclass(frozen=True)
class EnvelopeFile:
    """An envelope and where it was read."""

    json: Json
    envelope: Envelope | None
    """None: it has errors, or variables that are not known here."""
    plan: Plan | None
    """The nodes of its inputs and outputs."""
    problems: list[Problem] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether it has no errors."""
        return not errors(self.problems)


def envelope_file(folder: Path) -> Path:
    """Return where the envelope of a folder of flows, or of the folder of a flow file, is kept."""
    return (folder if folder.is_dir() else folder.parent) / FILE


def read_envelope(
    path: Path, registry: Registry, environment: Mapping[str, str] | None = None, secrets: Secrets | None = None
) -> EnvelopeFile:
    """Read an envelope; never raises, see `EnvelopeFile.problems`.

    `environment` holds the variables of the process; None: not known here, so only its form is judged.
    """
    return _envelope(read_json(path), registry, environment, secrets)


def parse_envelope(
    text: bytes | str,
    registry: Registry,
    environment: Mapping[str, str] | None = None,
    file: str = FILE,
    secrets: Secrets | None = None,
) -> EnvelopeFile:
    """Read an envelope from text; never raises, see `EnvelopeFile.problems`."""
    return _envelope(parse_json(text, file), registry, environment, secrets)


def _envelope(
    json: Json, registry: Registry, environment: Mapping[str, str] | None, secrets: Secrets | None
) -> EnvelopeFile:
    if json.value is MISSING or errors(json.problems):
        return EnvelopeFile(json, None, None, json.problems)
    report = json.report()
    try:
        shape = msgspec.convert(json.value, EnvelopeShape)
    except (msgspec.ValidationError, RecursionError) as error:
        for verdict in judge(schema(), json.value):
            report.error(verdict.code, verdict.keys, verdict.message, hint=verdict.hint)
        if not report.has_errors:  # what the schema cannot say
            report.error("bad-form", (), str(error))
        return EnvelopeFile(json, None, None, [*json.problems, *report.problems()])
    flow = _flow_of(shape)
    file = FlowFile(_as_flow(json, shape), flow, [])
    project = Project.of(file)
    found = examine(FLOW, Surroundings(project, registry, environment, secrets))[0]
    problems = [*json.problems, *(_moved(problem, shape) for problem in errors(found))]
    _check_kinds(shape, registry, report)
    plan = None
    if not problems and not report.has_errors and environment is not None:
        try:
            plan = plan_flow(file, project, registry, environment, secrets)
        except FlowInvalid as error:
            problems += [_moved(problem, shape) for problem in error.problems if isinstance(problem, Problem)]
    outputs = limits_of(shape, plan, report)
    _check_whole(shape, outputs, report)
    problems += report.problems()
    envelope = _built(shape, outputs) if plan is not None and not errors(problems) else None
    return EnvelopeFile(json, envelope, plan, problems)


def _flow_of(shape: EnvelopeShape) -> Flow:
    nodes = {name: NodeSpec(type=one.type, options=one.options) for name, one in (shape.inputs | shape.outputs).items()}
    connections = msgspec.to_builtins(shape.connections)
    bare = from_data({"flowengine": 1, "name": FLOW, "connections": connections})
    return msgspec.structs.replace(bare, nodes=nodes)


def _built(shape: EnvelopeShape, outputs: Mapping[str, Output]) -> Envelope:
    order = (*shape.emergency_stop.order, *(name for name in outputs if name not in shape.emergency_stop.order))
    inputs = {name: one.max_age for name, one in shape.inputs.items()}
    return Envelope(shape.version, outputs, inputs, stops_of(shape), order)


def _as_flow(json: Json, shape: EnvelopeShape) -> Json:
    """Return the JSON so that the lines of nodes are found where inputs and outputs stand."""

    class Lines(Json):
        def lines(self, paths: Collection[Keys]) -> Mapping[Keys, int]:
            there = {path: _place(path, shape) for path in paths}
            found = super().lines(list(there.values()))
            return {path: found[place] for path, place in there.items() if place in found}

    return Lines(json.file, json.text, json.value, [])


def _place(path: Keys, shape: EnvelopeShape) -> Keys:
    if path[:1] == ("nodes",):
        return ("outputs" if len(path) > 1 and path[1] in shape.outputs else "inputs", *path[1:])
    return path


def _moved(problem: Problem, shape: EnvelopeShape) -> Problem:
    """Return a problem of a node as one of the input or output that it is."""
    if not problem.path.startswith("$.nodes"):
        return problem
    place = "outputs" if problem.node in shape.outputs else "inputs"
    return Problem(
        problem.severity,
        problem.code,
        problem.message,
        problem.file,
        problem.line,
        f"$.{place}" + problem.path.removeprefix("$.nodes"),
        hint=problem.hint,
    )


def _check_kinds(shape: EnvelopeShape, registry: Registry, report: Report) -> None:
    """Check that inputs are sources, and outputs actuators of machines."""
    for name in shape.inputs.keys() & shape.outputs.keys():
        report.error(
            "same-name", ("outputs", name), f"'{name}' is an input too", hint="give one of the two another name"
        )
    for place, nodes, kind in (("inputs", shape.inputs, "source"), ("outputs", shape.outputs, "actuator")):
        for name, one in nodes.items():
            found = registry.types.get(one.type)
            if found is not None and found.cls.kind != kind:
                message = f"'{one.type}' is of kind {found.cls.kind}; it must be of kind {kind}"
                report.error("wrong-kind", (place, name, "type"), message)
    for name, connection in shape.connections.items():
        for keys, inside in references(connection.options):
            message = f"who sets {inside.partition(':-')[0]} where the engine runs chooses the device of '{name}'"
            hint = "write the address itself, unless that is meant"
            report.warning("open-device", ("connections", name, "options", *keys), message, hint=hint)


def _check_whole(shape: EnvelopeShape, outputs: Mapping[str, Output], report: Report) -> None:
    """Check what lies between the outputs: places that two of them write, and the order of the emergency stop."""
    first: dict[str, str] = {}
    for name, output in outputs.items():
        if output.address and first.setdefault(output.address, name) != name:
            message = f"'{name}' writes where '{first[output.address]}' does: {output.address}"
            report.error("same-address", ("outputs", name), message, hint="an output is one place: keep one of the two")
    for number, name in enumerate(shape.emergency_stop.order):
        keys: Keys = ("emergency_stop", "order", number)
        if name not in shape.outputs:
            report.error("unknown-output", keys, f"there is no output '{name}'")
        elif name in shape.emergency_stop.order[:number]:
            report.error("twice", keys, f"'{name}' stands in the order twice")


def ot_connection(plan: Plan, name: str) -> bool:
    """Say whether a node of a plan uses a device of the OT side."""
    node = plan.nodes[name]
    return any(plan.connections[one].cls.ot for one in connection_names(node.cls, node.options))

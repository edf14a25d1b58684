"""Flows against the envelope: commands that the guard would refuse whatever their value is, found before they run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from flowengine.errors import FlowInvalid, NodeError
from flowengine.flow.plan import Plan, PlannedWire, plan_flow
from flowengine.flow.problem import Keys, Problem, Report, listed
from flowengine.flow.project import Project
from flowengine.flow.references import Secrets
from flowengine.message import Message
from flowengine.node import Actuator
from flowengine.options import connection_names
from flowengine.registry import Registry
from flowengine.safety.actuators import looked_at
from flowengine.safety.envelope import EnvelopeFile
from flowengine.safety.guard import may_write
from flowengine.safety.model import Output
from flowengine.writes import Write

SAMPLES: Final = (0, False, "", *([0] * size for size in range(1, 9)), *([False] * size for size in range(1, 17)))
"""Payloads that are tried, to hear where a node writes."""


def check_flows(
    found: EnvelopeFile,
    project: Project,
    registry: Registry,
    environment: Mapping[str, str],
    secrets: Secrets | None = None,
) -> list[Problem]:
    """Return every actuator that no command can come through; a flow with errors of its own is left out."""
    problems: list[Problem] = []
    for flow in project.runnable() if found.envelope is not None else ():
        try:
            plan = plan_flow(flow, project, registry, environment, secrets)
        except FlowInvalid:
            continue
        report = project.flows[flow.name].json.report()
        for name in plan.nodes:
            check_node(name, plan, found, report)
        problems += report.problems()
    return problems


def check_node(name: str, plan: Plan, found: EnvelopeFile, report: Report) -> None:
    """Report what of an actuator at a device the guard would refuse or cut, by an envelope without errors."""
    planned = plan.nodes[name]
    devices = [plan.connections[one] for one in connection_names(planned.cls, planned.options)]
    devices = [one for one in devices if one.cls.ot]
    if not issubclass(planned.cls, Actuator) or not devices:
        return
    envelope, keys = found.envelope, ("nodes", name.partition("/")[0])
    assert envelope is not None
    assert found.plan is not None
    outputs = {output.address: output for output in envelope.outputs.values()}
    for write in writes_of(name, plan) or ():
        output = outputs.get(write.address)
        if output is None:
            hint = f"OT lists it, or it stays unwritten; listed: {listed(outputs, 5)}"
            message = f"it writes {write.address}, which the envelope does not list"
            report.error("not-in-envelope", keys, message, node=name, hint=hint)
        elif not may_write(output.writers, f"{plan.name}/{name}"):
            hint = f"its writers are {', '.join(output.writers)}"
            message = f"the envelope does not let {plan.name}/{name} write '{output.name}'"
            report.error("not-a-writer", keys, message, node=name, hint=hint)
        elif write.unit and output.unit and write.unit != output.unit:
            message = f"it writes '{output.name}' in {write.unit}, and the envelope has it in {output.unit}"
            report.error("other-unit", keys, message, node=name)
        elif not {one.key for one in devices} <= {one.key for one in found.plan.connections.values()}:
            message = f"its connection leads to the device of '{output.name}' by other options than the envelope's"
            hint = "write them alike, so that no command can overtake a safe value"
            report.error("other-connection", keys, message, node=name, hint=hint)
        else:
            _check_values(name, plan, output, report, keys)
    if writes_of(name, plan) is None:
        message = f"{planned.cls.type} cannot say beforehand what it writes, so the guard lets nothing of it through"
        report.error("cannot-say", keys, message, node=name)


def _check_values(name: str, plan: Plan, output: Output, report: Report, keys: Keys) -> None:
    """Hold what is known of the values that come to an output against its range."""
    if output.low is None or output.high is None:
        return
    for wire in plan.wires:
        if wire.target != name:
            continue
        source = plan.nodes[wire.source]
        sent = source.cls.sends(source.options, wire.out)
        for value in dict.fromkeys(sent or ()):
            if all(output.low <= one <= output.high for one in _written(name, plan, value)):
                continue
            message = f"{wire.source} sends {value:g}, and '{output.name}' may be {output.low:g} to {output.high:g}"
            assert sent is not None
            if sent[0] == sent[1] and not output.clamp:
                report.error("outside-envelope", keys, message, node=name, hint="the guard would refuse it, always")
            else:
                hint = "the guard cuts it" if output.clamp else "the guard refuses what is beyond"
                report.warning("beyond-envelope", keys, message, node=name, hint=hint)


def writes_of(name: str, plan: Plan) -> Sequence[Write] | None:
    """Return where a node writes; None: it cannot say. A node that takes no sample is not judged: nothing is known."""
    node = looked_at(name, plan)
    for sample in SAMPLES:
        try:
            return node.writes(Message(sample))
        except NodeError:
            continue
    return ()


def sent_to(name: str, plan: Plan, wire: PlannedWire) -> tuple[float, float] | None:
    """Return the least and the greatest number that a node writes for what a wire brings it; None: not known."""
    source = plan.nodes[wire.source]
    sent = source.cls.sends(source.options, wire.out)
    written = [number for value in sent or () for number in _written(name, plan, value)]
    return (min(written), max(written)) if written else None


def _written(name: str, plan: Plan, value: float) -> list[float]:
    """Return the numbers that a node writes for one."""
    writes = looked_at(name, plan).writes(Message(value)) or ()
    return [write.value for write in writes if not isinstance(write.value, str)]

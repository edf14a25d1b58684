"""Wires: that both ends exist, that what leaves fits what is expected, that none is there twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flowengine.flow.expansion import Expansion, Placed, split_end
from flowengine.flow.model import ERROR_PORT, Flow
from flowengine.flow.ports import Ports, interface_inputs, interface_outputs
from flowengine.flow.problem import Keys, Report, listed, near
from flowengine.flow.project import Project
from flowengine.port import Port


@dataclass(frozen=True)
class Ends:
    """What wires of a flow can be attached to: the ports of each node, None where they are not known."""

    inputs: Mapping[str, Ports | None]
    outputs: Mapping[str, Ports | None]


def ends_of(flow: Flow, expansion: Expansion, project: Project) -> Ends:
    """Return the ports of all nodes of a flow, the disabled ones included."""
    inputs: dict[str, Ports | None] = {}
    outputs: dict[str, Ports | None] = {}
    for key, spec in flow.nodes.items():
        subflow = project.subflow(spec.type)
        if subflow is not None and subflow.subflow is not None:
            inputs[key] = interface_inputs(subflow.subflow)
            outputs[key] = interface_outputs(subflow.subflow)
            continue
        placed: Placed | None = expansion.nodes.get(key) or expansion.disabled.get(key)
        inputs[key] = placed.inputs if placed is not None else None
        outputs[key] = placed.outputs if placed is not None else None
    return Ends(inputs, outputs)


def check_wires(flow: Flow, ends: Ends, report: Report) -> None:
    """Report wires that lead nowhere, do not fit, or are there twice."""
    first: dict[tuple[str, str, str, str], int] = {}
    for n, wire in enumerate(flow.wires):
        keys: Keys = ("wires", n)
        out = _port(ends.outputs, wire.source, wire.out, "output", (*keys, "from"), report)
        port = _port(ends.inputs, wire.target, wire.port, "input", (*keys, "to"), report)
        if out is not None and port is not None:
            _check_payload(wire.source, out, wire.target, port, keys, report)
        same = (
            wire.source,
            out.name if out is not None else wire.out,
            wire.target,
            port.name if port is not None else wire.port,
        )
        if same in first:
            message = f"the same wire from '{wire.source}' to '{wire.target}' is there already, as number {first[same]}"
            hint = "each message arrives twice: remove one"
            report.warning("duplicate-wire", keys, message, node=wire.source, hint=hint)
        first.setdefault(same, n + 1)


def check_interface(flow: Flow, ends: Ends, report: Report) -> None:
    """Report ports of a subflow that lead to nothing inside."""
    assert flow.subflow is not None
    for port, inner in flow.subflow.inputs.items():
        for n, end in enumerate(inner):
            _port(ends.inputs, *split_end(end), "input", ("subflow", "inputs", port, n), report)
    for port, inner in flow.subflow.outputs.items():
        for n, end in enumerate(inner):
            _port(ends.outputs, *split_end(end), "output", ("subflow", "outputs", port, n), report)


def _port(
    ports_of: Mapping[str, Ports | None], node: str, name: str, direction: str, keys: Keys, report: Report
) -> Port | None:
    """Return the port that one end of a wire names, or None when it is not there or not known."""
    if node not in ports_of:
        hint = near(node, ports_of) or (f"known: {listed(ports_of)}" if ports_of else "the flow has no nodes")
        report.error("unknown-node", keys, f"there is no node '{node}'", node=node, hint=hint)
        return None
    ports = ports_of[node]
    if ports is None:
        return None
    own = [port for port in ports if port.name != ERROR_PORT]
    if not name:
        if own:
            return ports[0]
        hint = "write it as node.error" if ports else ""
        report.error(
            "no-port", keys, f"'{node}' has no {direction}", node=node, hint=hint if direction == "output" else ""
        )
        return None
    found = next((port for port in ports if port.name == name), None)
    if found is None:
        message = f"'{node}' has no {direction} '{name}'"
        hint = f"its {direction}s are: {listed(port.name for port in ports)}" if ports else f"it has no {direction}s"
        report.error("unknown-port", keys, message, node=node, hint=hint)
    return found


def _check_payload(source: str, out: Port, target: str, port: Port, keys: Keys, report: Report) -> None:
    if "any" in (out.payload, port.payload) or out.payload == port.payload:
        return
    message = (
        f"'{source}.{out.name}' sends {_PAYLOADS[out.payload]}, "
        f"but '{target}.{port.name}' takes {_PAYLOADS[port.payload]}"
    )
    report.error("payload-mismatch", keys, message, node=target, hint="put a node that converts it in between")


_PAYLOADS = {
    "number": "a number",
    "boolean": "true or false",
    "text": "text",
    "bytes": "bytes",
    "object": "an object",
    "list": "a list",
}

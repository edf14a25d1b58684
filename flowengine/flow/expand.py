"""A flow with its subflows put in place, disabled parts left out and references resolved.

Each node of a subflow gets the id `instance/inner`, so two instances share nothing. A flow with mistakes is expanded
too, as far as it goes: the checks work on the outcome.

A flow is expanded again and again while people work on it, so what has not changed is taken over from the time before:
a node is, if it is the same object (see `sharing`), of the same class, refers to nothing, and the connections that it
uses have not changed; wires are, if in addition no node differs in its ports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.flow.expansion import (
    Block,
    End,
    Expansion,
    Placed,
    PlacedConnection,
    PlannedName,
    Surroundings,
    split_end,
)
from flowengine.flow.file import FlowFile
from flowengine.flow.model import ERROR_PORT, Flow, Interface, NodeSpec
from flowengine.flow.plan import PlannedWire
from flowengine.flow.ports import Ports, interface_inputs, interface_outputs, may_fail
from flowengine.flow.project import Project
from flowengine.flow.references import Scope, resolve
from flowengine.node import Connection
from flowengine.options import schema_of

MOST_NODES = 50_000
"""A flow may not grow larger than this by its subflows."""
MOST_LEVELS = 50
"""Subflows within subflows at most."""


def expand(file: FlowFile, around: Surroundings, before: Expansion | None = None) -> Expansion:
    """Expand a flow whose form is sound; what has not changed is taken over from `before`."""
    assert file.flow is not None
    work = _Work(Expansion(file), around, file.flow, before)
    work.result.too_large = _grown(file.flow, around.project, {}, 0) > MOST_NODES
    scope = work.scope_of(file.flow, None)
    work.result.environment = dict(scope.environment)
    work.place(file, "", scope, (file.flow.name,))
    for name in file.flow.connections:
        work.connection(name, file.flow, "", scope)
    if before is not None and not work.result.wired_as_before:
        work.result.wires = _as_before(work.result.wires, before.wires)
    return work.result


def parameters_schema(interface: Interface) -> dict[str, Any]:
    """Return the JSON Schema of the options of a subflow's instances."""
    return {
        "type": "object",
        "properties": interface.parameters,
        "required": [name for name, schema in interface.parameters.items() if "default" not in schema],
        "additionalProperties": False,
    }


@dataclass
class _Work:
    result: Expansion
    around: Surroundings
    top: Flow
    before: Expansion | None = None
    _unchanged: dict[str, bool] = field(default_factory=dict)
    """Planned connection -> whether it is as before."""

    def scope_of(self, flow: Flow, parameters: Mapping[str, Any] | None) -> Scope:
        """Return where references in a flow's options find their values."""
        outside = Scope(process=self.around.environment, secrets=self.around.secrets)
        environment = resolve(flow.environment, outside)
        if flow is self.top:
            self.result.environment_faults = environment
        known = {name: value for name, value in environment.value.items() if value is not None}
        declared = frozenset(flow.subflow.parameters) if flow.subflow is not None else frozenset()
        return Scope(known, outside.process, outside.secrets, parameters, declared)

    def place(self, file: FlowFile, prefix: str, scope: Scope, parents: tuple[str, ...]) -> Block | None:
        """Put all nodes and wires of a flow in place; return its ends when it is a subflow."""
        flow = file.flow
        assert flow is not None
        blocks: dict[str, Block] = {}
        nodes: dict[str, Placed] = {}
        for key, spec in flow.nodes.items():
            subflow = self.around.project.subflow(spec.type)
            if subflow is not None and not spec.disabled:
                block = self._place_instance(key, spec, subflow, flow, prefix, scope, parents)
                if block is not None:
                    blocks[key] = block
                continue
            placed = self._placed(key, spec, flow, prefix, scope)
            if not spec.disabled:
                nodes[key] = self.result.nodes[placed.id] = placed
            elif not prefix:
                self.result.disabled[key] = placed
        if not prefix:
            self.result.blocks = blocks
            if self._is_wired_as_before(flow):
                assert self.before is not None
                self.result.wires, self.result.wired_as_before = self.before.wires, True
                return None
        wired_errors = self._place_wires(flow, nodes, blocks)
        if flow.subflow is None:
            return None
        return Block(
            flow.subflow,
            {p: [e for end in ends for e in _inputs(end, nodes, blocks)] for p, ends in flow.subflow.inputs.items()},
            {p: [e for end in ends for e in _outputs(end, nodes, blocks)] for p, ends in flow.subflow.outputs.items()},
            [
                *(n.id for key, n in nodes.items() if key not in wired_errors and n.cls and may_fail(n.cls)),
                *(inner for key, block in blocks.items() if key not in wired_errors for inner in block.failing),
            ],
        )

    def connection(self, name: str, flow: Flow, prefix: str, scope: Scope) -> str:
        """Return the planned name of a connection: the flow's own or a shared one; "" when there is neither."""
        if name in flow.connections:
            planned, spec, shared = prefix + name, flow.connections[name], False
        elif name in self.around.project.connections:
            planned = f"*/{name}" if name in self.top.connections else name
            spec, shared = self.around.project.connections[name], True
            scope = Scope(process=self.around.environment, secrets=self.around.secrets)
        else:
            return ""
        if planned not in self.result.connections:
            found = self.around.registry.types.get(spec.type)
            cls = found.cls if found is not None and issubclass(found.cls, Connection) else None
            resolved = resolve(spec.options, scope, schema_of(cls) if cls else None)
            self.result.connections[planned] = PlacedConnection(planned, spec, cls, resolved, shared)
        return planned

    def _placed(self, key: str, spec: NodeSpec, flow: Flow, prefix: str, scope: Scope) -> Placed:
        found = self.around.registry.types.get(spec.type)
        cls = found.cls if found is not None and not issubclass(found.cls, Connection) else None
        schema = schema_of(cls) if cls is not None else None
        old = self._before(prefix + key)
        if old is not None and old.spec is spec and old.cls is cls and old.flow == flow.name and old.lasts:
            connections = self._connect(schema, spec.options, flow, prefix, scope) if schema and old.connections else {}
            if connections == old.connections and all(map(self._is_unchanged, connections.values())):
                return old
        placed = Placed(prefix + key, flow.name, key, spec, cls, resolve(spec.options, scope, schema))
        if schema is not None:
            placed.connections = self._connect(schema, placed.resolved.value, flow, prefix, scope)
        return placed

    def _before(self, id: str) -> Placed | None:
        """Return what stood in a node's place before."""
        return None if self.before is None else self.before.nodes.get(id) or self.before.disabled.get(id)

    def _is_unchanged(self, planned: str) -> bool:
        """Say whether a connection is what it was before; one that holds a secret is not, as that may have changed."""
        known = self._unchanged.get(planned)
        if known is None:
            old = self.before.connections.get(planned) if self.before is not None else None
            new = self.result.connections.get(planned)
            known = self._unchanged[planned] = old is not None and new is not None and _same_connection(old, new)
        return known

    def _is_wired_as_before(self, flow: Flow) -> bool:
        """Say whether wires are the same, and all nodes as far as wires can tell; with subflows nobody has looked."""
        before, nodes = self.before, self.result.nodes
        if before is None or self.result.blocks or before.blocks or flow.subflow is not None:
            return False
        old = before.file.flow
        if old is None or old.wires is not flow.wires or old.subflow is not None:
            return False
        places = zip(nodes.items(), before.nodes.items(), strict=False)
        return (
            len(nodes) == len(before.nodes)
            and before.disabled.keys() == self.result.disabled.keys()
            and all(one[0] == two[0] and _same_ports(one[1], two[1]) for one, two in places)
            and all(_same_ports(one, before.disabled[name]) for name, one in self.result.disabled.items())
        )

    def _connect(
        self, schema: Mapping[str, Any], options: Mapping[str, Any], flow: Flow, prefix: str, scope: Scope
    ) -> dict[str, str]:
        """Return the planned names of the connections that options ask for."""
        found: dict[str, str] = {}
        for name in connection_options(schema):
            value = options.get(name)
            if isinstance(value, PlannedName):
                found[name] = str(value)
            elif isinstance(value, str):
                found[name] = self.connection(value, flow, prefix, scope)
        return found

    def _place_instance(
        self,
        key: str,
        spec: NodeSpec,
        subflow: Flow,
        flow: Flow,
        prefix: str,
        scope: Scope,
        parents: tuple[str, ...],
    ) -> Block | None:
        assert subflow.subflow is not None
        if self.result.too_large or subflow.name in parents:
            return None  # the flow is inside itself: the check says so
        schema = parameters_schema(subflow.subflow)
        resolved = resolve(spec.options, scope, schema)
        if not prefix:
            self.result.instances[key] = resolved
        defaults = {name: s["default"] for name, s in subflow.subflow.parameters.items() if "default" in s}
        open_now = {keys[0] for keys in (*resolved.open, *(fault.keys for fault in resolved.faults)) if keys}
        parameters = {name: value for name, value in (defaults | resolved.value).items() if name not in open_now}
        for name, planned in self._connect(schema, parameters, flow, prefix, scope).items():
            parameters[name] = PlannedName(planned)
        inner = self.around.project.flows[subflow.name]
        return self.place(inner, f"{prefix}{key}/", self.scope_of(subflow, parameters), (*parents, subflow.name))

    def _place_wires(self, flow: Flow, nodes: Mapping[str, Placed], blocks: Mapping[str, Block]) -> set[str]:
        """Put the wires of a flow in place; return the nodes whose error port is wired."""
        wired_errors: set[str] = set()
        for wire in flow.wires:
            if wire.disabled:
                continue
            targets = _inputs((wire.target, wire.port), nodes, blocks)
            for source, out in _outputs((wire.source, wire.out), nodes, blocks):
                for target, port in targets:
                    self.result.wires.append(PlannedWire(source, out, target, port, wire.feedback, wire.queue))
            if wire.out == ERROR_PORT and targets:
                wired_errors.add(wire.source)
        return wired_errors


def _as_before(wires: list[PlannedWire], before: list[PlannedWire]) -> list[PlannedWire]:
    """Return wires; those that there were before are the same objects."""
    known = {(wire.source, wire.out, wire.target, wire.port): wire for wire in before}
    found = []
    for wire in wires:
        old = known.get((wire.source, wire.out, wire.target, wire.port))
        same = old is not None and old.feedback is wire.feedback and old.queue is wire.queue
        found.append(old if same and old is not None else wire)
    return found


def _same_connection(old: PlacedConnection, new: PlacedConnection) -> bool:
    if old.spec is not new.spec or old.cls is not new.cls or old.resolved.secret or new.resolved.secret:
        return False
    return old.resolved.complete and new.resolved.complete and _strictly(old.resolved.value, new.resolved.value)


def _strictly(old: Any, new: Any) -> bool:
    """Say whether two JSON values are the same; 1 is not 1.0."""
    return old is new or repr(old) == repr(new)


def _same_ports(old: Placed, new: Placed) -> bool:
    return old is new or (old.cls is new.cls and old.inputs == new.inputs and old.outputs == new.outputs)


def _grown(flow: Flow, project: Project, known: dict[str, float], level: int) -> float:
    """Return how many nodes a flow has with its subflows; infinity when they are nested too deep."""
    if level > MOST_LEVELS:
        return float("inf")
    total = 0.0
    known[flow.name] = total  # what is inside itself is found elsewhere
    for spec in flow.nodes.values():
        inner = project.subflow(spec.type) if not spec.disabled else None
        if inner is None:
            total += 1
        else:
            if inner.name not in known:
                known[inner.name] = _grown(inner, project, known, level + 1)
            total += known[inner.name]
    return total


def connection_options(schema: Mapping[str, Any]) -> list[str]:
    """Return the names of the options that ask for a connection."""
    return [name for name, inner in schema["properties"].items() if "x-connection" in inner]


def _inputs(end: str | End, nodes: Mapping[str, Placed], blocks: Mapping[str, Block]) -> list[End]:
    key, port = split_end(end) if isinstance(end, str) else end
    if key in nodes:
        return _end(nodes[key].id, port, nodes[key].inputs)
    if key in blocks:
        return blocks[key].inputs.get(port or _first(interface_inputs(blocks[key].interface)), [])
    return []


def _outputs(end: str | End, nodes: Mapping[str, Placed], blocks: Mapping[str, Block]) -> list[End]:
    key, port = split_end(end) if isinstance(end, str) else end
    if key in nodes:
        return _end(nodes[key].id, port, nodes[key].outputs)
    if key in blocks:
        port = port or _first(interface_outputs(blocks[key].interface))
        if port == ERROR_PORT and port not in blocks[key].outputs:
            return [(inner, ERROR_PORT) for inner in blocks[key].failing]
        return blocks[key].outputs.get(port, [])
    return []


def _end(node: str, port: str, ports: Ports | None) -> list[End]:
    """Return the end of a wire at a node; there is none where the file names no port and the node has none."""
    port = port or _first(ports)
    return [(node, port)] if port or ports is None else []


def _first(ports: Ports | None) -> str:
    return next((port.name for port in ports or () if port.name != ERROR_PORT), "")

"""A flow in which messages can be given to, and seen at, places that a plan no longer has.

An instance of a subflow is gone once the flow has been expanded, and so is a disabled node. For a test both still
matter: "what came to zone-1?", "nothing reached the node I have switched off". So each input of an instance gets a
door in front, which lets everything through, and each disabled node becomes a dead end.
"""

from __future__ import annotations

import types
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from flowengine.flow.model import Flow, NodeSpec, Wire
from flowengine.flow.ports import input_ports
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.node import Transform
from flowengine.port import Port
from flowengine.registry import Registry

PACKAGE = "flowengine-doors"


class Door(Transform, type="flowengine-doors/door"):
    """Let everything through."""

    def process(self, msg: Message) -> Message:
        """Return the message as it is."""
        return msg


@dataclass(frozen=True)
class Doored:
    """A flow with doors, and the registry that knows them."""

    flow: Flow
    registry: Registry
    doors: dict[str, dict[str, str]] = field(default_factory=dict)
    """Instance of a subflow -> input port -> the node that is its door."""
    dead_ends: frozenset[str] = frozenset()
    """Disabled nodes; in this flow they run, and do nothing."""


def with_doors(flow: Flow, project: Project, registry: Registry) -> Doored:
    """Return a flow with its doors. The flow must have passed its check."""
    instances = {
        key: list(subflow.subflow.inputs)
        for key, spec in flow.nodes.items()
        if not spec.disabled and (subflow := project.subflow(spec.type)) is not None and subflow.subflow is not None
    }
    disabled = [key for key, spec in flow.nodes.items() if spec.disabled]
    if not instances and not disabled:
        return Doored(flow, registry)
    known = Registry(dict(registry.types), registry.failed)
    known.add(Door, PACKAGE)
    nodes = dict(flow.nodes)
    wires = [wire for wire in flow.wires if wire.source not in disabled]
    doors: dict[str, dict[str, str]] = {}
    for key, ports in instances.items():
        doors[key] = {port: _free(f"{key}--{port}", nodes) for port in ports}
        nodes.update({door: NodeSpec(type=Door.type) for door in doors[key].values()})
        for number, wire in enumerate(wires):
            if wire.target == key:
                wires[number] = replace(wire, target=doors[key][wire.port or ports[0]], port="")
        wires += [Wire(source=door, target=key, port=port) for port, door in doors[key].items()]
    for key in disabled:
        cls = _dead_end(_ports_of_disabled(flow, key, registry))
        known.add(cls, PACKAGE)
        nodes[key] = NodeSpec(type=cls.type)
    return Doored(replace(flow, nodes=nodes, wires=tuple(wires)), known, doors, frozenset(disabled))


def _free(name: str, taken: Iterable[str]) -> str:
    while name in taken:
        name += "-"
    return name


def _ports_of_disabled(flow: Flow, key: str, registry: Registry) -> tuple[str, ...]:
    spec = flow.nodes[key]
    found = registry.types.get(spec.type)
    known = [port.name for port in (input_ports(found.cls, spec.options) if found is not None else None) or ()]
    named = [wire.port for wire in flow.wires if wire.target == key and wire.port]
    return tuple(dict.fromkeys([*known, *named])) or ("in",)


@lru_cache(maxsize=256)
def _dead_end(ports: tuple[str, ...]) -> type[Transform]:
    """Return a node class with these input ports that does nothing with what comes."""

    def fill(body: dict[str, Any]) -> None:
        body["__doc__"] = "Do nothing: the node is disabled."
        body["inputs"], body["outputs"] = tuple(Port(name) for name in ports), ()
        body["process"] = _nothing
        for name in ports[1:]:
            body[f"on_{name.replace('-', '_')}"] = _nothing

    return types.new_class("DeadEnd", (Transform,), {"type": f"{PACKAGE}/end-{'+'.join(ports)}"}, fill)


def _nothing(self: Transform, msg: Message) -> None:
    return None

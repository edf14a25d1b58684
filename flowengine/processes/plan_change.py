"""The difference between two plans as bytes: a process that runs the first needs no more to have the second."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flowengine.flow.plan import Plan, PlannedWire
from flowengine.node import Node
from flowengine.processes.image import pack, unpack


@dataclass(frozen=True)
class PlanChange:
    """The difference between a plan and the one before it, as it is sent to a worker that knows the one before."""

    plan: Plan
    """The plan, without wires, and without nodes that are the same as before."""
    order: list[str] | None
    """All nodes in order; None: they are those of before."""
    wires: list[int | PlannedWire] | None
    """All wires in order, those of before by their number there; None: they are those of before."""


def pack_change(old: Plan, new: Plan) -> bytes:
    """Return what `new` has that `old` has not; nodes and wires are the same if they are the same objects."""
    nodes = {name: node for name, node in new.nodes.items() if old.nodes.get(name) is not node}
    same_wires = len(old.wires) == len(new.wires) and all(map(operator.is_, old.wires, new.wires))
    number = {id(wire): n for n, wire in enumerate(old.wires)}
    wires = None if same_wires else [number.get(id(wire), wire) for wire in new.wires]
    order = None if list(old.nodes) == list(new.nodes) else list(new.nodes)
    return pack(PlanChange(replace(new, nodes=nodes, wires=()), order, wires))


def unpack_change(data: bytes, old: Plan, types: Mapping[str, type[Node]]) -> Plan:
    """Return the plan that these bytes make of the one before it; what is the same stays the same object.

    Raises:
        DeployFailed: it uses a type that this process has not.
    """
    change: PlanChange = unpack(data, PlanChange, types)
    plan = change.plan
    order = old.nodes if change.order is None else change.order
    nodes = {name: plan.nodes.get(name) or old.nodes[name] for name in order}
    if change.wires is None:
        return replace(plan, nodes=nodes, wires=old.wires)
    wires = tuple([old.wires[wire] if isinstance(wire, int) else wire for wire in change.wires])
    return replace(plan, nodes=nodes, wires=wires)

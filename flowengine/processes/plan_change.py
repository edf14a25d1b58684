"""The difference between two plans as bytes: a process that runs the first needs no more to have the second."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, replace

from flowengine.flow.plan import Plan
from flowengine.node import Node
from flowengine.processes.image import pack, unpack


@dataclass(frozen=True)
class PlanChange:
    """What a plan has that the one before it has not."""

    plan: Plan
    """The plan, without nodes and wires that are the same as before."""
    order: list[str] | None
    """All nodes in order; None: they are those of before."""
    same_wires: bool


def pack_change(old: Plan, new: Plan) -> bytes:
    """Return what `new` has that `old` has not; nodes and wires are the same if they are the same objects."""
    nodes = {name: node for name, node in new.nodes.items() if old.nodes.get(name) is not node}
    same_wires = len(old.wires) == len(new.wires) and all(map(operator.is_, old.wires, new.wires))
    order = None if list(old.nodes) == list(new.nodes) else list(new.nodes)
    rest = replace(new, nodes=nodes, wires=() if same_wires else new.wires)
    return pack(PlanChange(rest, order, same_wires))


def unpack_change(data: bytes, old: Plan, types: Mapping[str, type[Node]]) -> Plan:
    """Return the plan that these bytes make of the one before it; what is the same stays the same object.

    Raises:
        DeployFailed: it uses a type that this process has not.
    """
    change: PlanChange = unpack(data, PlanChange, types)
    plan = change.plan
    order = old.nodes if change.order is None else change.order
    nodes = {name: plan.nodes.get(name) or old.nodes[name] for name in order}
    return replace(plan, nodes=nodes, wires=old.wires if change.same_wires else plan.wires)

"""Actuators made for looking at: they are asked what they would write where, and never started."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flowengine.flow.plan import Plan, PlannedConnection
from flowengine.node import Actuator, Connection, Node
from flowengine.options import build


def looked_at(name: str, plan: Plan) -> Actuator:
    """Return an actuator of a plan."""
    planned = plan.nodes[name]
    return unstarted(planned.cls, planned.options, plan.connections)


def unstarted(cls: type[Node], options: Mapping[str, Any], connections: Mapping[str, PlannedConnection]) -> Actuator:
    """Return an actuator with connections that are not opened."""

    def connect(name: str) -> Connection:
        return build(connections[name].cls, connections[name].options)

    made = build(cls, options, connect)
    assert isinstance(made, Actuator)  # whoever asks has looked
    return made

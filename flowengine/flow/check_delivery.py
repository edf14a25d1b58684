"""What a flow promises of delivery has to be in the power of its sinks."""

from __future__ import annotations

from flowengine.flow.expansion import Expansion, Placed
from flowengine.flow.problem import Report
from flowengine.node import Actuator
from flowengine.options import connection_options


def check_delivery(expansion: Expansion, report: Report) -> None:
    """Check that every sink of a flow that is delivered effectively once tells the other side the key of a message."""
    flow = expansion.file.flow
    assert flow is not None
    if flow.delivery != "effectively-once":
        return
    for placed in expansion.nodes.values():
        if _without_key(placed, expansion):
            message = (
                f"delivery cannot be effectively-once: '{placed.id}' ({placed.spec.type}) tells the other side no key "
                "by which that knows what comes twice"
            )
            hint = "use at-least-once, or a sink with a key, such as mqtt/publish on a connection with protocol 5"
            report.error("no-delivery-key", ("delivery",), message, node=placed.id, hint=hint)


def _without_key(placed: Placed, expansion: Expansion) -> bool:
    if placed.cls is None or not issubclass(placed.cls, Actuator):
        return False
    connections = {
        option: expansion.connections[name].resolved.value
        for option in connection_options(placed.cls)
        if (name := placed.connections.get(option)) and name in expansion.connections
    }
    return not placed.cls.keyed(connections)

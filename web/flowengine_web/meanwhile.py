"""Until the engine can be looked at: what the hub asks of it, from its counters alone."""

from __future__ import annotations

from typing import Any

from flowengine.errors import NotFound
from flowengine.telemetry.faults import Faults
from flowengine.telemetry.look import FlowLook, NodeLook, WireLook
from flowengine.telemetry.observer import Observer


def give_eyes(engine: Any) -> None:
    """Add what is missing."""
    if hasattr(engine, "look"):
        return
    clock = engine.clock
    engine.observer = Observer(clock)
    engine.faults = Faults(clock.now, clock.monotonic)
    engine.watch = engine.observer.watch
    engine.unwatch = engine.observer.unwatch
    engine.trace = engine.observer.trace

    def look(name: str) -> FlowLook:
        flow = engine.flows.get(name)
        if flow is None:
            raise NotFound(f"no flow '{name}' runs")
        nodes = {
            key: NodeLook(
                node["status"]["level"],
                node["status"]["text"],
                *(node[word] for word in ("received", "sent", "failed", "dropped", "waiting")),
                None,
            )
            for key, node in flow.snapshot().items()
        }
        wires = {f"{w.source}.{w.out}>{w.target}.{w.port}": WireLook(n, False, None) for w, n in flow.passed().items()}
        return FlowLook(name, clock.now(), nodes, wires)

    engine.look = look

"""Context stores that outlast a restart, as Node-RED's `contextStorage` with files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flowengine.clock import VirtualClock
from flowengine.flow.plan import plan_flow
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine

CODE = """
for (const scope of [context, flow, global]) scope.set('a.n', (scope.get('a.n', 'file') || 0) + 1, 'file');
flow.set('m', (flow.get('m') || 0) + 1);
msg.keys = flow.keys();
return msg;
"""
FLOW: list[dict[str, Any]] = [
    {"id": "t", "type": "tab", "label": "t"},
    {"id": "fn", "z": "t", "type": "function", "func": CODE, "outputs": 1, "wires": [[]]},
]


def counted(folder: Path, registry: Registry, rounds: int) -> dict[str, Any]:
    """Run the function so often in an engine of its own; returns what it has counted in each scope."""
    clock = VirtualClock()
    environment = {"NODE_RED_STORES": "default, file", "NODE_RED_FILE_STORES": "file"}
    engine = Engine(clock, checkpoints=folder, environment=environment)
    flow = convert(FLOW, registry).flows["t"]

    async def main() -> dict[str, Any]:
        await engine.deploy(plan_flow(flow, Project(), registry))
        for _ in range(rounds):
            await engine.inject("t", "function", Message("x"))
        await clock.sleep(1)
        node: Any = engine.flows["t"].nodes["function"]
        found = {scope: node.store(scope, "file").get("a.n") for scope in ("node", "flow")}
        assert engine.shared.values["$kept:file:global:"] == {"a": {"n": rounds}}  # the service keeps this one
        assert node.store("flow", "file").keys() == ["a"]
        await engine.stop()
        return found

    return clock.run(main())


def test_a_file_store_goes_on_after_a_restart(tmp_path: Path, registry: Registry) -> None:
    assert counted(tmp_path, registry, 2) == {"node": 2, "flow": 2}
    assert counted(tmp_path, registry, 1) == {"node": 3, "flow": 3}

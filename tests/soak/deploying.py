"""The child of `deploys.py`: an engine whose flow is deployed again and again, each time a little different.

python -m tests.soak.deploying FLOWS [--most N]
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from flowengine.cli.run import stop_on_signals
from flowengine.registry import Registry
from flowengine.runtime import loop
from flowengine.service import Deploy, DeployItem, Service, Who

PAUSE_S = 0.02
"""Seconds between two deploys."""


def variant(flow: dict[str, Any], number: int) -> dict[str, Any]:
    """Return the flow with one node changed, one replaced by another, and its wires; its sums stay the same."""
    nodes = {name: node for name, node in flow["nodes"].items() if not name.startswith("also-")}
    wires = [wire for wire in flow["wires"] if not wire["to"].startswith("also-")]
    nodes["scale"] = {"type": "values/expression", "options": {"expression": "payload" if number % 2 else "(payload)"}}
    nodes[f"also-{number % 7}"] = {"type": "debug/counter"}
    return {
        **flow,
        "note": f"revision {number}",
        "nodes": nodes,
        "wires": [*wires, {"from": "count", "to": f"also-{number % 7}"}],
    }


async def _main(path: Path, most: int) -> None:
    stop = stop_on_signals()
    service = Service(path, Registry.discover())
    await service.start()
    flow = json.loads((path / "load.json").read_text(encoding="utf-8"))
    number = int(flow.get("note", "revision 0").split()[1])
    who, done = Who("Ada", "editor"), 0
    while not stop.is_set():
        if done < most:
            number, done = number + 1, done + 1
            item = DeployItem(service.disk.revision("load"), {**variant(flow, number), "name": "load"})
            await service.deploy(Deploy({"load": item}), who)
            sys.stdout.write(f"deployed {number}\n")
            sys.stdout.flush()
        await asyncio.sleep(PAUSE_S)
    await service.stop(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("flows", type=Path)
    parser.add_argument("--most", type=int, default=sys.maxsize)
    given = parser.parse_args()
    loop.run(_main(given.flows, given.most))


if __name__ == "__main__":
    main()

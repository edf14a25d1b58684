"""The example flows that the start page offers, made to stand alone."""

from __future__ import annotations

import json
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from flowengine.flow.project import CONNECTIONS, SUBFLOW, flow_files
from flowengine_web import shapes


@cache
def examples() -> tuple[shapes.Example, ...]:
    """Return the examples of the repository, or those that were installed with the package."""
    folder = Path(__file__).resolve().parents[2] / "flows"
    if not folder.is_dir():
        folder = Path(sysconfig.get_path("data")) / "share" / "flowengine" / "flows"
    if not folder.is_dir():
        return ()
    shared = _read(folder / CONNECTIONS).get("connections", {})
    return tuple(_example(file, shared) for file in flow_files(folder))


def _example(file: Path, shared: dict[str, Any]) -> shapes.Example:
    flow = _read(file)
    nodes = flow.get("nodes", {}).values()
    wanted = [value for node in nodes for value in node.get("options", {}).values() if isinstance(value, str)]
    used = {name: connection for name, connection in shared.items() if name in wanted}
    if used:
        flow["connections"] = {**used, **flow.get("connections", {})}
    name = flow.get("name", file.stem)
    subflows = dict.fromkeys(node["type"].removeprefix(SUBFLOW) for node in nodes if node["type"].startswith(SUBFLOW))
    note = str(flow.get("note", ""))
    title = name.replace("-", " ").capitalize()
    return shapes.Example(name=name, title=title, note=note, flow=flow, needs=list(subflows))


def _read(file: Path) -> dict[str, Any]:
    if not file.is_file():
        return {}
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found

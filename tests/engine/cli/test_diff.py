"""`flowengine diff` of files and folders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from flowengine.cli import cli
from flowengine.flow.canonical import format_flow


def flow(name: str, **options: Any) -> dict[str, Any]:
    return {"flowengine": 1, "name": name, "nodes": {"show": {"type": "debug/log", "options": options}}}


def folder(path: Path, *flows: dict[str, Any], port: int = 502) -> Path:
    path.mkdir()
    for data in flows:
        (path / f"{data['name']}.json").write_text(format_flow(data))
    shared = {"flowengine": 1, "connections": {"press": {"type": "modbus/device", "options": {"port": port}}}}
    (path / "connections.json").write_text(format_flow(shared))
    return path


def run(*arguments: Path | str) -> Result:
    return CliRunner().invoke(cli, ["diff", *map(str, arguments)])


def test_two_folders_are_compared_flow_by_flow_with_their_connections(tmp_path: Path) -> None:
    old = folder(tmp_path / "old", flow("same"), flow("changed", property="payload"), flow("gone"))
    new = folder(tmp_path / "new", flow("same"), flow("changed", property="topic"), flow("new"), port=503)
    done = run(old, new)
    assert done.exit_code == 1
    assert done.output.splitlines() == [
        "connections.json:",
        "  ~ connection press",
        "      options.port: 502 -> 503",
        "changed:",
        "  ~ node show",
        '      options.property: "payload" -> "topic"',
        "gone: (flow removed)",
        "  - node show",
        "new: (new flow)",
        "  + node show",
    ]
    assert run(old, old).exit_code == 0
    assert run(old, old).output == ""


def test_as_json_a_difference_has_its_wires_as_files_write_them(tmp_path: Path) -> None:
    old, new = tmp_path / "a.json", tmp_path / "b.json"
    old.write_text(format_flow(flow("a")))
    new.write_text(format_flow({**flow("a"), "wires": [{"from": "x", "to": "show.in", "disabled": True}]}))
    (change,) = json.loads(run(old, new, "--json").output)
    assert change["wires_added"] == [{"from": "x", "to": "show.in", "disabled": True}]
    assert (change["name"], change["logic"], change["wires_removed"]) == ("a", True, [])
    assert json.loads(run(old, old, "--json").output) == []


def test_a_file_and_a_folder_cannot_be_compared(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_text(format_flow(flow("a")))
    assert "two files or two folders" in run(file, tmp_path).output

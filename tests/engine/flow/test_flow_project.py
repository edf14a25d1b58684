from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowengine.flow.check import check_project
from flowengine.flow.project import load_project
from flowengine.registry import Registry


def write(folder: Path, **files: Any) -> None:
    for name, data in files.items():
        text = data if isinstance(data, str) else json.dumps({"flowengine": 1, **data})
        (folder / f"{name.replace('__', '.')}.json").write_text(text)


def test_a_folder_holds_flows_beside_tests_shared_connections_and_the_envelope(tmp_path: Path) -> None:
    write(
        tmp_path,
        oven={"nodes": {}},
        mill={"name": "big-mill"},
        zone={"subflow": {}},
        oven__test="[]",
        connections={"connections": {"plc": {"type": "test/device", "options": {"host": "h"}}}},
        envelope="not looked at",
    )
    project = load_project(tmp_path)
    assert sorted(project.flows) == ["big-mill", "oven", "zone"]
    assert project.problems == ()
    assert list(project.connections) == ["plc"]
    assert [flow.name for flow in project.runnable()] == ["big-mill", "oven"]
    assert project.subflow_names() == ["zone"]


def test_two_flows_of_one_name_are_an_error_that_names_both_files(tmp_path: Path) -> None:
    write(tmp_path, a={"name": "x"}, b={"name": "x"})
    [problem] = load_project(tmp_path).problems
    assert problem.code == "duplicate-flow"
    assert problem.file.endswith("b.json")
    assert "a.json" in problem.message


def test_one_file_brings_the_subflows_and_connections_beside_it(tmp_path: Path, registry: Registry) -> None:
    write(
        tmp_path,
        main={
            "nodes": {
                "r": {"type": "test/read", "options": {"connection": "plc"}},
                "z": {"type": "flow/zone"},
            },
            "wires": [{"from": "r", "to": "z"}],
        },
        zone={"subflow": {"inputs": {"in": ["s"]}}, "nodes": {"s": {"type": "test/show"}}},
        other={"nodes": {"broken": {"type": "no/such"}}},
        connections={"connections": {"plc": {"type": "test/device", "options": {"host": "h"}}}},
    )
    project = load_project(tmp_path / "main.json")
    assert project.chosen == ("main",)
    assert check_project(project, registry) == []
    assert [p.code for p in check_project(load_project(tmp_path), registry)] == ["unknown-type"]


def test_a_disabled_flow_is_checked_and_does_not_run(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path, on={"flowengine": 1}, off={"flowengine": 1, "disabled": True, "nodes": {"a": {"type": "no/such"}}})
    project = load_project(tmp_path)
    assert [flow.name for flow in project.runnable()] == ["on"]
    assert [(problem.code, problem.node) for problem in check_project(project, registry)] == [("unknown-type", "a")]


def test_what_is_broken_in_a_folder_is_a_problem_and_stops_nothing(tmp_path: Path, registry: Registry) -> None:
    write(tmp_path, good={}, bad="{", connections='{"flowengine": 1, "connections": []}')
    (tmp_path / "odd name.json").write_text('{"flowengine": 1}')
    found = check_project(load_project(tmp_path), registry)
    assert {(Path(p.file).name, p.code) for p in found} == {
        ("bad.json", "not-json"),
        ("connections.json", "bad-form"),
        ("odd name.json", "bad-name"),
    }


def test_an_empty_folder_and_one_that_is_not_there(tmp_path: Path) -> None:
    [problem] = load_project(tmp_path).problems
    assert problem.code == "no-flow"
    with pytest.raises(FileNotFoundError, match="no file or folder"):
        load_project(tmp_path / "none")


def test_a_draft_takes_the_place_of_the_flow_in_the_folder(tmp_path: Path) -> None:
    write(tmp_path, a={"note": "old"}, b={})
    project = load_project(tmp_path)
    old = project.flow("a")
    assert old is not None
    assert project.with_flow(old) is project
    write(tmp_path, a={"note": "new"})
    new = load_project(tmp_path / "a.json").flow("a")
    assert new is not None
    changed = project.with_flow(new).flow("a")
    assert changed is not None
    assert changed.note == "new"
    assert "a" not in project.without("a").flows

"""Packages of strangers: found, listed, run; broken ones and rivals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

FLOW = {
    "flowengine": 1,
    "name": "counting",
    "nodes": {
        "count": {"type": "acme/count", "options": {"up_to": 4}},
        "total": {"type": "acme/total"},
        "keep": {"type": "files/append", "options": {"file": "${OUT}"}},
    },
    "wires": [{"from": "count", "to": "total"}, {"from": "total", "to": "keep"}],
}


def test_an_installed_package_is_in_the_palette_and_runs_in_a_flow(environment: Any, tmp_path: Path) -> None:
    environment.install("acme")
    assert "acme/total" in environment.run("flowengine", "nodes")
    assert "flowengine-acme 1.2.3" in environment.run("flowengine", "nodes")

    flows = tmp_path / "flows"
    flows.mkdir()
    (flows / "counting.json").write_text(json.dumps(FLOW))
    environment.env["OUT"] = str(tmp_path / "out.txt")
    environment.run("flowengine", "check", str(flows))
    environment.run("flowengine", "run", str(flows), "--headless", "--until-ended")
    assert [float(line) for line in (tmp_path / "out.txt").read_text().split()] == [1, 3, 6, 10]


def test_a_package_that_fails_to_import_is_listed_and_takes_nothing_down(environment: Any, tmp_path: Path) -> None:
    environment.install("acme")
    environment.install("broken")
    text = environment.run("flowengine", "nodes")
    assert "acme/total" in text
    assert "flowengine-broken failed to import" in text
    assert "a_module_that_nobody_has" in text

    flow = {"flowengine": 1, "name": "x", "nodes": {"a": {"type": "broken/node"}}, "wires": []}
    (tmp_path / "x.json").write_text(json.dumps(flow))
    text = environment.run("flowengine", "check", str(tmp_path / "x.json"), status=1)
    assert "flowengine-broken is installed but failed to import" in text


def test_two_packages_that_claim_one_type_are_an_error_that_names_both(environment: Any) -> None:
    environment.install("acme")
    environment.install("rival")
    text = environment.run("flowengine", "nodes", status=2)
    assert "'acme/total' is claimed by two packages" in text
    assert "flowengine-acme" in text
    assert "flowengine-rival" in text
    assert "Traceback" not in text

"""Flows against the envelope: what would be refused whatever its value is found by the check."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowengine.cli import cli
from flowengine.flow.canonical import format_envelope
from flowengine.flow.file import parse_flow
from flowengine.flow.project import Project
from flowengine.safety.against import check_flows
from flowengine.safety.envelope import EnvelopeFile
from tests.engine.safety.conftest import OVEN, REGISTRY

Oven = Callable[..., EnvelopeFile]


def flow(name: str = "oven-control", host: dict[str, Any] | None = None, **nodes: Any) -> dict[str, Any]:
    """Return a flow with actuators, each fed by a button."""
    writes = {
        key: {"type": "modbus/write", "options": {"connection": "plant", **value}} for key, value in nodes.items()
    }
    return {
        "flowengine": 1,
        "name": name,
        "connections": {"plant": {"type": "modbus/device", "options": {"host": "10.0.0.5", **(host or {})}}},
        "nodes": {"button": {"type": "timing/inject"}, **writes},
        "wires": [{"from": "button", "to": key} for key in nodes],
    }


HEATER = {"address": 20, "data_type": "float32"}


def codes(envelope: EnvelopeFile, data: dict[str, Any]) -> list[tuple[str, str]]:
    project = Project.of(parse_flow(json.dumps(data, indent=1), f"{data['name']}.json"))
    found = check_flows(envelope, project, REGISTRY, {})
    assert all(problem.line > 1 and problem.severity == "error" for problem in found)
    return [(problem.node, problem.code) for problem in found]


def test_flows_within_the_envelope_have_no_problems(oven: Oven) -> None:
    fan = {"table": "coil", "address": 1}
    assert codes(oven(), flow(heater=HEATER, fan=fan)) == []


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (flow(heater={**HEATER, "address": 22}), "not-in-envelope"),
        (flow(heater={**HEATER, "data_type": "int16"}), "not-in-envelope"),
        (flow(heater={**HEATER, "unit": 2}), "not-in-envelope"),
        (flow(heater={"table": "coil", "address": 0, "count": 3}), "not-in-envelope"),
        (flow(name="press", heater=HEATER), "not-a-writer"),
        (flow(heater={**HEATER, "engineering_unit": "degC"}), "other-unit"),
        (flow(host={"timeout": 2}, heater=HEATER), "other-connection"),
    ],
)
def test_a_command_that_can_never_come_through_is_a_problem(oven: Oven, data: dict[str, Any], code: str) -> None:
    assert ("heater", code) in codes(oven(), data)


@pytest.mark.parametrize(
    ("source", "clamp", "code"),
    [
        ({"type": "timing/every", "options": {"send": "value", "value": 50}}, False, ""),
        ({"type": "timing/every", "options": {"send": "value", "value": 250}}, False, "outside-envelope"),
        ({"type": "timing/inject", "options": {"send": "value", "value": -1}}, False, "outside-envelope"),
        ({"type": "timing/every", "options": {"send": "value", "value": 250}}, True, "beyond-envelope"),
        ({"type": "timing/every", "options": {"send": "value", "value": "250"}}, False, ""),
        ({"type": "control/pid", "options": {"setpoint": 5, "output_high": 400}}, False, "beyond-envelope"),
    ],
)
def test_numbers_that_are_known_beforehand_are_held_against_the_range(
    oven: Oven, source: dict[str, Any], clamp: bool, code: str
) -> None:
    data = flow(heater=HEATER)
    if source["type"] == "control/pid":
        data["nodes"]["pid"] = source
        data["wires"] = [{"from": "button", "to": "pid"}, {"from": "pid.output", "to": "heater"}]
    else:
        data["nodes"]["button"] = source
    project = Project.of(parse_flow(json.dumps(data, indent=1), "oven-control.json"))
    found = check_flows(oven(("outputs.heater.clamp", clamp)), project, REGISTRY, {})
    assert [problem.code for problem in found] == [code] * bool(code)


def test_a_node_that_cannot_say_what_it_writes_is_a_problem(oven: Oven, monkeypatch: pytest.MonkeyPatch) -> None:
    envelope = oven()
    monkeypatch.setattr(REGISTRY.types["modbus/write"].cls, "writes", lambda self, msg: None)
    assert codes(envelope, flow(heater=HEATER)) == [("heater", "cannot-say")]


def test_an_envelope_or_a_flow_with_errors_of_its_own_is_judged_elsewhere(oven: Oven) -> None:
    assert codes(oven(("version", 0)), flow(heater={**HEATER, "address": 22})) == []
    assert codes(oven(), flow(heater={**HEATER, "addres": 22})) == []


def test_the_command_line_refuses_a_flow_that_the_guard_would(tmp_path: Path) -> None:
    (tmp_path / "envelope.json").write_text(format_envelope(OVEN))
    (tmp_path / "oven-control.json").write_text(json.dumps(flow(heater={**HEATER, "address": 22}), indent=1))
    found = CliRunner().invoke(cli, ["check", str(tmp_path)])
    assert found.exit_code == 1
    assert "22/float32, which the envelope does not list [node heater, $.nodes.heater]" in found.output

"""`flowengine impact`, and `flowengine check` on the file that says who owns what."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from flowengine.cli import cli

FLOW = {
    "flowengine": 1,
    "name": "oven",
    "connections": {"plc": {"type": "modbus/device", "options": {"host": "10.0.0.5"}}},
    "nodes": {
        "temperature": {"type": "modbus/read", "options": {"connection": "plc", "address": 1}},
        "scale": {"type": "values/expression", "options": {"expression": "payload"}},
        "heater": {"type": "modbus/write", "options": {"connection": "plc", "address": 2}},
    },
    "wires": [{"from": "temperature", "to": "scale"}, {"from": "scale", "to": "heater"}],
}


def folder(place: Path, expression: str) -> Path:
    place.mkdir()
    text = json.dumps(FLOW).replace('"expression": "payload"', f'"expression": "{expression}"')
    (place / "oven.json").write_text(text)
    return place


def test_it_names_each_machine_that_a_change_reaches_and_the_way(tmp_path: Path) -> None:
    old, new = folder(tmp_path / "old", "payload"), folder(tmp_path / "new", "payload * 2")
    found = CliRunner().invoke(cli, ["impact", str(old), str(new)])
    assert found.exit_code == 1
    assert found.output.splitlines() == [
        "differs: oven/scale",
        "OT  oven/heater: modbus/write (modbus/device 10.0.0.5)",
        "      oven/scale > oven/heater",
        "outputs of OT that it can reach: 1",
    ]
    assert CliRunner().invoke(cli, ["impact", str(old), str(old)]).exit_code == 0
    (new / "ownership.json").write_text('{"flowengine": 1, "connections": {"plc": "it"}}')
    found = CliRunner().invoke(cli, ["impact", "--json", str(old), str(new)])
    assert found.exit_code == 1, "the rule before still says that it is OT's"
    (old / "ownership.json").write_text('{"flowengine": 1, "connections": {"plc": "it"}}')
    found = CliRunner().invoke(cli, ["impact", "--json", str(old), str(new)])
    assert (found.exit_code, json.loads(found.output)["outputs"][0]["owner"]) == (0, "it")


def test_check_says_what_is_wrong_with_the_rule_and_where(tmp_path: Path) -> None:
    place = folder(tmp_path / "flows", "payload")
    rule = place / "ownership.json"
    rule.write_text('{"flowengine": 1,\n "nodes": {\n  "oven/heatr": "it"}}')
    found = CliRunner().invoke(cli, ["check", str(place)])
    assert found.exit_code == 0
    assert f"{rule}:3: warning: 'oven/heatr' names nothing here" in found.output
    rule.write_text('{"flowengine": 1,\n "two_keys": 2}')
    found = CliRunner().invoke(cli, ["check", str(place)])
    assert found.exit_code == 1
    assert f"{rule}:2: error: must be true or false, not 2 [$.two_keys]" in found.output

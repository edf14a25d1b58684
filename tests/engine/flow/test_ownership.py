"""What belongs to IT, and what to OT."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.flow.file import from_data
from flowengine.flow.ownership import STRICT, check_outputs, check_ownership, parse_ownership, read_ownership
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry


@pytest.fixture(scope="module")
def plan() -> Plan:
    flow = from_data(
        {
            "flowengine": 1,
            "name": "oven",
            "connections": {
                "plc": {"type": "modbus/device", "options": {"host": "10.0.0.5"}},
                "bus": {"type": "mqtt/broker", "options": {"host": "10.0.0.9"}},
            },
            "nodes": {
                "temperature": {"type": "modbus/read", "options": {"connection": "plc", "address": 1}},
                "hold": {"type": "control/pid", "options": {"setpoint": 180}},
                "scale": {"type": "values/expression", "options": {"expression": "payload"}},
                "tell": {"type": "mqtt/publish", "options": {"connection": "bus", "topic": "x"}},
            },
        }
    )
    return plan_flow(flow, Project.of(flow), Registry.discover())


def test_machines_what_uses_them_and_what_controls_belong_to_ot_and_all_else_to_it(plan: Plan) -> None:
    rule = parse_ownership(None).ownership
    owners = {name: rule.node(plan, name) for name in plan.nodes}
    assert owners == {"temperature": "ot", "hold": "ot", "scale": "it", "tell": "it"}
    assert {name: rule.connection(plan, name) for name in plan.connections} == {"plc": "ot", "bus": "it"}


def test_what_is_named_more_closely_counts_more(plan: Plan) -> None:
    rule = parse_ownership(
        '{"flowengine": 1, "types": {"control/*": "it", "mqtt/*": "ot"}, "nodes": {"oven/tell": "it", "*/scale": "ot"},'
        ' "connections": {"plc": "it"}}'
    ).ownership
    owners = {name: rule.node(plan, name) for name in plan.nodes}
    assert owners == {"temperature": "it", "hold": "it", "scale": "ot", "tell": "it"}
    assert rule.connection(plan, "bus") == "ot"


def test_two_keys_are_in_force_where_there_is_an_envelope_unless_the_file_says_otherwise() -> None:
    assert [parse_ownership(None).ownership.in_force(envelope) for envelope in (True, False)] == [True, False]
    for said in (True, False):
        rule = parse_ownership(f'{{"flowengine": 1, "two_keys": {str(said).lower()}}}').ownership
        assert [rule.in_force(envelope) for envelope in (True, False)] == [said, said]


@pytest.mark.parametrize(
    ("text", "line", "path"),
    [
        ('{"flowengine": 1,\n"two_keys": "no"}', 2, "$.two_keys"),
        ('{"flowengine": 1,\n"types": {\n"a/*": "us"}}', 3, '$.types["a/*"]'),
        ('{"flowengine": 1,\n"owner": 1}', 2, "$.owner"),
        ('{"two_keys": false}', 1, "$"),
        ("{", 1, "$"),
    ],
)
def test_a_file_with_an_error_gives_nothing_away_and_says_where_it_is(text: str, line: int, path: str) -> None:
    found = parse_ownership(text, "ownership.json")
    assert found.ownership is STRICT
    assert next((one.file, one.line, one.path) for one in found.problems) == ("ownership.json", line, path)


def test_a_name_that_names_nothing_is_worth_a_warning(plan: Plan) -> None:
    found = parse_ownership('{"flowengine": 1, "nodes": {"oven/tel": "ot", "oven/*": "ot"}}')
    problems = check_ownership(found, {"oven": plan})
    assert [(one.severity, one.path, one.hint) for one in problems] == [
        ("warning", '$.nodes["oven/tel"]', "did you mean 'oven/tell'?"),
    ]


def test_an_output_that_the_envelope_does_not_have_is_an_error() -> None:
    found = parse_ownership('{"flowengine": 1,\n "outputs": {"heatr": "it",\n "lamp-*": "it", "fan": "ot"}}')
    problems = check_outputs(found, ["heater", "lamp-1"])
    assert [(one.line, str(one.code), one.path, one.hint) for one in problems] == [
        (2, "not-in-envelope", "$.outputs.heatr", "did you mean 'heater'?"),
        (3, "not-in-envelope", "$.outputs.fan", "there are: heater, lamp-1"),
    ]
    assert {one.code for one in check_outputs(found, None)} == {"no-envelope"}


def test_without_a_file_the_defaults_count(tmp_path: Path) -> None:
    found = read_ownership(tmp_path / "ownership.json")
    assert found.problems == []
    assert not found.ownership.in_force(False)

"""Whose an output of the envelope is, and with it every node that writes there."""

from __future__ import annotations

import json
from typing import Any

import pytest

from flowengine.flow.file import from_data
from flowengine.flow.impact import impact
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry
from flowengine.safety.owned import check_owned, owned_content

PLC = {"type": "modbus/device", "options": {"host": "10.0.0.5"}}
LISTED = {"owner": "Anna", "unit": "%", "range": [0, 100], "writers": ["oven/*"], "safe": 0}


def writing(address: int, connection: str = "plc", **options: Any) -> dict[str, Any]:
    options = {"connection": connection, "address": address, "data_type": "float32"} | options
    return {"type": "modbus/write", "options": options}


FLOW = {
    "flowengine": 1,
    "name": "oven",
    "connections": {"plc": PLC},
    "nodes": {
        "scale": {"type": "values/expression", "options": {"expression": "payload"}},
        "heat": writing(20),
        "light": writing(30),
        "other": writing(40),
        "any": {"type": "nodered/modbus-flex-write", "options": {"connection": "plc"}},
    },
    "wires": [{"from": "scale", "to": to} for to in ("heat", "light", "other", "any")],
}
ENVELOPE = {
    "flowengine": 1,
    "version": 1,
    "connections": {"plc": PLC},
    "outputs": {"heater": writing(20) | LISTED, "lamp": writing(30) | LISTED},
}


@pytest.fixture(scope="module")
def registry() -> Registry:
    return Registry.discover()


def plan(registry: Registry, expression: str = "payload") -> Plan:
    flow = from_data(json.loads(json.dumps(FLOW).replace('"payload"', f'"{expression}"')))
    return plan_flow(flow, Project.of(flow), registry)


def rule(registry: Registry, envelope: Any = ENVELOPE, **said: Any) -> Any:
    content = {"ownership.json": json.dumps({"flowengine": 1, **said})}
    if envelope is not None:
        content["envelope.json"] = json.dumps(envelope)
    return owned_content(content, registry, {})


def owners(registry: Registry, **said: Any) -> str:
    found, oven = rule(registry, **said), plan(registry)
    return " ".join(found.node(oven, id) for id in ("heat", "light", "other", "any"))


def test_whatever_writes_an_output_is_whose_the_output_is(registry: Registry) -> None:
    assert owners(registry, outputs={"lamp": "it"}) == "ot it ot ot"
    assert owners(registry, outputs={"*": "it", "heater": "ot"}) == "ot it ot ot"
    assert owners(registry, outputs={"lamp": "it"}, nodes={"oven/light": "ot"}) == "ot it ot ot"


def test_an_output_of_ot_stays_so_whatever_is_said_of_its_nodes_and_what_may_write_it_with_it(
    registry: Registry,
) -> None:
    given = {"connections": {"plc": "it"}, "nodes": {"oven/heat": "it"}}
    assert owners(registry, **given) == "it it it it"
    assert owners(registry, **given, outputs={"heater": "ot"}) == "ot it it ot"


def test_an_envelope_that_cannot_be_read_or_is_missing_gives_nothing_away(registry: Registry) -> None:
    for envelope in (None, {"flowengine": 1}):
        said = {"envelope": envelope, "connections": {"plc": "it"}}
        assert owners(registry, **said, outputs={"lamp": "it", "heater": "ot"}) == "ot ot ot ot"
        assert rule(registry, envelope, outputs={"lamp": "it"}).node(plan(registry), "light") == "ot"


def test_what_a_change_reaches_follows_the_outputs_of_the_rule_before_and_after(registry: Registry) -> None:
    old, new = {"oven": plan(registry)}, {"oven": plan(registry, "payload * 2")}
    before, after = rule(registry), rule(registry, outputs={"lamp": "it"})

    def machines(*rules: Any) -> list[str]:
        return [one.node for one in impact(old, new, *rules).machines]

    assert machines(after, after) == ["any", "heat", "other"]
    assert machines(after, before) == machines(before, before) == ["any", "heat", "light", "other"]


def test_a_rule_that_names_no_output_of_the_envelope_is_told_so(registry: Registry) -> None:
    content = {"ownership.json": '{"flowengine": 1, "outputs": {"lmap": "it"}}', "envelope.json": json.dumps(ENVELOPE)}
    (problem,) = check_owned(content)
    assert "the envelope has no output 'lmap'" in str(problem)
    assert problem.hint == "did you mean 'lamp'?"
    del content["envelope.json"]
    assert "there is no envelope.json" in str(check_owned(content)[0])
    assert check_owned({}) == []

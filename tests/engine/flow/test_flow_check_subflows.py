from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowengine.flow.problem import Problem

Check = Callable[..., list[Problem]]


def one(problems: list[Problem]) -> Problem:
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


SUB: dict[str, Any] = {
    "subflow": {
        "parameters": {"gain": {"type": "number"}, "low": {"type": "number", "default": 0}},
        "inputs": {"in": ["s"]},
        "outputs": {"out": ["s"]},
    },
    "nodes": {
        "s": {"type": "test/scale", "options": {"gain": "${parameter:gain}", "low": "${parameter:low}", "high": 9}}
    },
}


def test_a_subflow_by_itself_is_sound_without_values_for_its_parameters(check: Check) -> None:
    assert check(SUB) == []


@pytest.mark.parametrize(
    ("options", "code", "path"),
    [
        ({}, "missing-parameter", "$.nodes.z.options"),
        ({"gain": "much"}, "bad-value", "$.nodes.z.options.gain"),
        ({"gain": 1, "gian": 2}, "unknown-parameter", "$.nodes.z.options.gian"),
        ({"gain": 1, "low": 10}, "refused-option", "$.nodes.s.options.low"),
    ],
)
def test_an_instance_of_a_subflow_with_wrong_parameters_is_refused(
    check: Check, options: dict[str, Any], code: str, path: str
) -> None:
    flow = {
        "nodes": {
            "t": {"type": "test/tick"},
            "z": {"type": "flow/sub", "options": options},
            "e": {"type": "test/show"},
        },
        "wires": [{"from": "t", "to": "z"}, {"from": "z", "to": "e"}],
    }
    problem = one(check(flow, sub=SUB))
    assert (problem.code, problem.path) == (code, path)
    assert problem.node in ("z", "z/s")


def test_ports_of_subflows_are_checked_outside_and_inside(check: Check) -> None:
    flow = {"nodes": {"z": {"type": "flow/sub", "options": {"gain": 1}}}, "wires": [{"from": "z.oot", "to": "z.inn"}]}
    assert [p.hint for p in check(flow, sub=SUB) if p.code == "unknown-port"] == [
        "its outputs are: out, error",
        "its inputs are: in",
    ]
    broken = {**SUB, "subflow": {**SUB["subflow"], "inputs": {"in": ["s.x", "q"]}}}
    assert {(p.code, p.path) for p in check(broken)} >= {
        ("unknown-port", "$.subflow.inputs.in[0]"),
        ("unknown-node", "$.subflow.inputs.in[1]"),
    }


def test_a_flow_inside_itself_is_refused_and_the_way_is_named(check: Check) -> None:
    a = {"subflow": {}, "nodes": {"x": {"type": "flow/b"}}}
    b = {"subflow": {}, "nodes": {"x": {"type": "flow/main"}}}
    problem = one([p for p in check({"subflow": {}, "nodes": {"x": {"type": "flow/a"}}}, a=a, b=b)])
    assert problem.message == "the flow is inside itself: main -> a -> b -> main"
    itself = one(check({"subflow": {}, "nodes": {"x": {"type": "flow/main"}}}))
    assert itself.message.endswith("main -> main")


def test_a_subflow_that_is_not_there_or_is_none_is_said(check: Check) -> None:
    flow = {"nodes": {"a": {"type": "flow/sbu"}, "b": {"type": "flow/plain"}, "c": {"type": "flow/bad"}}}
    found = check(flow, sub=SUB, plain={}, bad="{")
    assert [(p.code, p.hint) for p in found] == [
        ("unknown-subflow", "did you mean 'sub'?"),
        ("not-a-subflow", "give it the key 'subflow', with its parameters, inputs and outputs"),
        ("broken-subflow", ""),
    ]


def test_a_parameter_whose_schema_is_none_is_said(check: Check) -> None:
    flow = {"subflow": {"parameters": {"a": {"type": "nubmer"}, "b": {"type": "number", "default": "x"}}}}
    assert [(p.code, p.path) for p in check(flow)] == [
        ("bad-schema", "$.subflow.parameters.a"),
        ("bad-value", "$.subflow.parameters.b.default"),
    ]

"""The message of a commit that nobody has written says what changed, briefly."""

from __future__ import annotations

import json
from typing import Any

from flowengine.flow.diff import diff
from flowengine.flow.file import parse_flow
from flowengine.flow.model import Flow
from flowengine.service.deploys.commit_message import LINE, SUBJECT, message_of


def flow(name: str, options: dict[str, Any], wires: int = 0) -> Flow:
    """Return a flow of one node for each member of `options`, and so many wires from the first to the others."""
    nodes = {node: {"type": "debug/log", "options": value} for node, value in options.items()}
    first, *others = nodes
    ends = [{"from": first, "to": other} for other in others[:wires]]
    found = parse_flow(json.dumps({"flowengine": 1, "name": name, "nodes": nodes, "wires": ends}), f"{name}.json")
    assert found.flow is not None
    return found.flow


def test_one_change_is_one_line() -> None:
    change = diff(flow("oven", {"hold": {"setpoint": 180}}), flow("oven", {"hold": {"setpoint": 190}}))
    assert message_of([change]) == "oven: hold setpoint 180 -> 190\n"


def test_of_a_variable_the_default_is_told() -> None:
    old, new = {"setpoint": "${OVEN_SETPOINT:-180}"}, {"setpoint": "${OVEN_SETPOINT:-190}"}
    assert message_of([diff(flow("oven", {"hold": old}), flow("oven", {"hold": new}))]) == (
        "oven: hold setpoint 180 -> 190\n"
    )


def test_a_long_text_does_not_fill_the_line() -> None:
    old, new = flow("oven", {"say": {"text": "a" * 100}}), flow("oven", {"say": {"text": "a" * 99}})
    assert message_of([diff(old, new)]) == "oven: say text changed\n"


def test_several_flows_have_a_line_each() -> None:
    names = ["mixer", "oven", "press"]
    changes = [diff(flow(name, {"a": {"x": 1}, "b": {}}), flow(name, {"a": {"x": 2}, "b": {}}, 1)) for name in names]
    assert message_of(changes).split("\n") == [
        "3 flows: mixer, oven, press",
        "",
        "mixer: a x 1 -> 2, 1 wire added",
        "oven: a x 1 -> 2, 1 wire added",
        "press: a x 1 -> 2, 1 wire added",
        "",
    ]


def test_however_much_changed_the_message_stays_short() -> None:
    before = [flow(f"flow-{n}", {f"node-{i}": {"x": 1} for i in range(100)}) for n in range(60)]
    after = [flow(f"flow-{n}", {f"node-{i}": {"x": 2} for i in range(100)}) for n in range(60)]
    one = message_of([diff(before[0], after[0])]).split("\n")
    assert len(one) == 4
    assert len(one[0]) <= SUBJECT < len(one[2]) <= LINE
    many = message_of([diff(*pair) for pair in zip(before, after, strict=True)]).split("\n")
    assert len(many[0]) <= SUBJECT
    assert (len(many), many[-2]) == (43, "and 21 more")


def test_what_is_new_what_goes_and_what_only_moved() -> None:
    there = flow("oven", {"a": {}})
    assert message_of([diff(None, there)]) == "Add oven\n"
    assert message_of([diff(there, None)]) == "Remove oven\n"
    assert message_of([]) == "No difference"

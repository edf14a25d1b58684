"""routing/switch: which way a message takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.clock import VirtualClock
from flowengine.options import build, problems, schema_of
from flowengine.testing import messages_of, running
from flowengine_nodes.routing.switch import Switch

Check = Callable[[Transform, Iterable[Message]], None]


def made(*rules: dict[str, Any], **options: Any) -> Switch:
    assert problems(schema_of(Switch), {"rules": list(rules), **options}) == []
    return build(Switch, {"rules": list(rules), **options})


def holds(value: Any, rule: dict[str, Any]) -> bool:
    return bool(messages_of(made(rule), value))


def ports(node: Switch, *values: Any) -> list[str]:
    return [routed.port for routed in messages_of(node, *values)]


@pytest.mark.parametrize(
    ("operator", "rule", "yes", "no"),
    [
        ("eq", {"value": 5}, [5, 5.0, "5", " 5.0 "], [6, "x", None, [5], {}, True, "", b"5"]),
        ("eq", {"value": 1}, [1, True, "1"], [False, None]),
        ("eq", {"value": "on"}, ["on"], ["On", 1, None, True, ["on"]]),
        ("eq", {"value": "5"}, ["5", 5], ["5.0"]),
        ("eq", {"value": [1], "value_type": "json"}, [[1]], [1, [2]]),
        ("neq", {"value": 5}, [6, "x", None, [5]], [5, "5"]),
        ("lt", {"value": 5}, [4, 4.9, "4", False], [5, "x", None, [], "5"]),
        ("lte", {"value": 5}, [5, 4.9], [5.1, None]),
        ("gt", {"value": 5}, [6, 5.1, "5.1"], [5, "x", None, {}, float("nan")]),
        ("gte", {"value": "b", "value_type": "str"}, ["b", "c"], ["a", 5]),
        ("btwn", {"value": 1, "value2": 5}, [1, 3.5, 5, "2"], [0, 5.5, "x", None]),
        ("btwn", {"value": 5, "value2": 1}, [1, 3.5, 5], [0, 5.5]),
        ("btwn", {"value": "b", "value2": "d"}, ["b", "c"], ["e", None]),
        ("cont", {"value": "oven"}, ["the oven 3", ["oven", 1], b"oven"], ["over", ["ovens"], None, 5]),
        ("cont", {"value": 2}, [123, [1, 2], "a2"], [13, [12]]),
        ("regex", {"value": "^a.c$"}, ["abc"], ["ABC", "xabc", None]),
        ("regex", {"value": "^a.c$", "ignore_case": True}, ["ABC"], ["x"]),
        ("regex", {"value": "^1"}, [12, "1"], [21]),
        ("true", {}, [True], [1, "true", False, None]),
        ("false", {}, [False], [0, "", None]),
        ("null", {}, [None], [0, "", False]),
        ("nnull", {}, [0, "", False], [None]),
        ("empty", {}, ["", [], {}, b""], ["x", [0], None, 0, False]),
        ("nempty", {}, ["x", [0], {"a": 1}, b"x"], ["", [], None, 1]),
        ("istype", {"value": "number"}, [1, 2.5], [True, "1", None]),
        ("istype", {"value": "string"}, ["x"], [1]),
        ("istype", {"value": "boolean"}, [True], [1]),
        ("istype", {"value": "array"}, [[1]], [{}]),
        ("istype", {"value": "object"}, [{}], [[], None, b""]),
        ("istype", {"value": "buffer"}, [b""], [""]),
        ("istype", {"value": "json"}, ['{"a": 1}', "5"], ["{", 5]),
        ("istype", {"value": "null"}, [None], [0]),
        ("hask", {"value": "a"}, [{"a": None}], [{"b": 1}, "a", ["a"], None]),
        ("expression", {"value": "payload > 5 and topic == ''"}, [6], [5]),
        ("else", {}, [1, None], []),
    ],
)
def test_each_rule_holds_where_it_should(operator: str, rule: dict[str, Any], yes: list[Any], no: list[Any]) -> None:
    assert [value for value in yes if not holds(value, {"operator": operator, **rule})] == []
    assert [value for value in no if holds(value, {"operator": operator, **rule})] == []


def test_a_message_leaves_by_every_rule_that_holds_or_only_by_the_first() -> None:
    rules: list[dict[str, Any]] = [
        {"operator": "gt", "value": 5},
        {"operator": "gt", "value": 8, "port": "high"},
        {"operator": "else"},
    ]
    assert ports(made(*rules), 9, 6, 1) == ["1", "high", "1", "3"]
    assert ports(made(*rules, check_all=False), 9, 6, 1) == ["1", "1", "3"]


def test_else_looks_at_the_rules_since_the_else_before_it() -> None:
    rules: list[dict[str, Any]] = [
        {"operator": "eq", "value": 1},
        {"operator": "else"},
        {"operator": "eq", "value": 2},
        {"operator": "else"},
    ]
    assert [ports(made(*rules), value) for value in (1, 2, 3)] == [["1", "4"], ["2", "3"], ["2"]]


def test_ports_are_named_by_their_rules_in_the_file_and_in_the_node() -> None:
    rules: list[dict[str, Any]] = [{"operator": "eq", "value": 1, "port": "one"}, {"operator": "else"}]
    assert [port.name for port in Switch.output_ports({"rules": rules})] == ["one", "2"]
    assert [port.name for port in Switch.output_ports({"rules": made(*rules).rules})] == ["one", "2"]
    assert Switch.output_ports({}) == ()
    with pytest.raises(ValueError, match="two rules have the same port"):
        made({"operator": "else", "port": "2"}, {"operator": "else"})


def test_prev_compares_with_the_message_before() -> None:
    node = made({"operator": "gt", "value_type": "prev", "port": "rising"})
    assert [r.msg.payload for r in messages_of(node, 1, 2, 1, 3)] == [2, 3]


def test_the_property_may_be_any_path_an_expression_or_a_shared_value() -> None:
    high = {"operator": "gt", "value": 5}
    assert ports(made(high, property="payload.level"), {"level": 6}, {"level": 5}, {}) == ["1"]
    assert ports(made(high, property="payload * 2", property_type="expression"), 3, 2) == ["1"]
    assert ports(
        made({"operator": "eq", "value": "limit", "value_type": "msg"}), Message(3, properties={"limit": 3})
    ) == ["1"]
    assert ports(made({"operator": "null"}, property="unit"), 3) == ["1"]
    assert ports(made({"operator": "istype", "value": "undefined"}, property="unit"), 3) == ["1"]
    node = made({"operator": "gte", "value": "limit", "value_type": "flow"}, property="level", property_type="global")
    clock = VirtualClock()

    async def main() -> list[str]:
        async with running(node, clock) as host:
            host.context("flow").set("limit", 80)
            host.context("global").set("level", 81)
            return [routed.port for routed in node.process(Message(0))]

    assert clock.run(main()) == ["1"]


def test_places_in_a_sequence_can_be_asked_for() -> None:
    messages = [Message(i, properties={"parts": {"index": i, "count": 4}}) for i in range(4)]
    rules: list[dict[str, Any]] = [
        {"operator": "head", "value": 1, "port": "head"},
        {"operator": "tail", "value": 1, "port": "tail"},
        {"operator": "index", "value": 1, "value2": 2, "port": "middle"},
    ]
    assert ports(made(*rules), *messages) == ["head", "middle", "middle", "tail"]
    with pytest.raises(BadData, match=r"tail needs msg\.parts\.count"):
        messages_of(made(rules[1]), Message(1, properties={"parts": {"index": 1}}))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"operator": "regex", "value": "("}, "rule 1: .* no regular expression"),
        ({"operator": "regex", "value": 5}, "regex needs"),
        ({"operator": "expression", "value": "open()"}, "rule 1: .*no function 'open'"),
        ({"operator": "expression"}, "an expression rule needs"),
        ({"operator": "istype", "value": "tensor"}, "istype knows"),
        ({"operator": "eq", "value": "x", "value_type": "num"}, "value must be a number"),
        ({"operator": "btwn", "value": 1, "value2": "x", "value2_type": "num"}, "value2 must be a number"),
    ],
)
def test_a_rule_that_does_not_fit_is_refused_when_the_node_is_made(rule: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        build(Switch, {"rules": [rule]})


def test_the_message_itself_is_not_changed() -> None:
    msg = Message(6, topic="t", quality="bad", id="x", time=5.0)
    assert messages_of(made({"operator": "gt", "value": 5}), msg)[0].msg == msg


CONSTANTS = st.sampled_from([5, 5.0, -1, 0, 1, 20.5, "5", "a/b", "7", "on", "", True, None, [1]])
RULES = st.one_of(
    st.builds(
        lambda o, v: {"operator": o, "value": v},
        st.sampled_from(["eq", "neq", "lt", "lte", "gt", "gte", "cont", "hask"]),
        CONSTANTS,
    ),
    st.builds(lambda a, b: {"operator": "btwn", "value": a, "value2": b}, st.integers(-9, 9), st.floats(-9, 9)),
    st.sampled_from(["true", "false", "null", "nnull", "empty", "nempty", "else", "else"]).map(
        lambda o: {"operator": o}
    ),
    st.sampled_from(
        [
            {"operator": "regex", "value": "^[0-9a]"},
            {"operator": "istype", "value": "number"},
            {"operator": "expression", "value": "payload * 2 > 7"},
            {"operator": "expression", "value": "quality == 'good' or topic == 'a/b'"},
        ]
    ),
)


@settings(max_examples=300)
@given(
    data=st.data(),
    rules=st.lists(RULES, min_size=1, max_size=5),
    subject=st.sampled_from(["payload", "payload", "topic"]),
    check_all=st.booleans(),
)
def test_the_inline_form_is_process(
    data: st.DataObject, rules: Any, subject: str, check_all: bool, messages: Any, inline_is_process: Check
) -> None:
    node = build(Switch, {"rules": rules, "property": subject, "check_all": check_all})
    inline_is_process(node, [data.draw(messages) for _ in range(3)])


def test_rules_that_need_more_than_payload_and_topic_are_not_inlined() -> None:
    assert made({"operator": "gt", "value_type": "prev"}).inline() is None
    assert made({"operator": "gt", "value": "unit", "value_type": "msg"}).inline() is None
    assert made({"operator": "null"}, property="unit").inline() is None
    assert made().inline() is None

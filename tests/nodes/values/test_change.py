"""values/change: set, change, delete and move."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.options import build, problems, schema_of
from flowengine.testing import messages_of, running
from flowengine_nodes.values.change import Change

Check = Callable[[Transform, Iterable[Message]], None]


def changed(msg: Message | Any, *rules: dict[str, Any]) -> Message:
    options = {"rules": list(rules)}
    assert problems(schema_of(Change), options) == []
    return messages_of(build(Change, options), msg)[0].msg


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"to": "text"}, "text"),
        ({"to": 5}, 5),
        ({"to": "5", "to_type": "num"}, 5),
        ({"to": "2.5", "to_type": "num"}, 2.5),
        ({"to": 5, "to_type": "str"}, "5"),
        ({"to": "TRUE", "to_type": "bool"}, True),
        ({"to": '{"a": [1]}', "to_type": "json"}, {"a": [1]}),
        ({"to": {"a": [1]}}, {"a": [1]}),
        ({"to": None}, None),
        ({"to": "", "to_type": "date"}, VIRTUAL_EPOCH),
        ({"to": "unit", "to_type": "msg"}, "bar"),
        ({"to": "msg.parts.index", "to_type": "msg"}, 3),
        ({"to": "nothing", "to_type": "msg"}, None),
        ({"to": "payload * 2", "to_type": "expression"}, 20),
        ({"to": "f'{topic} {msg.unit}'", "to_type": "expression"}, "t bar"),
    ],
)
def test_set_gives_a_property_a_typed_value(rule: dict[str, Any], expected: Any) -> None:
    msg = Message(10, topic="t", properties={"unit": "bar", "parts": {"index": 3}})
    found = changed(msg, {"property": "payload", **rule}).payload
    assert found == expected
    assert type(found) is type(expected)


def test_set_makes_objects_and_lists_on_the_way_and_changes_no_shared_value() -> None:
    payload = {"motor": {"temps": [1, 2]}}
    msg = changed(
        Message(payload),
        {"property": "payload.motor.temps[1]", "to": 7},
        {"property": "meta.site", "to": "north"},
        {"property": 'payload["key one"]', "to": 1},
    )
    assert msg.payload == {"motor": {"temps": [1, 7]}, "key one": 1}
    assert msg.properties == {"meta": {"site": "north"}}
    assert payload == {"motor": {"temps": [1, 2]}}


def test_setting_from_what_is_not_there_deletes() -> None:
    msg = Message(1, properties={"unit": "bar"})
    assert changed(msg, {"property": "unit", "to": "nothing", "to_type": "msg"}).properties == {}


def test_environment_and_context_can_be_read_and_written() -> None:
    rules = [
        {"property": "payload", "to": "SITE", "to_type": "env"},
        {"property": "flow_value", "to": "a.b", "to_type": "flow"},
        {"property": "count", "property_type": "global", "to": "payload", "to_type": "msg"},
        {"property": "missing", "to": "NOT_SET", "to_type": "env"},
        {"property": "topic", "to": "global_context('count')", "to_type": "expression"},
    ]
    node = build(Change, {"rules": rules})
    clock = VirtualClock()

    async def main() -> tuple[Message, Any]:
        async with running(node, clock) as host:
            host.variables["SITE"] = "north"
            host.context("flow").set("a.b", 7)
            return node.process(Message(0)), host.context("global").get("count")

    msg, count = clock.run(main())
    assert (msg.payload, msg.properties, msg.topic, count) == ("north", {"flow_value": 7}, "north", "north")


@pytest.mark.parametrize(
    ("payload", "rule", "expected"),
    [
        ("one two one", {"from": "one", "to": "1"}, "1 two 1"),
        ("a.c abc", {"from": "a.c", "to": "x"}, "x abc"),
        ("a.c abc", {"from": "a.c", "from_type": "re", "to": "x"}, "x x"),
        ("T=21 T=22", {"from": r"T=(\d+)", "from_type": "re", "to": "$1 degC"}, "21 degC 22 degC"),
        ("ab", {"from": r"(?P<x>a)", "from_type": "re", "to": "$<x>$&$$$9"}, "aa$$9b"),
        ("on", {"from": "on", "to": True}, True),
        ("on off", {"from": "on", "to": True}, "true off"),
        ("5 bar", {"from": 5, "to": 6}, "6 bar"),
        (5, {"from": 5, "to": "five"}, "five"),
        (5.0, {"from": "5", "from_type": "num", "to": "five"}, "five"),
        (55, {"from": 5, "to": 6}, 55),
        (5, {"from": "5", "to": 6}, 5),
        (True, {"from": True, "to": "yes"}, "yes"),
        (True, {"from": 1, "to": "yes"}, True),
        (1, {"from": True, "to": "yes"}, 1),
        ("yes", {"from": "word", "from_type": "msg", "to": "no"}, "no"),
        ([1], {"from": 1, "to": 2}, [1]),
        (None, {"from": "x", "to": 2}, None),
    ],
)
def test_change_replaces_inside_text_and_whole_numbers_and_booleans(
    payload: Any, rule: dict[str, Any], expected: Any
) -> None:
    msg = Message(payload, properties={"word": "yes"})
    found = changed(msg, {"action": "change", "property": "payload", **rule}).payload
    assert found == expected
    assert type(found) is type(expected)


def test_delete_takes_away_and_resets_fixed_fields() -> None:
    msg = Message({"a": 1, "b": 2}, topic="t", properties={"unit": "bar"})
    assert changed(msg, {"action": "delete", "property": "payload.a"}).payload == {"b": 2}
    assert changed(msg, {"action": "delete", "property": "unit"}).properties == {}
    assert changed(msg, {"action": "delete", "property": "payload"}).payload is None
    assert changed(msg, {"action": "delete", "property": "topic"}).topic == ""


def test_move_works_into_and_out_of_objects() -> None:
    msg = Message({"value": 5}, properties={"unit": "bar"})
    assert changed(msg, {"action": "move", "property": "payload.value", "to": "payload"}).payload == 5
    assert changed(msg, {"action": "move", "property": "payload", "to": "payload.inner"}).payload == {
        "inner": {"value": 5}
    }
    moved = changed(msg, {"action": "move", "property": "unit", "to": "topic"})
    assert (moved.topic, moved.properties) == ("bar", {})
    assert changed(msg, {"action": "move", "property": "unit", "to": "unit"}).properties == {"unit": "bar"}
    assert changed(msg, {"action": "move", "property": "nothing", "to": "payload"}).payload == {"value": 5}


def test_quality_id_and_time_stay() -> None:
    msg = changed(Message(1, quality="bad", id="x", time=5.0), {"property": "payload", "to": 2})
    assert (msg.quality, msg.id, msg.time) == ("bad", "x", 5.0)


def test_a_value_that_does_not_fit_its_property_is_bad_data() -> None:
    with pytest.raises(BadData, match="cannot set quality: quality must be good, uncertain or bad"):
        changed(1, {"property": "quality", "to": "fine"})
    with pytest.raises(BadData, match=r"cannot set payload\.a"):
        changed(1, {"property": "payload.a", "to": 1})


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        ({"property": "payload..a"}, "rule 1: .*not a property path"),
        ({"property": "payload", "to": "x", "to_type": "num"}, "to must be a number"),
        ({"property": "payload", "to": "x", "to_type": "bool"}, "to must be true or false"),
        ({"property": "payload", "to": "{", "to_type": "json"}, "to is not JSON"),
        ({"property": "payload", "to": "foo(", "to_type": "expression"}, "foo"),
        ({"property": "payload", "to": 5, "to_type": "msg"}, "must be text"),
        ({"property": "payload", "action": "change", "from": "(", "from_type": "re"}, "no regular expression"),
        ({"property": "payload", "action": "change"}, "`from` is empty"),
        ({"property": "payload", "action": "move"}, "move needs `to`"),
        ({"property": "payload", "action": "move", "to": "a", "to_type": "str"}, "must be msg, flow or global"),
    ],
)
def test_rules_that_do_not_fit_are_refused_when_the_node_is_made(rule: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        build(Change, {"rules": [rule]})


VALUES: st.SearchStrategy[dict[str, Any]] = st.sampled_from(
    [
        {"to": 5},
        {"to": -2.5},
        {"to": "constant"},
        {"to": {"a": 1}},
        {"to": None},
        {"to": True},
        {"to": "payload", "to_type": "msg"},
        {"to": "topic", "to_type": "msg"},
        {"to": "payload.a", "to_type": "msg"},
        {"to": "time", "to_type": "msg"},
        {"to": "", "to_type": "date"},
        {"to": "NOT_SET", "to_type": "env"},
        {"to": "payload * 2 + 1", "to_type": "expression"},
        {"to": "topic + '!' if payload is null else payload", "to_type": "expression"},
        {"to": "text(payload) + topic", "to_type": "expression"},
        {"action": "change", "from": "a", "to": "b$1"},
        {"action": "change", "from": "(.)", "from_type": "re", "to": "$1$1"},
        {"action": "change", "from": 5, "to": 6},
        {"action": "delete"},
    ]
)


def _rule(drawn: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    return {"property": drawn[0], **drawn[1]}


RULES = st.lists(
    st.tuples(st.sampled_from(["payload", "payload", "topic", "unit", "quality", "payload.a"]), VALUES).map(_rule),
    min_size=1,
    max_size=4,
)


@settings(max_examples=300)
@given(data=st.data(), rules=RULES)
def test_the_inline_form_is_process(
    data: st.DataObject, rules: list[dict[str, Any]], messages: st.SearchStrategy[Message], inline_is_process: Check
) -> None:
    node = build(Change, {"rules": rules})
    if node.inline() is not None:
        inline_is_process(node, [data.draw(messages) for _ in range(3)])


@pytest.mark.parametrize(
    ("rules", "inlined"),
    [
        (
            [{"property": "payload", "to": "payload + 1", "to_type": "expression"}, {"property": "topic", "to": "x"}],
            True,
        ),
        ([{"property": "payload", "to": 5}, {"property": "payload", "to": "payload*2", "to_type": "expression"}], True),
        ([{"property": "topic", "to": "payload", "to_type": "msg"}, {"property": "payload", "to": 1}], False),
        ([{"property": "topic", "to": {"not": "text"}}], False),
        ([{"property": "payload", "to": "1/0", "to_type": "expression"}, {"property": "payload", "to": 1}], False),
        ([{"property": "unit", "to": 5}, {"property": "quality", "to": "bad"}], True),
        ([{"property": "unit", "to": "topic", "to_type": "msg"}], False),
        ([{"property": "quality", "to": "perfect"}], False),
        ([{"property": "unit.name", "to": 5}], False),
        ([{"property": "payload.a", "to": 5}], True),
        ([{"property": "payload.a", "to": "topic", "to_type": "msg"}], False),
        ([{"property": "payload", "property_type": "flow", "to": 5}], False),
        ([{"property": "payload", "to": "unit", "to_type": "msg"}], False),
        ([{"property": "payload", "to": "payload.a", "to_type": "msg"}, {"property": "topic", "to": "x"}], True),
        ([{"property": "payload", "to": "payload.a[0]", "to_type": "msg"}], False),
    ],
)
def test_rules_are_inlined_where_the_order_allows(rules: Any, inlined: bool) -> None:
    assert (build(Change, {"rules": rules}).inline() is not None) == inlined


KEYS = st.sampled_from(["a", "b", "key one", "0"]) | st.integers(0, 3)


@given(st.lists(KEYS, min_size=1, max_size=4), st.integers(), st.dictionaries(st.sampled_from("ab"), st.integers()))
def test_what_is_set_at_any_path_can_be_read_there_and_deleted(keys: list[Any], value: int, start: Any) -> None:
    where = "data" + "".join(f"[{key}]" if isinstance(key, int) else f'["{key}"]' for key in keys)
    msg = Message(1, properties={"data": start})
    try:
        after = changed(msg, {"property": where, "to": value})
    except BadData:
        return
    assert after.get(where) == value
    assert msg.properties == {"data": start}
    deleted = changed(after, {"action": "delete", "property": where})
    assert deleted.get(where) is None or isinstance(keys[-1], int)

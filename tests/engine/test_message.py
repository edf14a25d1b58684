"""Messages and property paths."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import Message, path

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(min_size=1, max_size=5), inner, max_size=4),
    max_leaves=12,
)
names = st.text("abcXYZ_09-", min_size=1, max_size=6)
keys = st.lists(names | st.integers(0, 5), max_size=4).map(tuple)


def written(steps: tuple[Any, ...]) -> str:
    return "payload" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def test_a_change_makes_a_new_message_and_leaves_the_old_one() -> None:
    old = Message({"motor": {"temps": [1, 2]}}, topic="plant", properties={"unit": "degC"})
    new = old.set("payload.motor.temps[1]", 5).set("unit", "K").set("topic", "other")
    assert new.payload == {"motor": {"temps": [1, 5]}}
    assert (new.topic, new.get("unit")) == ("other", "K")
    assert old.payload == {"motor": {"temps": [1, 2]}}
    assert (old.topic, old.get("unit")) == ("plant", "degC")


def test_missing_dicts_and_lists_on_the_way_are_made() -> None:
    assert Message().set("payload.a.b[2].c", 1).payload == {"a": {"b": [None, None, {"c": 1}]}}


def test_deleting_what_is_not_there_changes_nothing() -> None:
    msg = Message({"a": 1}, properties={"unit": "bar"})
    assert msg.delete("payload.b.c") == msg
    assert msg.delete("nothing") == msg
    assert msg.delete("payload.a").payload == {}
    assert msg.delete("unit").properties == {}
    assert msg.delete("topic").topic == ""


def test_a_path_through_a_number_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot set property 'b' of a int"):
        Message({"a": 1}).set("payload.a.b", 2)


@pytest.mark.parametrize(("field", "value"), [("quality", "fine"), ("time", "noon"), ("topic", [1])])
def test_a_fixed_field_refuses_a_wrong_type(field: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"{field} must be"):
        Message().set(field, value)


@pytest.mark.parametrize("text", ["", ".a", "a..b", "a[", "a[x]", "a]b", "a[0]b"])
def test_what_is_no_path_is_refused_with_the_place(text: str) -> None:
    with pytest.raises(ValueError, match="is not a property path"):
        path.parse(text)


def test_names_with_dots_and_spaces_are_written_in_brackets() -> None:
    assert path.parse("payload[\"a.b\"]['c d'][3].e") == ("payload", "a.b", "c d", 3, "e")


@given(keys)
def test_a_written_path_is_read_back(steps: tuple[Any, ...]) -> None:
    assert path.parse(written(steps)) == ("payload", *steps)


@given(json_values, keys, json_values)
def test_what_is_set_is_found_and_nothing_shared_is_changed(payload: Any, steps: tuple[Any, ...], value: Any) -> None:
    before = copy.deepcopy(payload)
    msg = Message(payload)
    try:
        new = msg.set(written(steps), value)
    except ValueError:
        return
    assert new.get(written(steps), "missing") == value
    assert payload == before


@given(st.dictionaries(names, json_values, max_size=4), json_values)
def test_the_flat_form_is_read_back(properties: dict[str, Any], payload: Any) -> None:
    msg = Message(payload, "t", 5.0, "uncertain", "id-1", properties)
    assert Message.from_dict(msg.as_dict()) == msg

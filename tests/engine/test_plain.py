from __future__ import annotations

import datetime
import json
import math
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from flowengine.message import Message
from flowengine.path import MISSING
from flowengine.plain import from_plain, to_plain

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)


@given(VALUES)
def test_what_goes_out_comes_back(value: Any) -> None:
    assert from_plain(json.loads(json.dumps(to_plain(value)))) == value


def test_bytes_are_buffers() -> None:
    assert to_plain({"a": [b"\x00\xff"]}) == {"a": [{"type": "Buffer", "data": [0, 255]}]}
    assert from_plain({"type": "Buffer", "data": [0, 255]}) == b"\x00\xff"


def test_what_only_looks_like_a_buffer_stays_as_it_is() -> None:
    for value in (
        {"type": "Buffer", "data": [256]},
        {"type": "Buffer", "data": [True]},
        {"type": "Buffer", "data": [1], "more": 1},
        {"type": "Buffer"},
    ):
        assert from_plain(value) == value


def test_dates_are_iso_strings() -> None:
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert to_plain([moment, moment.date()]) == ["2026-01-02T03:04:05Z", "2026-01-02"]


def test_a_value_inside_itself_is_cut_off_and_one_used_twice_is_not() -> None:
    loop: dict[str, Any] = {"a": 1}
    loop["self"] = loop
    assert to_plain(loop) == {"a": 1, "self": "[Circular]"}
    shared = [1]
    assert to_plain([shared, shared]) == [[1], [1]]


def test_what_json_does_not_have_is_null_or_left_out() -> None:
    assert to_plain([math.nan, math.inf, MISSING]) == [None, None, None]
    assert to_plain({"a": MISSING, 1: 2}) == {"1": 2}


def test_structs_sets_and_strangers_are_written() -> None:
    assert to_plain(Message(1))["payload"] == 1
    assert to_plain({3}) == [3]
    assert to_plain(complex(1, 2)) == "(1+2j)"


def test_a_very_deep_value_is_cut_off() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    assert "[...]" in json.dumps(to_plain(deep))

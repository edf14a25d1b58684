"""formats/json."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.formats.json import Json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda x: st.lists(x, max_size=4) | st.dictionaries(st.text(max_size=4), x, max_size=4),
)


def test_auto_parses_text_and_bytes_and_writes_everything_else() -> None:
    assert outputs_of(Json(), '{"level": 4.2}', b"[1]", {"a": [True, None]}, 5, None) == [
        {"level": 4.2}, [1], '{"a":[true,null]}', "5", "null",
    ]  # fmt: skip


def test_parse_and_stringify_leave_alone_what_is_so_already() -> None:
    assert outputs_of(Json(action="parse"), "[1]", [1], 5) == [[1], [1], 5]
    assert outputs_of(Json(action="stringify"), "[1]", [1]) == ["[1]", "[1]"]


def test_pretty_indents_by_four() -> None:
    assert outputs_of(Json(pretty=True), {"a": 1}) == ['{\n    "a": 1\n}']


def test_nan_is_written_as_null() -> None:
    assert outputs_of(Json(), [math.nan, math.inf]) == ["[null,null]"]


def test_another_property_is_converted_and_a_missing_one_passes() -> None:
    msg = Message(1, properties={"data": {"text": "[1]"}}, quality="bad")
    [routed] = messages_of(Json(property="data.text"), msg)
    assert (routed.msg.properties, routed.msg.quality) == ({"data": {"text": [1]}}, "bad")
    assert outputs_of(Json(property="data"), 1) == [1]


@pytest.mark.parametrize("text", ["", "{", "nan", "{'a': 1}", b"\xff", "[" * 100_000])
def test_text_that_is_not_json_is_bad_data(text: Any) -> None:
    with pytest.raises(BadData, match="is not JSON"):
        outputs_of(Json(), text)


def test_what_cannot_be_written_is_bad_data() -> None:
    with pytest.raises(BadData, match="bytes cannot be written"):
        outputs_of(Json(action="stringify"), b"x")
    with pytest.raises(BadData, match="cannot be written as JSON"):
        outputs_of(Json(), {"a": object()})


@given(VALUES.filter(lambda value: not isinstance(value, str)), st.booleans())
def test_what_is_written_is_read_back_the_same(value: Any, pretty: bool) -> None:
    [text] = outputs_of(Json(pretty=pretty), value)
    assert outputs_of(Json(), text) == [value]


@given(
    values=st.lists(VALUES | st.binary(max_size=5), min_size=1, max_size=4),
    action=st.sampled_from(["auto", "parse", "stringify"]),
)
def test_the_inline_form_is_process(
    values: list[Any], action: Any, inline_is_process: Callable[[Transform, Iterable[Message]], None]
) -> None:
    inline_is_process(Json(action=action), map(Message, values))

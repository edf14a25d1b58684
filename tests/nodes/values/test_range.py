"""values/range: linear mapping with four ways at the limits."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.values.range import Range

Check = Callable[[Transform, Iterable[Message]], None]


def mapped(value: Any, **options: Any) -> Any:
    return outputs_of(
        Range(**{"input_low": 4, "input_high": 20, "output_low": 0, "output_high": 250, **options}), value
    )


def test_scale_stretches_beyond_the_limits_too() -> None:
    assert mapped(12) == [125.0]
    assert mapped(24) == [312.5]


def test_clamp_stays_within_the_output_limits() -> None:
    assert mapped(3, action="clamp") == [0.0]
    assert mapped(21.0, action="clamp") == [250.0]
    assert mapped(math.nextafter(20, 21), action="clamp") == [250.0]


def test_roll_wraps_around() -> None:
    angle = {"input_low": 0, "input_high": 360, "output_low": 0, "output_high": 360, "action": "roll"}
    assert [mapped(x, **angle)[0] for x in (0, 90, 360, 450.0, -90)] == [0, 90, 0, 90, 270]


def test_drop_ends_messages_outside() -> None:
    assert mapped(3.9, action="drop") == []
    assert mapped(20, action="drop") == [250.0]


def test_round_gives_whole_numbers_with_halves_upwards() -> None:
    plain = {"input_low": 0, "input_high": 1, "output_low": 0, "output_high": 1, "round": True}
    assert [mapped(x, **plain)[0] for x in (0.5, 1.5, -0.5, 0.49999999999999994, 2)] == [1, 2, 0, 0, 2]
    assert isinstance(mapped(1.2, **plain)[0], int)


def test_ranges_may_run_downwards() -> None:
    assert mapped(25, input_low=100, input_high=0, output_low=0, output_high=10, action="clamp") == [7.5]
    assert mapped(120, input_low=100, input_high=0, output_low=0, output_high=10, action="clamp") == [0.0]


def test_text_that_is_a_number_counts_and_anything_else_is_bad_data() -> None:
    assert mapped("12") == [125.0]
    values: list[Any] = [True, False, None, "", "twelve", [12], {}, math.nan, math.inf, "nan", "1e999", 10**400, b"12"]
    for value in values:
        for action in ("scale", "clamp", "roll", "drop"):
            with pytest.raises(BadData, match="is not a number"):
                mapped(value, action=action)


def test_another_property_is_mapped_and_a_missing_one_passes() -> None:
    msg = Message({"level": 12}, quality="uncertain")
    [routed] = messages_of(Range(input_low=4, input_high=20, output_high=250, property="payload.level"), msg)
    assert (routed.msg.payload, routed.msg.quality) == ({"level": 125.0}, "uncertain")
    assert mapped(1, property="unit") == [1]


def test_equal_input_limits_are_refused() -> None:
    with pytest.raises(ValueError, match="two different numbers"):
        Range(input_low=5, input_high=5)


@given(*[st.floats(-1e6, 1e6)] * 4)
def test_the_ends_come_out_exactly(a: float, b: float, c: float, d: float) -> None:
    assume(a != b)
    low, high = outputs_of(Range(input_low=a, input_high=b, output_low=c, output_high=d), a, b)
    assert low == c
    assert high == pytest.approx(d, rel=1e-12, abs=1e-9)


@settings(max_examples=200)
@given(
    data=st.data(),
    action=st.sampled_from(["scale", "clamp", "roll", "drop"]),
    limits=st.lists(st.floats(-200, 200) | st.integers(-100, 100), min_size=4, max_size=4),
    whole=st.booleans(),
)
def test_the_inline_form_is_process(
    data: st.DataObject, action: Any, limits: list[float], whole: bool, messages: Any, inline_is_process: Check
) -> None:
    assume(limits[0] != limits[1])
    names = ("input_low", "input_high", "output_low", "output_high")
    options: dict[str, Any] = dict(zip(names, limits, strict=True))
    node = Range(action=action, round=whole, **options)
    at_limits = [Message(limit) for limit in (*limits[:2], -0.0)]
    inline_is_process(node, [*at_limits, *(data.draw(messages) for _ in range(4))])

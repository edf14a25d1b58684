"""signal/compress: nothing that is left out is further from the line than was said."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.signal.compress import Compress
from tests.nodes.signal.feeding import reading, sent


def kept(node: Compress, inputs: list[Message]) -> list[tuple[float, Any, str]]:
    return [(msg.time, msg.payload, msg.quality) for msg in sent(node, inputs, flush=True)]


steps = st.tuples(st.integers(1, 40), st.floats(-3, 3) | st.just(0.0) | st.floats(-1e6, 1e6))


@given(st.lists(steps, min_size=1, max_size=60), st.floats(0, 5), st.booleans())
def test_the_line_through_what_leaves_passes_every_reading_within_the_deviation(
    pairs: list[tuple[int, float]], deviation: float, walk: bool
) -> None:
    times = np.cumsum([gap / 8 for gap, _ in pairs])
    numbers = np.cumsum([x for _, x in pairs]) if walk else np.array([x for _, x in pairs])
    inputs = [reading(float(t), float(x)) for t, x in zip(times, numbers, strict=True)]
    found = kept(Compress(deviation=deviation, longest=None), inputs)
    at = [msg.time for msg in inputs]
    assert found[0][0] == at[0]
    assert found[-1][0] == at[-1]
    assert {(t, x) for t, x, _ in found} <= {(msg.time, msg.payload) for msg in inputs}
    line = np.interp(at, [t for t, _, _ in found], [x for _, x, _ in found])
    assert np.abs(line - numbers).max() <= deviation + 1e-9 * (1 + np.abs(numbers).max())


def test_a_straight_line_is_kept_by_its_ends_and_a_step_stays_where_it_was() -> None:
    ramp = [reading(n, 2.0 * n) for n in range(100)]
    assert [x for _, x, _ in kept(Compress(deviation=0.01, longest=None), ramp)] == [0.0, 198.0]
    step = [reading(n, 0.0 if n < 50 else 10.0) for n in range(100)]
    assert [x for _, x, _ in kept(Compress(deviation=0.1, longest=None), step)] == [0.0, 0.0, 10.0, 10.0]


@settings(max_examples=30)
@given(st.lists(st.integers(1, 20), min_size=1, max_size=80))
def test_one_leaves_at_least_in_the_longest_time(gaps: list[int]) -> None:
    times = np.cumsum(gaps)
    found = kept(Compress(deviation=1e9, longest=30), [reading(float(t), 0.0) for t in times])
    between = np.diff([t for t, _, _ in found])
    assert all(gap <= 30 for gap in between)


def test_a_change_of_quality_is_always_kept_and_bad_ones_in_a_row_once() -> None:
    inputs = [reading(0, 1.0), reading(1, 1.0), reading(2, None, "bad"), reading(3, math.nan), reading(4, 1.0)]
    inputs += [reading(5, 1.0), reading(6, 1.0, "uncertain")]
    found = [(round(t - inputs[0].time), quality) for t, _, quality in kept(Compress(), inputs)]
    assert found == [(0, "good"), (1, "good"), (2, "bad"), (4, "good"), (5, "good"), (6, "uncertain")]


def test_a_message_leaves_as_it_came_and_late_ones_are_refused() -> None:
    inputs = [reading(0, 1.0, unit="bar"), reading(1, 1.0, unit="bar")]
    assert sent(Compress(), inputs, flush=True) == [msg.replace(id=f"test-{n}") for n, msg in enumerate(inputs)]
    with pytest.raises(BadData, match="late"):
        sent(Compress(), [reading(3, 1.0), reading(2, 1.0)])
    with pytest.raises(BadData, match="not a number"):
        sent(Compress(), [reading(3, "x")])


def test_readings_of_one_moment_and_a_clock_set_back_are_kept() -> None:
    assert len(kept(Compress(), [reading(0, 1.0), reading(0, 5.0), reading(-900, 1.0)])) == 3

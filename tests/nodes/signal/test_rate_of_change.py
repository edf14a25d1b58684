"""signal/rate-of-change against numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from flowengine import BadData
from flowengine_nodes.signal.rate_of_change import RateOfChange
from tests.nodes.signal import feeding
from tests.nodes.signal.feeding import reading, sent, uneven


@settings(max_examples=60)
@given(feeding.signals)
def test_the_best_line_is_that_of_numpy(pairs: Any) -> None:
    times, numbers = zip(*pairs, strict=True)
    found = [msg.payload for msg in sent(RateOfChange(seconds=120, method="fit"), uneven(times, numbers))]
    expected = []
    for i in range(1, len(times)):
        begin = min([k for k in range(i + 1) if times[k] >= times[i] - 120], default=i)
        x = np.array(times[min(begin, i - 1) : i + 1]) - times[i]
        expected.append(float(np.polynomial.Polynomial.fit(x, numbers[min(begin, i - 1) : i + 1], 1).deriv()(0)))
    assert found == pytest.approx(expected, rel=1e-4, abs=1e-2)  # times of the day are known to 2e-7 s


def test_two_readings_make_a_slope_and_the_unit_says_per_what() -> None:
    found = sent(RateOfChange(per="min"), [reading(0, 20.0, unit="degC"), reading(2, 21.0, unit="degC")])
    assert [(msg.payload, msg.get("unit"), msg.quality) for msg in found] == [(30.0, "degC/min", "good")]


def test_from_end_to_end_of_the_span_a_dent_does_not_matter() -> None:
    found = sent(RateOfChange(seconds=4), [reading(n, x) for n, x in enumerate([0.0, 9.0, 1.0, 7.0, 8.0, 5.0])])
    assert [msg.payload for msg in found] == [9.0, 0.5, 7 / 3, 2.0, -1.0]


def test_bad_readings_are_left_out_and_uncertain_ones_are_said() -> None:
    inputs = [reading(0, 0.0), reading(1, None, "bad"), reading(2, 4.0, "uncertain"), reading(3, 6.0), reading(4, 8.0)]
    found = sent(RateOfChange(), inputs)
    assert [(msg.payload, msg.quality) for msg in found] == [
        (None, "bad"),
        (2.0, "uncertain"),
        (2.0, "uncertain"),
        (2.0, "good"),
    ]


def test_after_a_gap_and_a_clock_set_back_it_begins_anew() -> None:
    inputs = [
        reading(0, 0.0),
        reading(1, 1.0),
        reading(100, 50.0),
        reading(101, 52.0),
        reading(0, 0.0),
        reading(1, 3.0),
    ]
    assert [msg.payload for msg in sent(RateOfChange(longest_gap=10), inputs)] == [1.0, 2.0, 3.0]


def test_a_reading_of_the_same_moment_takes_the_place_of_the_last_and_a_late_one_is_refused() -> None:
    assert [msg.payload for msg in sent(RateOfChange(), [reading(0, 0.0), reading(1, 5.0), reading(1, 6.0)])] == [5, 6]
    with pytest.raises(BadData, match="late"):
        sent(RateOfChange(), [reading(5, 0.0), reading(4, 5.0)])

"""signal/ewma against pandas, and against the exact response of a first-order system (scipy)."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from scipy import signal

from flowengine_nodes.signal.ewma import Ewma
from tests.nodes.signal import feeding
from tests.nodes.signal.feeding import reading, sent, uneven, values


@given(feeding.numbers)
def test_by_count_it_is_what_pandas_says(numbers: list[float]) -> None:
    expected = pd.Series(numbers).ewm(alpha=0.3, adjust=False).mean().tolist()
    assert values(Ewma(by="count", weight=0.3), numbers) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(feeding.signals)
def test_by_time_it_is_the_exact_response_of_a_first_order_lag_to_a_signal_of_straight_lines(pairs: Any) -> None:
    times, numbers = zip(*pairs, strict=True)
    tau, found, expected = 7.0, sent(Ewma(time_constant=7.0), uneven(times, numbers)), [numbers[0]]
    for i in range(1, len(times)):
        span = times[i] - times[i - 1]
        # lsim is exact for linear inputs, step by step
        _, y, _ = signal.lsim(
            ([[-1 / tau]], [[1 / tau]], [[1]], [[0]]), numbers[i - 1 : i + 1], [0, span], expected[-1:]
        )
        expected.append(float(np.ravel(y)[-1]))
    # The node subtracts the times of two readings, which are known to 2e-7 s.
    assert [msg.payload for msg in found] == pytest.approx(expected, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(("between", "way"), [("step", 0.0), ("new", 1 - math.exp(-1)), ("linear", math.exp(-1))])
def test_between_says_how_a_step_is_seen(between: Literal["step", "new", "linear"], way: float) -> None:
    found = sent(Ewma(time_constant=8, between=between), [reading(0, 0.0), reading(8, 1.0)])
    assert found[1].payload == pytest.approx(way, abs=1e-9)


def test_it_does_not_matter_how_often_a_straight_line_is_read() -> None:
    often = sent(Ewma(time_constant=5), [reading(n / 16, n / 16) for n in range(161)])
    seldom = sent(Ewma(time_constant=5), [reading(0, 0.0), reading(3, 3.0), reading(10, 10.0)])
    assert often[-1].payload == pytest.approx(seldom[-1].payload, abs=1e-9)


def test_readings_at_the_same_time_wait_for_time_to_pass() -> None:
    found = sent(Ewma(time_constant=8, between="new"), [reading(0, 0.0), reading(0, 5.0), reading(8, 5.0)])
    assert [msg.payload for msg in found[:2]] == [0.0, 0.0]
    assert found[2].payload == pytest.approx(5 * (1 - math.exp(-1)), abs=1e-9)

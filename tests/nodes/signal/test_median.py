"""signal/median against scipy's median filter, and Hampel's identifier against its definition."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from flowengine_nodes.signal.median import NORMAL, Median
from tests.nodes.signal import feeding
from tests.nodes.signal.feeding import values


@given(feeding.numbers, st.integers(1, 9))
def test_it_is_the_median_of_the_last_readings(numbers: list[float], count: int) -> None:
    expected = [float(np.median(numbers[max(0, i - count + 1) : i + 1])) for i in range(len(numbers))]
    assert values(Median(count=count), numbers) == pytest.approx(expected, rel=1e-12, abs=1e-12)


@given(feeding.numbers, st.integers(1, 9))
def test_only_outliers_are_replaced(numbers: list[float], count: int) -> None:
    expected = []
    for i, value in enumerate(numbers):
        window = numbers[max(0, i - count + 1) : i + 1]
        spread = stats.median_abs_deviation(window, scale="normal")
        far = abs(value - np.median(window)) > 3 * spread * (1 + 1e-12)
        near = abs(value - np.median(window)) <= 3 * spread * (1 - 1e-12)
        expected.append(float(np.median(window)) if far else value if near else None)
    found = values(Median(count=count, replace="outliers"), numbers)
    assert [x for x, y in zip(found, expected, strict=True) if y is not None] == pytest.approx(
        [y for y in expected if y is not None]
    )


def test_a_spike_is_gone_and_a_step_stays_sharp() -> None:
    assert values(Median(count=5), [1, 1, 90, 1, 2]) == [1, 1, 1, 1, 1]
    assert values(Median(count=3), [0, 0, 0, 9, 9, 9]) == [0, 0, 0, 0, 9, 9]


def test_the_factor_is_that_of_normal_values() -> None:
    assert pytest.approx(1 / stats.norm.ppf(0.75), rel=1e-15) == NORMAL

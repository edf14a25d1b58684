"""signal/median against scipy's median filter, and Hampel's identifier against its definition."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from flowengine_nodes.signal.median import NORMAL, Median
from flowengine_nodes.signal.medians import medians_of_five
from tests.nodes.signal import feeding
from tests.nodes.signal.feeding import values


@given(feeding.numbers, st.integers(1, 9))
def test_it_is_the_median_of_the_last_readings(numbers: list[float], count: int) -> None:
    expected = [float(np.median(numbers[max(0, i - count + 1) : i + 1])) for i in range(len(numbers))]
    assert values(Median(count=count), numbers) == pytest.approx(expected, rel=1e-12, abs=1e-12)


def test_of_five_it_is_the_third_in_order_whatever_the_order_and_however_many_are_the_same() -> None:
    for readings in product((-1.0, 0.0, 2.5), repeat=9):
        steps = medians_of_five([readings[0]])
        found = [next(steps), *[steps.send(reading) for reading in readings[1:]]]
        assert found[4:] == [sorted(readings[i : i + 5])[2] for i in range(5)]


@pytest.mark.parametrize("stop", range(1, 10))
def test_five_go_on_from_where_they_were_remembered(stop: int) -> None:
    readings = [3.0, 9.0, 1.0, 7.0, 8.0, 2.0, 6.0, 4.0, 5.0, 0.0, 3.5, 8.5]
    first = Median(count=5)
    before = values(first, readings[:stop])
    second = Median(count=5)
    second.restore(first.state())
    [(remembered, _, _)] = second.memory.values()
    assert remembered == readings[max(0, stop - 5) : stop]
    assert before + values(second, readings[stop:]) == values(Median(count=5), readings)


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

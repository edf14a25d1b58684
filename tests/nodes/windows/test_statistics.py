import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.windows.statistics import NONE, Sliding, deviation, moments_of, percentile, together

numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


@given(numbers)
def test_figures_are_those_of_the_standard_library(values: list[float]) -> None:
    m = moments_of(values)
    assert (m.n, m.low, m.high) == (len(values), min(values), max(values))
    assert m.mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-6)
    assert m.total == pytest.approx(math.fsum(values), rel=1e-9, abs=1e-6)
    assert deviation(m, sample=False) == pytest.approx(statistics.pstdev(values), rel=1e-6, abs=1e-6)
    if len(values) > 1:
        assert deviation(m, sample=True) == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-6)
    else:
        assert deviation(m, sample=True) is None


@given(numbers, numbers)
def test_two_sets_together_are_one_set(a: list[float], b: list[float]) -> None:
    assert together(moments_of(a), moments_of(b)) == pytest.approx(moments_of(a + b), rel=1e-6, abs=1e-3)
    assert together(NONE, moments_of(a)) == together(moments_of(a), NONE) == moments_of(a)


def test_a_small_spread_around_a_large_mean_keeps_its_digits() -> None:
    assert deviation(moments_of([1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16]), sample=True) == pytest.approx(math.sqrt(30))


@given(st.lists(st.one_of(st.floats(-1e6, 1e6), st.none()), max_size=200))
def test_a_sliding_window_has_the_figures_of_what_is_in_it(steps: list[float | None]) -> None:
    sliding, inside = Sliding(), list[float]()
    for step in steps:
        if step is not None:
            sliding.add(step)
            inside.append(step)
        elif inside:
            sliding.drop()
            del inside[0]
        assert len(sliding) == len(inside)
        assert sliding.moments() == pytest.approx(moments_of(inside), rel=1e-6, abs=1e-2)
        assert sliding.moments()[4:] == moments_of(inside)[4:]


def test_a_sliding_window_does_not_remember_a_huge_value_that_has_left() -> None:
    sliding = Sliding()
    for value in (1e15, 1.0, 2.0, 3.0):
        sliding.add(value)
    sliding.drop()
    assert sliding.moments().mean == 2
    assert deviation(sliding.moments(), sample=True) == 1


def test_percentiles_are_interpolated() -> None:
    values = [1.0, 2.0, 3.0, 4.0]
    assert [percentile(values, p) for p in (0, 50, 100)] == [1, 2.5, 4]
    assert percentile(values, 90) == pytest.approx(3.7)
    assert percentile([], 50) is None

"""signal/savitzky-golay against scipy (even times) and numpy's polynomials (uneven times)."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import savgol_coeffs

from flowengine import BadData
from flowengine_nodes.signal.polynomial import fitted
from flowengine_nodes.signal.savitzky_golay import SavitzkyGolay
from tests.nodes.signal.feeding import reading, sent


@pytest.mark.parametrize("count", [5, 11, 21])
@pytest.mark.parametrize("degree", [2, 3, 4])
@pytest.mark.parametrize(("order", "derivative"), [(0, "none"), (1, "first"), (2, "second")])
@pytest.mark.parametrize("at", ["end", "middle"])
def test_for_even_times_it_is_what_scipy_says(
    count: int, degree: int, order: int, derivative: Literal["none", "first", "second"], at: Literal["end", "middle"]
) -> None:
    numbers = np.random.default_rng(count).normal(size=60).cumsum()
    place = count - 1 if at == "end" else count // 2
    weights = savgol_coeffs(count, degree, deriv=order, delta=0.5, pos=place, use="dot")
    expected = [float(weights @ numbers[i : i + count]) for i in range(60 - count + 1)]
    node = SavitzkyGolay(count=count, degree=degree, derivative=derivative, at=at)
    found = sent(node, [reading(i / 2, float(x)) for i, x in enumerate(numbers)])
    assert [msg.payload for msg in found] == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found[0].time == reading(place / 2, 0).time


@settings(max_examples=60)
@given(st.lists(st.integers(1, 40), min_size=8, max_size=30), st.integers(0, 4), st.integers(0, 2))
def test_for_uneven_times_it_is_the_polynomial_that_numpy_fits(gaps: list[int], degree: int, order: int) -> None:
    x = np.cumsum(gaps) / 8.0
    x -= x[-1]
    y = np.sin(x) + np.random.default_rng(len(gaps)).normal(size=len(x))
    polynomial = np.polynomial.Polynomial.fit(x, y, degree)
    expected = float(polynomial.deriv(order)(0.0)) if order else float(polynomial(0.0))
    assert fitted(x.tolist(), y.tolist(), degree, order) == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_a_parabola_has_its_derivatives_and_says_so_in_the_unit() -> None:
    inputs = [reading(t, 3.0 * t * t + t, unit="degC") for t in range(11)]
    first = sent(SavitzkyGolay(count=11, derivative="first", per="min"), inputs)[0]
    assert first.payload == pytest.approx(60 * 61, rel=1e-9)
    assert first.get("unit") == "degC/min"
    second = sent(SavitzkyGolay(count=11, derivative="second"), inputs)[0]
    assert (second.payload, second.get("unit")) == (pytest.approx(6.0), "degC/s²")


def test_bad_and_uncertain_readings_are_said() -> None:
    inputs = [reading(n, float(n), "uncertain" if n == 1 else "good") for n in range(6)]
    inputs.insert(3, reading(2.5, None, "bad"))
    found = sent(SavitzkyGolay(count=4, degree=1), inputs)
    assert [msg.quality for msg in found] == ["bad", "uncertain", "uncertain", "good"]


def test_readings_of_one_moment_and_a_degree_too_high_are_refused() -> None:
    with pytest.raises(BadData, match="different times"):
        sent(SavitzkyGolay(), [reading(0, 1.0), reading(0, 2.0)])
    with pytest.raises(ValueError, match="less than count"):
        SavitzkyGolay(count=3, degree=3)

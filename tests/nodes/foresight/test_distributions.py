from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betainc
from scipy.stats import f, invgauss

from flowengine_nodes.foresight.distributions import beta_cdf, f_quantile, passage_cdf

DEGREES = st.floats(0.5, 400)


@given(DEGREES, DEGREES, st.floats(0, 1))
def test_the_beta_distribution_is_that_of_scipy(a: float, b: float, x: float) -> None:
    assert beta_cdf(a, b, x) == pytest.approx(betainc(a, b, x), rel=1e-9, abs=1e-12)


@given(st.floats(0.01, 0.9999), st.integers(1, 40), st.integers(2, 2000))
def test_a_quantile_of_f_is_that_of_scipy(share: float, over: int, under: int) -> None:
    assert f_quantile(share, over, under) == pytest.approx(f.ppf(share, over, under), rel=1e-8)


@given(st.floats(0.1, 5), st.floats(0.01, 2), st.floats(0.05, 3), st.floats(0.01, 100))
def test_a_first_passage_is_inverse_gaussian(distance: float, drift: float, diffusion: float, time: float) -> None:
    mean, shape = distance / drift, (distance / diffusion) ** 2
    wanted = invgauss.cdf(time, mean / shape, scale=shape)
    assert passage_cdf(distance, drift, diffusion, time) == pytest.approx(wanted, rel=1e-6, abs=1e-9)


@given(st.floats(1e-3, 1e3), st.floats(-10, 10), st.floats(1e-4, 10), st.floats(0, 1e6))
def test_a_probability_is_one_whatever_it_is_asked(distance: float, drift: float, wide: float, time: float) -> None:
    assert 0 <= passage_cdf(distance, drift, wide, time) <= 1


def test_what_goes_away_from_the_limit_may_still_reach_it_by_chance() -> None:
    # known in closed form: the probability ever to reach it is exp(2 * drift * distance / diffusion ** 2)
    assert passage_cdf(1.0, -0.5, 1.0, 1e6) == pytest.approx(math.exp(-1), rel=1e-9)

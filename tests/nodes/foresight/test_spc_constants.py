"""The constants of control charts against the published table and scipy."""

from __future__ import annotations

import pytest
from scipy import integrate, stats

from flowengine_nodes.foresight.spc_constants import c4, d2, d3

# Montgomery, Introduction to Statistical Quality Control, appendix VI: n, c4, d2, d3.
TABLE = [
    (2, 0.7979, 1.128, 0.853),
    (3, 0.8862, 1.693, 0.888),
    (4, 0.9213, 2.059, 0.880),
    (5, 0.9400, 2.326, 0.864),
    (10, 0.9727, 3.078, 0.797),
    (15, 0.9823, 3.472, 0.756),
    (25, 0.9896, 3.931, 0.708),
]


@pytest.mark.parametrize(("n", "c", "d", "e"), TABLE)
def test_they_are_those_of_the_table(n: int, c: float, d: float, e: float) -> None:
    assert c4(n) == pytest.approx(c, abs=1e-4)
    assert d2(n) == pytest.approx(d, abs=1.1e-3)
    assert d3(n) == pytest.approx(e, abs=6e-4)


@pytest.mark.parametrize("n", [2, 5, 12])
def test_d2_is_the_integral_that_scipy_takes(n: int) -> None:
    phi = stats.norm.cdf
    expected, _ = integrate.quad(lambda x: 1 - phi(x) ** n - (1 - phi(x)) ** n, -9, 9, epsabs=1e-12)
    assert d2(n) == pytest.approx(expected, rel=1e-9)


def test_d3_for_two_values_is_known_exactly() -> None:
    assert d3(2) == pytest.approx((2 - 4 / 3.141592653589793) ** 0.5, rel=1e-6)

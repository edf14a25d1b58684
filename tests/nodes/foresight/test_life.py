"""foresight/life against scipy's censored Weibull fit, and its bounds against what they promise."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import optimize, stats

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes.foresight.life import Life
from flowengine_nodes.foresight.weibull_fit import fit

# Shock absorbers, km: Meeker & Escobar (1998), table C.2 (O'Connor 1985); failures and survivors.
FAILED = [6700, 9120, 12200, 13150, 14300, 17520, 20100, 20900, 22700, 26510, 27490]
RUNNING = [
    6950, 7820, 8790, 9660, 9820, 11310, 11690, 11850, 11880, 12140, 12870, 13330, 13470, 14040, 17540, 17890, 18450,
    18960, 18980, 19410, 20100, 20150, 20320, 23490, 27410, 27890, 28100,
]  # fmt: skip

# Parts of cars, miles: Krivtsov & Case (SAE 1999-01-3220), the data set `automotive` of the package reliability (PyPI).
CARS_FAILED = [5248, 7454, 16890, 17200, 38700, 45000, 49390, 69040, 72280, 131900]
CARS_RUNNING = [
    3961, 4007, 4734, 6054, 7298, 10190, 23060, 27160, 28690, 37100, 40060, 45670, 53000, 67000, 69630, 77350, 78470,
    91680, 105700, 106300, 150400,
]  # fmt: skip


def test_on_public_data_it_says_what_lifelines_and_reliability_say() -> None:
    found = fit(CARS_FAILED, CARS_RUNNING)
    # lifelines 0.30.3, WeibullFitter: ρ, λ and their standard errors; it searches to about 1e-8.
    errors = found.shape * math.sqrt(found.var_shape), found.scale * math.sqrt(found.var_scale)
    assert found[:2] == pytest.approx((1.1544266618318817, 134651.03558789456), rel=1e-7)
    assert errors == pytest.approx((0.2961405060282346, 42767.18679537634), rel=1e-6)
    # reliability 0.9.0, Fit_Weibull_2P with CI 0.9: B10 and its bounds, to six digits.
    assert found.quantile(0.1) == pytest.approx(19170, rel=1e-5)
    assert found.quantile_bounds(0.1, 1.6448536269514722) == pytest.approx((9356.52, 39276.2), rel=1e-5)


def test_the_fit_is_that_of_scipy_and_of_the_book() -> None:
    found = fit(FAILED, RUNNING)
    data = stats.CensoredData(uncensored=FAILED, right=RUNNING)
    shape, _, scale = stats.weibull_min.fit(data, floc=0)
    assert found[:2] == pytest.approx((shape, scale), rel=1e-3)
    # Meeker & Escobar, section 8.3: β 3.16, η 27719.
    assert found.shape == pytest.approx(3.16, abs=0.005)
    assert found.scale == pytest.approx(27719, rel=1e-3)


def test_the_covariance_is_the_inverse_of_the_curvature() -> None:
    found = fit(FAILED, RUNNING)

    def minus(log: Any) -> float:
        life = stats.weibull_min(np.exp(log[0]), scale=np.exp(log[1]))
        return -float(life.logpdf(FAILED).sum() + life.logsf(RUNNING).sum())

    at = np.log([found.shape, found.scale])
    assert np.abs(optimize.approx_fprime(at, minus, 1e-6)).max() < 1e-3
    h, curvature = 1e-4, np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            a, b = np.eye(2)[i] * h, np.eye(2)[j] * h
            curvature[i, j] = (minus(at + a + b) - minus(at + a - b) - minus(at - a + b) + minus(at - a - b)) / (
                4 * h * h
            )
    expected = np.linalg.inv(curvature)
    assert [found.var_shape, found.covariance, found.var_scale] == pytest.approx(
        [expected[0, 0], expected[0, 1], expected[1, 1]], rel=1e-3
    )


def test_the_bounds_hold_about_as_often_as_they_say() -> None:
    dice, inside = np.random.default_rng(8), 0
    true = 1000 * (-np.log(0.9)) ** (1 / 2.5)
    for _ in range(300):
        lives = 1000 * dice.weibull(2.5, 25)
        found = fit(lives[lives < 1200].tolist(), [1200.0] * int((lives >= 1200).sum()))
        low, high = found.quantile_bounds(0.1, 1.645)
        inside += low <= true <= high
    assert inside / 300 == pytest.approx(0.9, abs=0.06)


def node_with_lives(**options: Any) -> Life:
    node = Life(**options)
    for age in FAILED:
        node.on_life(Message({"age": age, "failed": True}))
    for age in RUNNING:
        node.on_life(Message({"age": age, "failed": False}))
    return node


def test_a_part_is_told_how_long_it_still_lives() -> None:
    node = node_with_lives(ahead=1000)
    life = stats.weibull_min(fit(FAILED, RUNNING).shape, scale=fit(FAILED, RUNNING).scale)
    (sent,) = [r.msg.payload for r in messages_of(node, 20000) if r.port == "out"]
    assert sent["fails_within"] == pytest.approx((life.cdf(21000) - life.cdf(20000)) / life.sf(20000))
    assert sent["remaining"] == pytest.approx(life.isf(life.sf(20000) / 2) - 20000)
    assert sent["remaining_low"] < sent["remaining"] < sent["remaining_high"]
    assert sent["b10"] == pytest.approx(life.ppf(0.1))


def test_the_alarm_comes_once_and_after_a_new_part_again() -> None:
    node = node_with_lives(ahead=2000, threshold=0.15)
    ports = [r.port for r in messages_of(node, 1000, 25000, 26000, 0, 26000)]
    assert ports == ["out", "out", "alarm", "out", "out", "out", "alarm"]


def test_few_failures_say_nothing_and_what_is_wrong_is_refused() -> None:
    node = Life(least=2)
    assert messages_of(node, 5) == []
    for wrong in (5, {"age": 3}, {"age": 0, "failed": True}, {"age": "x", "failed": True}):
        with pytest.raises(BadData):
            node.on_life(Message(wrong))
    node.on_life(Message({"age": 5, "failed": True}))
    node.on_life(Message({"age": 5, "failed": True}))
    with pytest.raises(BadData, match="different ages"):
        messages_of(node, 5)
    with pytest.raises(BadData, match="0 or more"):
        messages_of(node_with_lives(), -1)

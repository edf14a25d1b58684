"""foresight/ar-forecast against statsmodels: the fits, the forecast and its interval."""

from __future__ import annotations

import math
from itertools import islice
from typing import Any

import numpy as np
import pytest
from statsmodels.regression import linear_model
from statsmodels.tsa.statespace.sarimax import SARIMAX

from flowengine import Message
from flowengine.testing import messages_of
from flowengine_nodes.foresight.ar_forecast import ArForecast
from flowengine_nodes.foresight.autoregression import burg, path, yule_walker

START = 1e9


def swing(count: int, seed: int = 5, noise: float = 1.0) -> Any:
    """A signal that swings about 50, with noise that drives it."""
    dice = np.random.default_rng(seed)
    x = np.zeros(count)
    for t in range(2, count):
        x[t] = 1.6 * x[t - 1] - 0.85 * x[t - 2] + noise * dice.normal()
    return 50 + x


def run(node: ArForecast, numbers: Any, port: str = "out", bad: int = -1) -> list[dict[str, Any]]:
    inputs = [Message(float(x), time=START + n, quality="bad" if n == bad else "good") for n, x in enumerate(numbers)]
    return [r.msg.payload for r in messages_of(node, *inputs) if r.port == port]


@pytest.mark.parametrize("order", [1, 2, 7])
def test_fits_are_those_of_statsmodels(order: int) -> None:
    x = swing(150) - np.mean(swing(150))
    phi, variance = burg(x.tolist(), order)
    theirs, theirs_variance = linear_model.burg(x, order, demean=False)
    assert phi == pytest.approx(theirs.tolist(), rel=1e-9, abs=1e-12)
    assert variance == pytest.approx(theirs_variance, rel=1e-9)
    phi, variance = yule_walker(x.tolist(), order)
    theirs, deviation = linear_model.yule_walker(x, order, method="mle", demean=False, result_object=False)
    assert phi == pytest.approx(theirs.tolist(), rel=1e-9, abs=1e-12)
    assert variance == pytest.approx(deviation**2, rel=1e-9)


@pytest.mark.parametrize("method", ["burg", "yule-walker"])
def test_forecast_and_interval_are_those_of_statsmodels_for_the_same_model(method: Any) -> None:
    numbers = swing(120)
    node = ArForecast(order=3, window=120, method=method, horizon=9, refit=1)
    found = run(node, numbers)[-1]
    known = node.memory[""]
    model = SARIMAX(numbers - known["mean"], order=(3, 0, 0)).smooth([*known["phi"], known["variance"]])
    theirs = model.get_forecast(9).summary_frame(alpha=0.05).iloc[-1]
    assert found["forecast"] == pytest.approx(theirs["mean"] + known["mean"], rel=1e-9)
    assert found["low"] == pytest.approx(theirs["mean_ci_lower"] + known["mean"], rel=1e-9)
    assert found["high"] == pytest.approx(theirs["mean_ci_upper"] + known["mean"], rel=1e-9)


def test_a_forecast_of_changes_is_that_of_an_integrated_model() -> None:
    steps = swing(121, noise=0.1) - 49.9  # a drift of 0.1 a reading
    numbers = np.cumsum(steps)
    node = ArForecast(order=2, window=120, changes=True, horizon=6, refit=1)
    found = run(node, numbers)[-1]
    known = node.memory[""]
    drift = known["mean"] * np.arange(121)
    model = SARIMAX(numbers - drift, order=(2, 1, 0)).smooth([*known["phi"], known["variance"]])
    theirs = model.get_forecast(6).summary_frame(alpha=0.05).iloc[-1]
    assert found["forecast"] == pytest.approx(theirs["mean"] + known["mean"] * 126, rel=1e-6)
    assert found["high"] - found["low"] == pytest.approx(theirs["mean_ci_upper"] - theirs["mean_ci_lower"], rel=1e-6)


def test_the_interval_holds_as_often_as_it_says() -> None:
    numbers = swing(1500, seed=8)
    node = ArForecast(order=2, window=400, horizon=5, confidence=0.9, refit=50)
    found = run(node, numbers)
    first = len(numbers) - len(found)
    held = [f["low"] <= numbers[first + n + 5] <= f["high"] for n, f in enumerate(found[400:-5], 400)]
    assert sum(held) / len(held) == pytest.approx(0.9, abs=0.04)


def test_a_limit_is_foreseen_and_told_once() -> None:
    node = ArForecast(order=1, changes=True, limit=100, warn=20, horizon=1)
    numbers = [float(n) for n in range(90)]
    found = run(node, numbers)
    assert found[0]["time_to_limit"] == pytest.approx(90, abs=1)
    assert found[-1]["time_to_limit"] == pytest.approx(11, abs=1)
    assert len(run(ArForecast(order=1, changes=True, limit=100, warn=20), numbers, "alarm")) == 1


def test_a_bad_reading_counts_as_forecast() -> None:
    numbers = swing(60)
    node = ArForecast(order=2, window=60, horizon=1)
    before = run(node, numbers[:50])[-1]["forecast"]
    other = ArForecast(order=2, window=60, horizon=1)
    run(other, [*numbers[:50], 1e9], bad=50)
    assert other.memory[""]["values"][-1] == pytest.approx(before, rel=1e-12)


@pytest.mark.parametrize("fit", [burg, yule_walker])
def test_a_signal_that_stands_still_is_forecast_to_stand(fit: Any) -> None:
    assert fit([0.0] * 30, 3) == ([0.0] * 3, 0.0)
    assert list(islice(path([0.0] * 3, 0.0, [0.0] * 3, False), 3)) == [(0.0, 0.0)] * 3
    assert run(ArForecast(), [7.0] * 30)[-1] == {"forecast": 7.0, "low": 7.0, "high": 7.0}


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(ValueError, match=r"window \(20\) must hold at least twice"):
        ArForecast(order=20, window=20)


@pytest.mark.parametrize("changes", [False, True])
def test_the_largest_readings_are_no_end(changes: bool) -> None:
    node = ArForecast(order=6, window=20, refit=1, changes=changes)
    found = run(node, [1e150 * (-1) ** n for n in range(30)])
    assert all(math.isfinite(value) for payload in found for value in payload.values())

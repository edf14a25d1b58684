"""foresight/forecast against statsmodels' state space exponential smoothing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from flowengine import Message
from flowengine.testing import messages_of
from flowengine_nodes.foresight.forecast import Forecast

START = 1e9


def run(node: Forecast, numbers: Any, step: float = 1.0, port: str = "out") -> list[dict[str, Any]]:
    inputs = [
        Message(None if x is None else float(x), time=START + step * n, quality="good" if x is not None else "bad")
        for n, x in enumerate(numbers)
    ]
    return [r.msg.payload for r in messages_of(node, *inputs) if r.port == port]


@pytest.mark.parametrize(("season", "damped"), [(1, False), (1, True), (4, False)])
def test_level_forecast_and_interval_are_those_of_statsmodels(season: int, damped: bool) -> None:
    dice = np.random.default_rng(6)
    n = np.arange(120)
    numbers = 50 + 0.3 * n + (5 * np.sin(2 * np.pi * n / season) if season > 1 else 0) + dice.normal(0, 1, 120)
    node = Forecast(alpha=0.3, beta=0.1, gamma=0.2, damping=0.9 if damped else 1.0, season=season, horizon=7)
    begun: dict[str, Any] = {}
    first = 2 * season
    for i in range(first):
        node.process(Message(float(numbers[i]), topic="", time=START + i))
    begun = {key: (list(v) if isinstance(v, list) else v) for key, v in node.memory[""].items()}
    found: dict[str, Any] = {}
    for i in range(first, 120):
        sent = node.process(Message(float(numbers[i]), topic="", time=START + i))
        if sent:
            head = sent[0]
            assert isinstance(head, Message)
            found = head.payload
    model = ETSModel(
        numbers[first:], error="add", trend="add", damped_trend=damped,
        seasonal="add" if season > 1 else None, seasonal_periods=season if season > 1 else None,
        initialization_method="known", initial_level=begun["level"], initial_trend=begun["trend"],
        initial_seasonal=begun["season"] if season > 1 else None,
    )  # fmt: skip
    # Their parameters: alpha, beta = alpha · ours, gamma = (1 - alpha) · ours, phi.
    names = {
        "smoothing_level": 0.3,
        "smoothing_trend": 0.3 * 0.1,
        "smoothing_seasonal": 0.7 * 0.2,
        "damping_trend": 0.9,
        "initial_level": begun["level"],
        "initial_trend": begun["trend"],
    }
    seasons = {f"initial_seasonal.{i}": value for i, value in enumerate(begun["season"])}
    values = [names[p] if p in names else seasons[p] for p in model.param_names]
    fit = model.smooth(np.array(values))
    assert found["forecast"] == pytest.approx(float(fit.forecast(7)[-1]), rel=1e-9)
    # The interval, with the mean square of the errors that both know.
    sigma = math.sqrt(float(np.mean(np.asarray(fit.resid) ** 2)))
    theirs = float(np.sqrt(fit.forecast_variance(7)[-1])) if hasattr(fit, "forecast_variance") else None
    if theirs is not None:
        wide = 1.959963984540054 * theirs * sigma / math.sqrt(fit.scale)
        assert found["high"] - found["forecast"] == pytest.approx(wide, rel=1e-6)


def test_the_interval_holds_as_often_as_it_says() -> None:
    dice, inside, count = np.random.default_rng(7), 0, 0
    level = np.cumsum(dice.normal(0, 0.3, 3000)) + dice.normal(0, 1, 3000)
    found = run(Forecast(alpha=0.27, beta=0.01, horizon=1, confidence=0.9, least=200), level)
    for i, item in enumerate(found[:-1]):
        inside += item["low"] <= level[200 + i] <= item["high"]
        count += 1
    assert inside / count == pytest.approx(0.9, abs=0.03)


def test_the_time_to_a_limit_is_that_of_the_trend() -> None:
    numbers = [10 + 0.5 * n for n in range(60)]
    found = run(Forecast(limit=60, warn=10, least=10), numbers, step=30)[-1]
    # At 39.5 it is 41 steps of half a unit from 60.
    assert found["time_to_limit"] == pytest.approx(41 * 30)
    assert found["soonest"] == pytest.approx(41 * 30)
    assert run(Forecast(limit=200, farthest=20), numbers)[-1]["time_to_limit"] is None
    falling = run(Forecast(limit=0, least=10), [100 - n for n in range(60)])[-1]
    assert falling["time_to_limit"] == pytest.approx(41)


def test_it_warns_once_and_again_after_it_has_been_farther() -> None:
    rising, falling = [float(n) for n in range(40)], [40.0 - n for n in range(20)]
    node = Forecast(limit=50, warn=15, alpha=0.8, beta=0.8)
    assert len(run(node, [*rising, *falling, *[20.0 + n for n in range(25)]], port="alarm")) == 2


def test_a_bad_reading_is_as_forecast_and_state_is_whole() -> None:
    numbers: list[float | None] = [10 + 0.5 * n for n in range(40)]
    numbers[30] = None
    assert run(Forecast(horizon=5), numbers)[-1]["forecast"] == pytest.approx(10 + 0.5 * 44)
    node, expected = Forecast(season=4), run(Forecast(season=4), np.sin(np.arange(60)))
    found: list[dict[str, Any]] = []
    for n, x in enumerate(np.sin(np.arange(60))):
        again = Forecast(season=4)
        again.restore(node.state())
        node = again
        for item in node.process(Message(float(x), time=START + n)) or []:
            assert isinstance(item, Message)
            found.append(item.payload)
    assert found == expected


def test_the_way_to_a_limit_is_that_of_the_forecast_at_each_step() -> None:
    node = Forecast(season=4, damping=0.9, gamma=0.3, beta=0.2)
    run(node, [50 + 0.3 * n + 5 * math.sin(n * math.pi / 2) + (n * 7 % 5) / 3 for n in range(60)])
    known = node.memory[""]
    for steps, found in zip(range(1, 15), node._path(known), strict=False):
        assert found == pytest.approx(node.ahead(known, steps), rel=1e-12)

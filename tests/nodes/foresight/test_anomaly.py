"""foresight/anomaly against scipy and pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from flowengine import Message
from flowengine.testing import messages_of
from flowengine_nodes.foresight.anomaly import Anomaly

NUMBERS = np.random.default_rng(5).normal(20, 2, 150)
NUMBERS[100] = 45


def scores(node: Anomaly, numbers: list[float]) -> list[float]:
    return [r.msg.get("score") for r in messages_of(node, *numbers) if r.port == "out"]


def test_the_robust_score_is_that_of_scipys_deviation() -> None:
    found = scores(Anomaly(count=40, least=20), NUMBERS.tolist())
    assert found[:20] == [0] * 20
    for i in range(20, 150):
        window = NUMBERS[max(0, i - 40) : i]
        spread = stats.median_abs_deviation(window, scale="normal")
        assert found[i] == pytest.approx((NUMBERS[i] - np.median(window)) / spread, rel=1e-9)


def test_the_weighted_score_is_that_of_pandas() -> None:
    found = scores(Anomaly(method="ewma", weight=0.05), NUMBERS.tolist())
    weighted = pd.Series(NUMBERS).ewm(alpha=0.05, adjust=False)
    mean, deviation = weighted.mean(), weighted.std(bias=True)
    for i in range(20, 150):
        assert found[i] == pytest.approx((NUMBERS[i] - mean[i - 1]) / deviation[i - 1], rel=1e-9)


@pytest.mark.parametrize("still", [0.0, 5e-324])
def test_beyond_a_signal_that_hardly_moves_a_score_is_large_and_a_number(still: float) -> None:
    numbers = [0.0, still] * 15
    assert scores(Anomaly(method="ewma"), [*numbers, 1e150])[-1] == 1e9
    assert scores(Anomaly(), [*numbers, -1e150])[-1] == -1e9


def test_an_outlier_is_told_with_its_evidence() -> None:
    (alarm,) = [r.msg.payload for r in messages_of(Anomaly(), *NUMBERS.tolist()) if r.port == "alarm"]
    assert alarm["value"] == 45
    assert alarm["score"] > 8
    assert alarm["low"] < 20 < alarm["high"] < 45


def test_without_noise_the_spread_decides() -> None:
    flat = [5.0] * 30
    assert [r.port for r in messages_of(Anomaly(spread=1), *flat, 7.0)].count("alarm") == 0
    assert [r.port for r in messages_of(Anomaly(), *flat, 5.1)].count("alarm") == 1
    assert messages_of(Anomaly(), Message(5, quality="bad")) == []

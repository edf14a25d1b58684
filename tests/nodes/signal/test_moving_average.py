"""signal/moving-average against pandas."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.signal.moving_average import MovingAverage
from tests.nodes.signal import feeding
from tests.nodes.signal.feeding import START, reading, sent, uneven, values


@given(feeding.numbers, st.integers(1, 9))
def test_by_count_it_is_what_pandas_says(numbers: list[float], count: int) -> None:
    expected = pd.Series(numbers).rolling(count, min_periods=1).apply(np.mean, raw=True).tolist()
    assert values(MovingAverage(count=count), numbers) == pytest.approx(expected, rel=1e-9, abs=1e-7)


@given(st.lists(st.tuples(st.integers(0, 64), st.floats(-1e4, 1e4)), min_size=1, max_size=50))
def test_by_time_it_is_what_pandas_says(pairs: list[tuple[int, float]]) -> None:
    times = np.cumsum([gap / 8 for gap, _ in pairs])  # eighths are exact, also as times of the day
    numbers = [value for _, value in pairs]
    series = pd.Series(numbers, index=pd.to_datetime([START + t for t in times], unit="s"))
    expected = series.rolling("10s").apply(np.mean, raw=True).tolist()
    found = sent(MovingAverage(by="time", seconds=10), uneven(list(times), numbers))
    assert [msg.payload for msg in found] == pytest.approx(expected, rel=1e-9, abs=1e-7)


@given(st.lists(st.tuples(st.integers(1, 64), st.floats(-1e4, 1e4)), min_size=2, max_size=40))
def test_weighed_by_time_it_is_the_mean_of_the_signal_that_stands_between_readings(pairs: Any) -> None:
    times = np.cumsum([gap / 8 for gap, _ in pairs])
    numbers = [value for _, value in pairs]
    found = sent(MovingAverage(by="time", seconds=10, weigh="time"), uneven(list(times), numbers))
    fine = np.arange(times[0], times[-1], 1 / 8) + 1 / 16
    held = np.array([numbers[np.searchsorted(times, t, side="right") - 1] for t in fine])
    for i in range(1, len(times)):
        inside = (fine > times[i] - 10) & (fine < times[i])
        assert found[i].payload == pytest.approx(held[inside].mean(), rel=1e-9, abs=1e-7)


def test_a_sum_does_not_drift_over_many_readings() -> None:
    numbers = [1e9, 0.1, *[0.1] * 4_000]
    assert values(MovingAverage(count=50), numbers)[-1] == pytest.approx(0.1, rel=1e-12)
    assert values(MovingAverage(by="time", seconds=50), numbers)[-1] == pytest.approx(0.1, rel=1e-12)


def test_a_window_by_time_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flowengine_nodes.signal.moving_average.MOST", 3)
    found = sent(MovingAverage(by="time", seconds=1000), [reading(n, float(n)) for n in range(6)])
    assert found[-1].payload == 4.0

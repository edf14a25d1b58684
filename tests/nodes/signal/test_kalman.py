"""signal/kalman against statsmodels (even times) and against the filter in matrices (uneven times)."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from statsmodels.tsa.statespace.structural import UnobservedComponents

from flowengine_nodes.signal.kalman import Kalman
from tests.nodes.signal import feeding
from tests.nodes.signal.feeding import reading, sent, uneven, values


def test_for_even_times_it_is_the_local_level_filter_of_statsmodels() -> None:
    numbers = np.random.default_rng(1).normal(20, 0.5, 200).cumsum() / 10
    model = UnobservedComponents(numbers, "llevel", loglikelihood_burn=0)
    model.ssm.initialize_known(np.array([numbers[0]]), np.array([[0.0]]))
    # Begun with the first reading as known to the noise: the same as a filter that begins with nothing.
    model.ssm.initialize_known(np.array([numbers[0]]), np.array([[1e12]]))
    expected = model.filter([0.25, 0.04]).filtered_state[0]
    assert values(Kalman(noise=0.5, drift=0.2), numbers.tolist()) == pytest.approx(expected.tolist(), rel=1e-9)


def in_matrices(model: str, times: Any, numbers: Any, noise: float, drift: float, first: Any) -> list[float]:
    # Extended precision: the textbook's form loses digits where variances shrink by many orders of magnitude.
    x: Any = np.array([numbers[0], 0.0], np.longdouble)
    p: Any = np.diag(np.array(first, np.longdouble))
    found, h = [numbers[0]], np.array([[1.0, 0.0]])
    for dt, z in zip(np.diff(np.array(times, np.longdouble)), numbers[1:], strict=True):
        if model == "level":
            f, q = np.eye(2), np.diag([drift**2 * dt, 0.0])
        else:
            f = np.array([[1.0, dt], [0.0, 1.0]])
            q = drift**2 * np.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])
        x, p = f @ x, f @ p @ f.T + q
        gain = p @ h.T / (h @ p @ h.T + noise**2)
        x = x + (gain * (z - x[0])).ravel()
        p = (np.eye(2) - gain @ h) @ p @ (np.eye(2) - gain @ h).T + noise**2 * gain @ gain.T  # Joseph's form
        found.append(float(x[0]))
    return found


@settings(max_examples=60)
@given(feeding.signals)
@pytest.mark.parametrize("model", ["level", "trend"])
def test_for_uneven_times_it_is_the_filter_in_matrices(model: Literal["level", "trend"], pairs: Any) -> None:
    times, numbers = zip(*pairs, strict=True)
    at = [feeding.START + t for t in times]
    first = [4.0, 1e6 * (4.0 + 0.01) if model == "trend" else 0.0]
    expected = in_matrices(model, at, numbers, 2.0, 0.1, first)
    found = sent(Kalman(model=model, noise=2.0, drift=0.1), uneven(times, numbers))
    assert [msg.payload for msg in found] == pytest.approx(expected, rel=1e-8, abs=1e-8)


def test_with_a_trend_it_does_not_lag_behind_a_ramp() -> None:
    found = values(Kalman(model="trend", noise=1, drift=0.1), [2.0 * n for n in range(100)])
    assert found[-1] == pytest.approx(198.0, abs=0.01)


def test_an_uncertain_reading_counts_less() -> None:
    good = sent(Kalman(), [reading(0, 0.0), reading(1, 10.0)])[1].payload
    doubtful = sent(Kalman(), [reading(0, 0.0), reading(1, 10.0, "uncertain")])[1].payload
    assert 0 < doubtful < good


def test_a_deploy_from_level_to_trend_finds_the_rate_as_if_it_had_never_known_one() -> None:
    level, trend = Kalman(noise=0.5, drift=0.01), Kalman(model="trend", noise=0.5, drift=0.01)
    values(level, [0.0] * 50)
    trend.restore(level.state())
    found = sent(trend, [reading(50 + n, 2.0 * n) for n in range(1, 25)])
    assert found[-1].payload == pytest.approx(48.0, abs=0.5)

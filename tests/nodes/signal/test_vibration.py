"""signal/vibration against scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import fft, stats
from scipy.integrate import cumulative_simpson

from flowengine import BadData, Message
from flowengine.testing import outputs_of
from flowengine_nodes.signal.vibration import Vibration

RATE = 5000.0
TIME = np.arange(5000) / RATE


def test_the_figures_are_those_of_scipy() -> None:
    samples = np.random.default_rng(7).gamma(2.0, 3.0, 4000)
    found = outputs_of(Vibration(), samples.tolist())[0]
    moving = samples - samples.mean()
    assert found == {
        "mean": pytest.approx(samples.mean()),
        "rms": pytest.approx(samples.std()),
        "peak": pytest.approx(np.abs(moving).max()),
        "peak_to_peak": pytest.approx(np.ptp(samples)),
        "crest": pytest.approx(np.abs(moving).max() / samples.std()),
        "kurtosis": pytest.approx(stats.kurtosis(samples, fisher=False)),
        "skewness": pytest.approx(stats.skew(samples)),
        "shape": pytest.approx(samples.std() / np.abs(moving).mean()),
        "impulse": pytest.approx(np.abs(moving).max() / np.abs(moving).mean()),
    }


def test_a_sine_has_the_crest_and_kurtosis_of_a_sine() -> None:
    found = outputs_of(Vibration(), (3 * np.sin(2 * np.pi * 50 * TIME)).tolist())[0]
    assert (found["crest"], found["kurtosis"]) == (pytest.approx(math.sqrt(2)), pytest.approx(1.5))


def test_only_the_band_counts_and_acceleration_becomes_velocity() -> None:
    omega = 2 * np.pi * 50
    # 7 mm/s peak at 50 Hz: the acceleration is its derivative; beside it something at 2 Hz and at 2000 Hz.
    samples = 0.007 * omega * np.cos(omega * TIME) + 5 * np.sin(4 * np.pi * TIME) + np.sin(4000 * np.pi * TIME)
    node = Vibration(sample_rate=RATE, low=10, high=1000, velocity=True)
    found = outputs_of(node, samples.tolist())[0]
    assert found["velocity_rms"] == pytest.approx(7 / math.sqrt(2), rel=1e-9)
    assert found["rms"] == pytest.approx(0.007 * omega / math.sqrt(2), rel=1e-9)


def test_samples_that_stand_still_have_no_shape() -> None:
    found = outputs_of(Vibration(), [2.5] * 100)[0]
    assert (found["rms"], found["crest"], found["kurtosis"]) == (0, None, None)


def test_what_cannot_be_said_is_refused() -> None:
    with pytest.raises(ValueError, match="needs low"):
        Vibration(velocity=True)
    with pytest.raises(ValueError, match="less than high"):
        Vibration(low=5, high=4)
    with pytest.raises(BadData, match="beyond 5 Hz"):
        outputs_of(Vibration(sample_rate=10, low=1, high=6), [1.0] * 8)
    with pytest.raises(BadData, match="too short"):
        outputs_of(Vibration(sample_rate=10, low=4.9, high=5, velocity=True), [1.0, 2.0] * 4 + [1.0])
    assert outputs_of(Vibration(), Message([1.0] * 8, quality="bad")) == [None]


def test_in_a_band_they_are_those_of_what_scipys_transform_leaves() -> None:
    samples = np.random.default_rng(8).normal(0, 2, 4096)
    lines, x = fft.rfft(samples), fft.rfftfreq(len(samples), 1 / 10_000)
    moving = fft.irfft(np.where((x >= 10) & (x <= 1000), lines, 0), len(samples))
    speed = 1000 * cumulative_simpson(moving, dx=1 / 10_000, initial=0)
    found = outputs_of(Vibration(low=10, high=1000, velocity=True, sample_rate=10_000), samples.tolist())[0]
    assert found["rms"] == pytest.approx(moving.std(), rel=1e-9)
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(moving, fisher=False), rel=1e-6)
    assert found["velocity_rms"] == pytest.approx(speed.std(), rel=1e-2)  # Simpson's rule, in the time domain

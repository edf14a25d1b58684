"""signal/spectrum against scipy, and against sines whose amplitudes are known."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from flowengine import BadData, Message
from flowengine.testing import outputs_of
from flowengine_nodes.signal.spectra import Taper, by_angle, envelope, spectrum, taper
from flowengine_nodes.signal.spectrum import Band, Spectrum

RATE = 1000.0
TIME = np.arange(2000) / RATE


def block(samples: Any, **properties: Any) -> Message:
    return Message(np.asarray(samples).tolist(), properties=properties)


@settings(max_examples=25)
@given(st.integers(16, 500), st.integers(16, 200), st.sampled_from(["hann", "flat-top", "none"]))
def test_lines_are_those_of_scipys_welch(count: int, length: int, name: Taper) -> None:
    samples = np.random.default_rng(count).normal(3, 2, count)
    n = min(count, length)
    window = {"hann": "hann", "flat-top": "flattop", "none": "boxcar"}[name]
    how: dict[str, Any] = {"nperseg": n, "noverlap": n - max(1, n // 2), "window": window, "detrend": "constant"}
    x, squares = signal.welch(samples, RATE, scaling="spectrum", **how)
    _, density = signal.welch(samples, RATE, scaling="density", **how)
    found = spectrum(samples, RATE, name, length)
    np.testing.assert_allclose(found.x, x, rtol=1e-12)
    np.testing.assert_allclose(found.rms, np.sqrt(squares), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(found.power, density * RATE / n, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "scipys"), [("hann", "hann"), ("flat-top", "flattop")])
def test_window_functions_are_those_of_scipy(name: Taper, scipys: str) -> None:
    np.testing.assert_allclose(taper(name, 64), signal.get_window(scipys, 64), atol=1e-12)


def test_the_envelope_is_that_of_scipys_hilbert() -> None:
    for count in (64, 65):
        samples = np.random.default_rng(count).normal(size=count)
        np.testing.assert_allclose(envelope(samples), np.abs(signal.hilbert(samples)), atol=1e-12)


def test_peaks_and_bands_are_named_with_their_size() -> None:
    samples = 5 + 2 * np.sin(2 * np.pi * 50 * TIME) + 0.5 * np.sin(2 * np.pi * 120 * TIME)
    bands = [Band(name="low", low=40, high=60), Band(name="all", low=1, high=500)]
    node = Spectrum(sample_rate=RATE, peaks=2, bands=bands, amplitude="peak", lines=True)
    found = outputs_of(node, block(samples))[0]
    assert [(p["frequency"], p["value"]) for p in found["peaks"]] == [
        (pytest.approx(50, abs=0.01), pytest.approx(2, rel=1e-6)),
        (pytest.approx(120, abs=0.01), pytest.approx(0.5, rel=1e-6)),
    ]
    assert found["bands"] == {
        "low": pytest.approx(math.sqrt(2), rel=1e-6),
        "all": pytest.approx(math.sqrt(2 + 0.125), rel=1e-6),
    }
    assert (found["step"], len(found["lines"])) == (0.5, 1001)


def test_a_peak_between_two_lines_is_found_where_it_is() -> None:
    found = outputs_of(Spectrum(sample_rate=RATE, peaks=1), block(np.sin(2 * np.pi * 77.7 * TIME)))[0]
    assert found["peaks"][0]["frequency"] == pytest.approx(77.7, abs=0.02)


def test_orders_are_multiples_of_the_speed() -> None:
    samples = np.sin(2 * np.pi * 75 * TIME)  # three times in each revolution at 1500 per minute
    node = Spectrum(axis="order", peaks=1)
    found = outputs_of(node, block(samples, speed=1500, sample_rate=RATE))[0]
    assert found["peaks"][0]["order"] == pytest.approx(3, abs=0.01)


def test_orders_stay_sharp_while_the_machine_speeds_up() -> None:
    speeds = np.linspace(600, 1800, len(TIME))
    turns = np.cumsum(speeds / 60) / RATE
    samples = np.sin(2 * np.pi * 4 * turns)
    node = Spectrum(axis="order", sample_rate=RATE, peaks=1, amplitude="peak")
    found = outputs_of(node, block(samples, speed=speeds.tolist()))[0]["peaks"][0]
    assert found["order"] == pytest.approx(4, abs=0.03)
    assert found["value"] > 0.8
    blurred = outputs_of(
        Spectrum(axis="order", sample_rate=RATE, peaks=1, amplitude="peak", speed=1200), block(samples)
    )
    assert blurred[0]["peaks"][0]["value"] < 0.4


def test_sampling_anew_by_angle_at_a_steady_speed_changes_nothing() -> None:
    samples = np.sin(2 * np.pi * 5 * TIME)
    even = by_angle(samples, np.full(len(TIME), 10.0), RATE, 100)
    np.testing.assert_allclose(even, samples[: len(even)], atol=1e-9)


@pytest.mark.parametrize(
    ("msg", "error"),
    [
        (Message(5), "no list of samples"),
        (Message([1.0] * 3), "3 samples: expected 8"),
        (Message([1.0] * 7 + [None]), "no number"),
        (Message([1.0] * 7 + [math.nan]), "no finite number"),
        (Message([[1.0]] * 8), "no finite number"),
        (Message([True] * 8), "no number"),
        (Message([1.0] * 8), "sample rate is not known"),
        (Message([1.0] * 8, properties={"sample_rate": 10.0}), "speed of the shaft is not known"),
        (Message([1.0] * 8, properties={"sample_rate": 10.0, "speed": [60] * 9}), "9 speeds for 8 samples"),
        (Message([1.0] * 8, properties={"sample_rate": 10.0, "speed": [0.001] * 8}), "hardly turned"),
        (Message([1.0] * 8, properties={"sample_rate": 10.0, "speed": "fast"}), "revolutions per minute"),
    ],
)
def test_what_is_wrong_with_a_block_is_said(msg: Message, error: str) -> None:
    with pytest.raises(BadData, match=error):
        outputs_of(Spectrum(axis="order"), msg)


def test_a_band_beyond_half_the_sampling_rate_and_one_upside_down_are_refused() -> None:
    with pytest.raises(BadData, match="half the sampling rate"):
        outputs_of(Spectrum(sample_rate=10.0, bands=[Band(name="x", low=1, high=6)]), Message([1.0] * 8))
    with pytest.raises(ValueError, match="less than high"):
        Spectrum(bands=[Band(name="x", low=2, high=1)])


def test_a_bad_block_leaves_empty() -> None:
    assert outputs_of(Spectrum(), Message([1.0] * 8, quality="bad")) == [None]


def test_without_numpy_everything_else_works_and_the_error_says_what_to_install() -> None:
    code = """
import sys
import flowengine_nodes
assert "numpy" not in sys.modules
sys.modules["numpy"] = None
try:
    flowengine_nodes.Spectrum()
except ValueError as error:
    print(error)
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out == "this node needs numpy: pip install 'flowengine-ot[signal]'\n"

"""signal/envelope: a damaged bearing is found by how often its parts are hit."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import fft, signal

from flowengine import BadData, Message
from flowengine.testing import outputs_of
from flowengine_nodes.signal.envelope import Envelope

RATE = 20_000.0
SECONDS = 2.0
TIME = np.arange(int(RATE * SECONDS)) / RATE

# SKF 6205-2RS at 1797 per minute, as in the bearing data of Case Western Reserve University, whose page gives its
# fault frequencies as multiples of the speed: inner 5.4152, outer 3.5848, cage 0.39828, ball 4.7135.
BEARING = {"balls": 9, "ball_diameter": 0.3126, "pitch_diameter": 1.537}
SPEED = 1797.0


@cache
def ringing(frequency: float, seed: int = 1) -> list[float]:
    """A resonance at 3 kHz that is hit so many times a second, in noise as strong as itself."""
    rng = np.random.default_rng(seed)
    samples = rng.normal(0, 0.3, len(TIME))
    for hit in np.arange(0, SECONDS, 1 / frequency):
        after = TIME - hit - rng.normal(0, 0.01 / frequency)
        samples += np.where(after > 0, np.exp(-800 * np.maximum(after, 0)) * np.sin(2 * np.pi * 3000 * after), 0)
    return [float(x) for x in samples]


def node(**options: float) -> Envelope:
    return Envelope(sample_rate=RATE, low=2000, high=4000, **{**BEARING, **options})  # type: ignore[arg-type]


def test_the_frequencies_of_the_parts_are_those_of_the_bearings_data_sheet() -> None:
    found = outputs_of(node(speed=SPEED), ringing(50))[0]["faults"]
    multiples = {name: fault["frequency"] / (SPEED / 60) for name, fault in found.items()}
    assert multiples == {
        "inner": pytest.approx(5.4152, rel=1e-3),
        "outer": pytest.approx(3.5848, rel=1e-3),
        "cage": pytest.approx(0.39828, rel=1e-3),
        "ball": pytest.approx(4.7135, rel=1e-3),
    }


@pytest.mark.parametrize(("part", "multiple"), [("outer", 3.5848), ("inner", 5.4152)])
def test_the_damaged_part_stands_out(part: str, multiple: float) -> None:
    samples = ringing(multiple * SPEED / 60 * 1.004)  # with a little slip
    found = outputs_of(node(), Message(samples, properties={"speed": SPEED}))[0]
    ratios = {name: fault["ratio"] for name, fault in found["faults"].items()}
    assert max(ratios, key=lambda name: ratios[name]) == part
    assert ratios[part] > 8
    assert found["peaks"][0]["frequency"] == pytest.approx(multiple * SPEED / 60, rel=0.01)


def test_a_sound_bearing_has_no_part_that_stands_out() -> None:
    noise = np.random.default_rng(3).normal(0, 0.3, len(TIME)).tolist()
    found = outputs_of(node(speed=SPEED), noise)[0]["faults"]
    assert all(fault["ratio"] < 2 for fault in found.values())


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ValueError, match="all three"):
        Envelope(low=1, high=2, balls=9)
    with pytest.raises(ValueError, match="less than pitch"):
        Envelope(low=1, high=2, balls=9, ball_diameter=5, pitch_diameter=5)
    with pytest.raises(ValueError, match="less than high"):
        Envelope(low=2, high=2)
    with pytest.raises(BadData, match="speed of the shaft"):
        outputs_of(node(), ringing(50))
    assert outputs_of(node(), Message(None, quality="bad")) == [None]


def test_peaks_and_parts_are_those_of_scipys_envelope_and_spectrum() -> None:
    samples = np.array(ringing(50)[:8192])
    found = outputs_of(node(speed=SPEED, peaks=1, harmonics=1), samples.tolist())[0]
    lines, x = fft.rfft(samples), fft.rfftfreq(len(samples), 1 / RATE)
    hull = np.abs(signal.hilbert(fft.irfft(np.where((x >= 2000) & (x <= 4000), lines, 0), len(samples))))
    scaling = {"fs": RATE, "window": "hann", "nperseg": len(hull), "detrend": "constant"}
    _, squares = signal.welch(hull, scaling="spectrum", **scaling)
    _, density = signal.welch(hull, scaling="density", **scaling)
    assert found["peaks"][0]["value"] == pytest.approx(np.sqrt(squares[1:-1].max()), rel=1e-9)
    for fault in found["faults"].values():
        away = max(0.02 * fault["frequency"], x[1])
        inside = (x >= fault["frequency"] - away) & (x <= fault["frequency"] + away)
        assert fault["value"] == pytest.approx(np.sqrt(density[inside].sum() * x[1]), rel=1e-9)

"""Spectra of blocks of samples: amplitude spectrum by Welch's method, envelope, orders, bands, peaks.

Amplitudes are those of the sine in the signal: a sine of amplitude A gives A (or A/√2 as root mean square) at its
frequency, whatever the window (Heinzel, Rüdiger, Schilling, Spectrum and spectral density estimation by the DFT, 2002).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from flowengine import BadData

if TYPE_CHECKING:
    from flowengine_nodes.signal.samples import Samples

Taper = Literal["hann", "flat-top", "none"]

_COSINES = {
    "none": (1.0,),
    "hann": (0.5, 0.5),
    # The five-term flat top window of SR785 and scipy: D'Antona, Ferrero, Digital Signal Processing for Measurement
    # Systems (2006), p. 70.
    "flat-top": (0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368),
}


class Spectrum(NamedTuple):
    """Frequencies (or orders) in even steps from 0, and what is there."""

    x: Samples
    rms: Samples
    """Root mean square of the sine at each line."""
    power: Samples
    """Mean square in each line: what is added up over a band."""

    @property
    def step(self) -> float:
        """Distance of the lines."""
        return float(self.x[1] - self.x[0])


def taper(name: Taper, length: int) -> Samples:
    """Return a window function, periodic as spectra need it."""
    import numpy as np

    angle = 2 * np.pi * np.arange(length) / length
    terms = [(-1) ** k * a * np.cos(k * angle) for k, a in enumerate(_COSINES[name])]
    return np.asarray(np.sum(terms, axis=0), dtype=np.float64)


def spectrum(samples: Samples, rate: float, name: Taper, length: int | None = None) -> Spectrum:
    """Return the spectrum, averaged over blocks that overlap by half (Welch 1967); the mean of each is taken off.

    Args:
        samples: the signal.
        rate: samples per second, or per revolution.
        name: the window function.
        length: samples in a block; None or more than there are: one block of all.
    """
    import numpy as np

    n = len(samples) if length is None else min(length, len(samples))
    window = taper(name, n)
    starts = range(0, len(samples) - n + 1, max(1, n // 2))
    blocks = np.stack([samples[start : start + n] for start in starts])
    blocks = (blocks - blocks.mean(axis=1, keepdims=True)) * window
    squares = np.mean(np.abs(np.fft.rfft(blocks, axis=1)) ** 2, axis=0)
    squares[1 : -1 if n % 2 == 0 else None] *= 2  # the other half, at negative frequencies
    lines = np.arange(len(squares), dtype=np.float64) * (rate / n)
    return Spectrum(lines, np.sqrt(squares) / window.sum(), squares / (n * np.square(window).sum()))


def band(found: Spectrum, low: float, high: float) -> float:
    """Return the root mean square of what lies in a band, both ends included.

    Raises:
        BadData: the band reaches beyond what the sampling shows.
    """
    if high > found.x[-1] * (1 + 1e-12):
        raise BadData(f"the band {low:g} to {high:g} reaches beyond {found.x[-1]:g}, half the sampling rate")
    inside = (found.x >= low) & (found.x <= high)
    return math.sqrt(float(found.power[inside].sum()))


def peaks(found: Spectrum, count: int) -> list[tuple[float, float]]:
    """Return the highest lines that are higher than both neighbours, (place, rms), the highest first.

    The place between the lines is that of a parabola through the logarithms of three of them.
    """
    import numpy as np

    rms = found.rms
    tops = np.flatnonzero((rms[1:-1] > rms[:-2]) & (rms[1:-1] >= rms[2:])) + 1
    chosen = tops[np.argsort(rms[tops])[::-1][:count]]
    result = []
    for i in chosen:
        left, middle, right = (math.log(max(float(v), 1e-300)) for v in rms[i - 1 : i + 2])
        bend = left - 2 * middle + right
        shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
        result.append((float(found.x[i]) + shift * found.step, float(rms[i])))
    return result


def passed(samples: Samples, rate: float, low: float, high: float) -> Samples:
    """Return the samples with only what lies in a band (an ideal band-pass, by FFT).

    Raises:
        BadData: the band reaches beyond half the sampling rate.
    """
    import numpy as np

    if high > rate / 2:
        raise BadData(f"the band {low:g} to {high:g} Hz reaches beyond {rate / 2:g} Hz, half the sampling rate")
    lines = np.fft.rfft(samples)
    x = np.arange(len(lines)) * (rate / len(samples))
    lines[(x < low) | (x > high)] = 0
    return np.fft.irfft(lines, len(samples))


def envelope(samples: Samples) -> Samples:
    """Return the amplitude of a narrow-band signal over time: the magnitude of its analytic signal (Hilbert)."""
    import numpy as np

    n = len(samples)
    lines = np.fft.fft(samples)
    lines[1 : (n + 1) // 2] *= 2
    lines[n // 2 + 1 :] = 0
    return np.abs(np.fft.ifft(lines))


def by_angle(samples: Samples, speeds: Samples, rate: float, per_turn: int) -> Samples:
    """Return samples at even angles of the shaft: order tracking by the angle that the speed adds up to.

    Args:
        samples: the signal at even times.
        speeds: revolutions per second at each sample.
        rate: samples per second.
        per_turn: samples per revolution wanted.
    """
    import numpy as np

    turns = np.concatenate(([0.0], np.cumsum((speeds[1:] + speeds[:-1]) / 2) / rate))
    even = np.arange(math.floor(turns[-1] * per_turn) + 1) / per_turn
    return np.interp(even, turns, samples)

"""Signals as functions of time: no node, no clock."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Literal

Shape = Literal["sine", "square", "triangle", "ramp", "steps", "noise", "random-walk"]

Waveform = Callable[[float], float]
"""Gives the value at a time in seconds since the start. Called with growing times."""


def waveform(
    shape: Shape,
    *,
    amplitude: float,
    offset: float,
    period: float,
    levels: Sequence[float] = (),
    noise: float = 0.0,
    seed: int = 0,
) -> Waveform:
    """Make a signal.

    Every periodic shape begins a period at time 0: the sine at its middle going up, the square high, the triangle at
    its middle going up, the ramp at its bottom, the steps at their first level (each lasts period / number of levels).
    `noise` adds Gaussian noise with that standard deviation; the shape `noise` is Gaussian with standard deviation
    `amplitude`; the random walk takes a Gaussian step per value and is reflected at offset ± amplitude.
    """
    rng = random.Random(seed)
    pure = _pure(shape, amplitude, offset, period, tuple(levels), rng)
    if not noise:
        return pure
    gauss = rng.gauss
    return lambda t: pure(t) + gauss(0.0, noise)


def _pure(
    shape: Shape, amplitude: float, offset: float, period: float, levels: tuple[float, ...], rng: random.Random
) -> Waveform:
    match shape:
        case "sine":
            speed = 2 * math.pi / period
            return lambda t: offset + amplitude * math.sin(speed * t)
        case "square":
            return lambda t: offset + (amplitude if _phase(t, period) < 0.5 else -amplitude)
        case "triangle":
            return lambda t: offset + amplitude * (1 - 4 * abs((_phase(t, period) + 0.25) % 1.0 - 0.5))
        case "ramp":
            return lambda t: offset + amplitude * (2 * _phase(t, period) - 1)
        case "steps":
            return lambda t: levels[int(_phase(t, period) * len(levels))]
        case "noise":
            return lambda t: offset + rng.gauss(0.0, amplitude)
        case "random-walk":
            return _walk(amplitude, offset, rng)


def _phase(t: float, period: float) -> float:
    """Return where in its period the signal is: 0 up to, not including, 1."""
    # A billionth of a period forgives rounding at the very edge of a period or step.
    return (t / period + 1e-9) % 1.0


def _walk(amplitude: float, offset: float, rng: random.Random) -> Waveform:
    at = 0.0

    def step(_: float) -> float:
        nonlocal at
        at += rng.gauss(0.0, amplitude / 20)
        if abs(at) > amplitude:
            at = max(-amplitude, min(amplitude, math.copysign(2 * amplitude, at) - at))
        return offset + at

    return step

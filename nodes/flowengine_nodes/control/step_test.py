"""The step test: a first-order process with dead time from how a measurement answers to a step of the output.

The areas method (Åström & Hägglund, Advanced PID Control, 2006, section 2.7), which noise disturbs little: with the
step response y and its end value K, T + L = ∫(1 − y/K) dt and T = e/K ∫ y dt up to T + L.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from flowengine_nodes.control.tuning import Process


def process_of_step(times: Sequence[float], values: Sequence[float], step: float, begin: float) -> Process:
    """Return the process whose step response was recorded.

    Args:
        times: seconds since the step, ascending, from 0 on until it has settled.
        values: the measurement.
        step: by how much the output was changed.
        begin: the measurement before.

    Raises:
        ValueError: the measurement has not moved, or the wrong areas come out: it has not settled, or swings.
    """
    tail = max(1, len(values) // 10)
    end = math.fsum(values[-tail:]) / tail - begin
    if end == 0:
        raise ValueError("the measurement has not answered to the step")
    y = [(value - begin) / end for value in values]
    mean_residence = _area(times, [1 - v for v in y], times[-1])
    constant = math.e * _area(times, y, mean_residence) if mean_residence > 0 else 0.0
    if not 0 < constant <= mean_residence * 1.05:
        raise ValueError("the answer is none of a first-order process with dead time: take a longer or a larger step")
    return Process(end / step, min(constant, mean_residence), max(0.0, mean_residence - constant))


def _area(times: Sequence[float], values: Sequence[float], until: float) -> float:
    """Return the area under straight lines through points, from the first up to a time."""
    pieces = []
    for i in range(1, len(times)):
        t0, t1, v0, v1 = times[i - 1], times[i], values[i - 1], values[i]
        if t0 >= until:
            break
        if t1 > until:
            v1 = v0 + (v1 - v0) * (until - t0) / (t1 - t0)
            t1 = until
        pieces.append((v0 + v1) / 2 * (t1 - t0))
    return math.fsum(pieces)

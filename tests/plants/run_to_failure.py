"""Histories of bearings from new to failed, with known truth: what foresight is measured on.

A bearing runs well for weeks, then a defect begins and vibration grows by a share of itself (Gebraeel et al., IIE
Transactions 37 (2005) 543), unevenly, each bearing at its own rate; it has failed when its true vibration reaches the
trip limit. The reading has noise, and the load of the hour changes it. The press of the demo is another kind of part.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from flowengine_demo.plant.press import Press

LIMIT = 7.1
"""mm/s, between zones C and D for a machine of group 2 on a rigid base would be 4.5; this is the trip."""
HOUR = 3600.0


@dataclass(frozen=True)
class History:
    """One life: its readings, and the hour of its end (None: it was still running)."""

    readings: list[float]
    failed_at: float | None
    every: float = 1.0
    """Hours from reading to reading."""


def history(seed: int, longest: int = 2400) -> History:
    """Return the life of one bearing; the same seed gives the same life."""
    dice = random.Random(seed)
    level = math.log(dice.uniform(0.8, 1.4))
    begins = dice.uniform(100, 900)
    rate = math.exp(dice.gauss(math.log(0.006), 0.35))  # an hour: doubles in about five days
    uneven = dice.uniform(0.008, 0.02)
    readings: list[float] = []
    for hour in range(longest):
        if hour >= begins:
            level += rate + dice.gauss(0, uneven)
        if level >= math.log(LIMIT):
            return History(readings, hour)
        load = 1 + 0.03 * math.sin(hour / 24 * math.tau) + dice.gauss(0, 0.04)
        readings.append(math.exp(level) * max(0.5, load))
    return History(readings, None)


def press_history(seed: int) -> History:
    """Return what the demo's press shows until it trips, a second taken as an hour, read twice in it as by the flow."""
    press, readings = Press(seed=seed), [0.0]  # at hour 0 it has not run yet
    while press.true_vibration_mm_s < press.parameters.trip_vibration_mm_s:
        press.step(0.5)
        readings.append(press.vibration_mm_s)
    return History(readings[:-1], (len(readings) - 1) / 2, 0.5)

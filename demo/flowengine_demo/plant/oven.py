"""An oven as pure physics: no clock, no I/O; the same seed and the same steps give the same readings.

Two lumped masses, the chamber (air and walls) and the product in it:

    C1 dT1/dt = P(t - dead time) - G12 (T1 - T2) - G (T1 - Ta)
    C2 dT2/dt = G12 (T1 - T2)

with G larger while the door is open. Source of the formula: Newton's law of cooling and the lumped capacitance method,
Incropera et al., Fundamentals of Heat and Mass Transfer, chapter 5. Seen from the controller this is close to a first
order plus dead time process (FOPDT; Astrom and Hagglund, PID Controllers, 1995, chapter 2), the usual model for tuning.
"""

from __future__ import annotations

import math
import random
from collections import deque
from dataclasses import dataclass

_LONGEST_SUBSTEP_S = 0.05  # explicit Euler is stable and exact enough below this
_JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True, slots=True)
class OvenParameters:
    """What the oven is made of: by default a small one that a PID holds at 180 degC a minute after a cold start."""

    ambient_degc: float = 20.0
    heater_kw: float = 6.0
    chamber_j_per_k: float = 1000.0
    product_j_per_k: float = 600.0
    exchange_w_per_k: float = 10.0
    """Heat that passes from chamber to product, per kelvin of difference."""
    loss_w_per_k: float = 12.0
    """Heat lost through the walls, per kelvin above ambient."""
    open_door_loss_w_per_k: float = 40.0
    """Heat lost in addition while the door is open."""
    dead_time_s: float = 1.5
    """Time for the heated air to travel from the heater bank into the chamber."""
    sensor_lag_s: float = 1.0
    """Time constant of both sensors (first order)."""
    noise_degc: float = 0.1
    """Standard deviation of the measurement noise."""
    limiter_trip_degc: float = 260.0
    """The independent limiter cuts the heater here, whatever is commanded."""
    limiter_reset_degc: float = 240.0

    def __post_init__(self) -> None:
        """Refuse an oven that the integration step cannot follow."""
        fastest = (self.exchange_w_per_k + self.loss_w_per_k + self.open_door_loss_w_per_k) / self.chamber_j_per_k
        if fastest * _LONGEST_SUBSTEP_S >= 1 or self.exchange_w_per_k * _LONGEST_SUBSTEP_S >= self.product_j_per_k:
            raise ValueError("the masses are too small for the heat flows: the simulation would oscillate")


class Oven:
    """The oven itself: set `command_percent` and `door_open`, call `step`, read the rest."""

    def __init__(self, parameters: OvenParameters | None = None, seed: int = 0) -> None:
        """Start cold: everything at ambient temperature, heater off, door closed."""
        self.parameters = parameters or OvenParameters()
        ambient = self.parameters.ambient_degc
        self.command_percent = 0.0
        self.door_open = False
        self.limiter_tripped = False
        self.chamber_degc = ambient
        self.product_degc = ambient
        self.energy_kwh = 0.0
        self.chamber_reading_degc = ambient
        self.product_reading_degc = ambient
        self._sensed_chamber = ambient
        self._sensed_product = ambient
        self._now_s = 0.0
        self._arriving_watts = 0.0
        self._on_the_way: deque[tuple[float, float]] = deque()  # (arrival time, watts), one entry per change
        self._random = random.Random(seed)

    @property
    def actual_percent(self) -> float:
        """What the heater really puts out, 0..100 % of its rated power, after clamping and the limiter."""
        if self.limiter_tripped or not math.isfinite(self.command_percent):
            return 0.0
        return min(100.0, max(0.0, self.command_percent))

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if dt <= 0:
            raise ValueError(f"a step takes time, not {dt} s")
        pieces = max(1, math.ceil(dt / _LONGEST_SUBSTEP_S))
        for _ in range(pieces):
            self._substep(dt / pieces)
        noise = self.parameters.noise_degc
        self.chamber_reading_degc = self._sensed_chamber + self._random.gauss(0.0, noise)
        self.product_reading_degc = self._sensed_product + self._random.gauss(0.0, noise)

    def _substep(self, dt: float) -> None:
        p = self.parameters
        self._trip_or_reset_limiter()
        watts = self.actual_percent / 100.0 * p.heater_kw * 1000.0
        self.energy_kwh += watts * dt / _JOULES_PER_KWH
        loss = p.loss_w_per_k + (p.open_door_loss_w_per_k if self.door_open else 0.0)
        exchanged = p.exchange_w_per_k * (self.chamber_degc - self.product_degc)
        lost = loss * (self.chamber_degc - p.ambient_degc)
        self.chamber_degc += (self._delayed(watts) - exchanged - lost) / p.chamber_j_per_k * dt
        self.product_degc += exchanged / p.product_j_per_k * dt
        follow = 1.0 - math.exp(-dt / p.sensor_lag_s)
        self._sensed_chamber += (self.chamber_degc - self._sensed_chamber) * follow
        self._sensed_product += (self.product_degc - self._sensed_product) * follow
        self._now_s += dt

    def _trip_or_reset_limiter(self) -> None:
        if self.chamber_degc >= self.parameters.limiter_trip_degc:
            self.limiter_tripped = True
        elif self.chamber_degc <= self.parameters.limiter_reset_degc:
            self.limiter_tripped = False

    def _delayed(self, watts: float) -> float:
        """The heater's power of one dead time ago, watts."""
        newest = self._on_the_way[-1][1] if self._on_the_way else self._arriving_watts
        if watts != newest:
            self._on_the_way.append((self._now_s + self.parameters.dead_time_s, watts))
        while self._on_the_way and self._on_the_way[0][0] <= self._now_s:
            self._arriving_watts = self._on_the_way.popleft()[1]
        return self._arriving_watts

"""A press as pure state: it makes pieces, wears, jams and is serviced; same seed and steps, same readings.

Bearing wear grows exponentially with running time, the usual model of a degradation signal (Gebraeel et al.,
Residual-life distributions from component degradation signals, IIE Transactions 37, 2005). Vibration is RMS velocity
in mm/s, as ISO 20816-3 judges machines: about 1 when new, above 4.5 in need of service, 7.1 is the trip.
The spindle is one lumped mass under Newton's law of cooling (see `oven`).
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from flowengine_demo.plant.registers import PressState


@dataclass(frozen=True, slots=True)
class PressParameters:
    """What the press is made of. Times are in seconds, the machine's own."""

    fastest_pieces_per_min: float = 60.0
    cycle_jitter: float = 0.02
    """Standard deviation of the cycle time, as a share of it."""
    first_count: int = 999_900
    """Where the piece counter starts: near its end, so that a demo sees it roll over within minutes."""
    counter_rollover: int = 1_000_000
    """The piece counter shows 999 999, then 0, as a six-digit panel counter does."""
    reject_rollover: int = 65_536
    reject_share: float = 0.01
    """Share of bad pieces on a good bearing; it grows by as much again per mm/s above 2.8."""
    jam_share: float = 1 / 400
    """Share of the pieces that jam the machine."""
    jam_s: float = 12.0
    new_vibration_mm_s: float = 0.9
    bearing_e_fold_s: float = 400.0
    """Running time in which the vibration grows by the factor e: from new to the trip in about 14 minutes."""
    service_due_mm_s: float = 4.5
    trip_vibration_mm_s: float = 7.1
    fitter_arrives_s: float = 30.0
    """After a vibration trip the machine stands this long, then it is serviced and runs on."""
    vibration_noise: float = 0.04
    """Standard deviation of the vibration reading, as a share of it."""
    ambient_degc: float = 20.0
    spindle_rise_k: float = 25.0
    """Steady rise above ambient at 30 pieces per minute with a good bearing."""
    spindle_time_constant_s: float = 120.0


class Press:
    """The machine itself: set `pieces_per_min`, call `step` and `service`, read the rest."""

    def __init__(self, parameters: PressParameters | None = None, seed: int = 0) -> None:
        """Start with a new bearing, at 30 pieces per minute."""
        self.parameters = parameters or PressParameters()
        self.pieces_per_min = 30.0
        self.counter = self.parameters.first_count % self.parameters.counter_rollover
        self.rejects = 0
        self.cycle_time_s = 0.0
        self.wear = 0.0
        """Running time since service in units of the e-fold time."""
        self.vibration_mm_s = 0.0
        self.spindle_degc = self.parameters.ambient_degc
        self._stands_s = 0.0
        self._tripped = False
        self._random = random.Random(seed)
        self._progress = 0.0
        self._jitter = self._draw_jitter()

    @property
    def speed(self) -> float:
        """Pieces per minute it really makes, 0..fastest; a setpoint that is no number counts as 0."""
        wanted = self.pieces_per_min if math.isfinite(self.pieces_per_min) else 0.0
        return min(self.parameters.fastest_pieces_per_min, max(0.0, wanted))

    @property
    def true_vibration_mm_s(self) -> float:
        """What the bearing shakes at while running, without measurement noise."""
        return self.parameters.new_vibration_mm_s * math.exp(self.wear)

    @property
    def state(self) -> PressState:
        """Exactly one of running, idle and fault; service due may be added to each."""
        running_or_idle = PressState.RUNNING if self.speed > 0 else PressState.IDLE
        state = PressState.FAULT if self._stands_s > 0 else running_or_idle
        due = self.true_vibration_mm_s >= self.parameters.service_due_mm_s
        return state | PressState.SERVICE_DUE if due else state

    def service(self) -> None:
        """Fit a new bearing and clear whatever fault there is."""
        self.wear = 0.0
        self._tripped = False
        self._stands_s = 0.0

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if dt <= 0:
            raise ValueError(f"a step takes time, not {dt} s")
        if self._stands_s > 0:
            self._stand(dt)
        elif self.speed > 0:
            self._run(dt)
        running = PressState.RUNNING in self.state
        self._read_vibration(running)
        self._warm(dt, running)

    def _stand(self, dt: float) -> None:
        self._stands_s = max(0.0, self._stands_s - dt)
        if self._stands_s == 0 and self._tripped:
            self.service()

    def _run(self, dt: float) -> None:
        self.wear += dt / self.parameters.bearing_e_fold_s
        if self.true_vibration_mm_s >= self.parameters.trip_vibration_mm_s:
            self._tripped = True
            self._stands_s = self.parameters.fitter_arrives_s
            return
        while dt > 0 and self._stands_s == 0:
            cycle = 60.0 / self.speed * self._jitter
            needed = (1.0 - self._progress) * cycle
            if needed > dt:
                self._progress += dt / cycle
                return
            dt -= needed
            self._finish_piece(cycle)

    def _finish_piece(self, cycle: float) -> None:
        p = self.parameters
        self._progress = 0.0
        self._jitter = self._draw_jitter()
        self.cycle_time_s = cycle
        self.counter = (self.counter + 1) % p.counter_rollover
        if self._random.random() < p.reject_share * (1.0 + max(0.0, self.true_vibration_mm_s - 2.8)):
            self.rejects = (self.rejects + 1) % p.reject_rollover
        if self._random.random() < p.jam_share:
            self._stands_s = p.jam_s

    def _draw_jitter(self) -> float:
        return max(0.5, 1.0 + self._random.gauss(0.0, self.parameters.cycle_jitter))

    def _read_vibration(self, running: bool) -> None:
        true = self.true_vibration_mm_s if running else 0.05  # the floor still shakes a little
        self.vibration_mm_s = max(0.0, true * (1.0 + self._random.gauss(0.0, self.parameters.vibration_noise)))

    def _warm(self, dt: float, running: bool) -> None:
        p = self.parameters
        friction = self.true_vibration_mm_s / p.new_vibration_mm_s
        rise = p.spindle_rise_k * self.speed / 30.0 * (0.9 + 0.1 * friction) if running else 0.0
        target = p.ambient_degc + rise
        self.spindle_degc += (target - self.spindle_degc) * (1.0 - math.exp(-dt / p.spindle_time_constant_s))

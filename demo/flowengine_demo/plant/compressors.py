"""A compressor room as pure physics: screw compressors, receiver, consumers, leaks; same seed and steps, same readings.

The receiver follows the gas law at constant temperature: V dp/dt = p0 (what comes in - what is drawn), with flows as
free air (FAD, ISO 1217: volume at the intake's pressure p0). Leaks are orifices in choked flow, so they take in
proportion to the absolute pressure. A machine that is let go unloads, runs on for a while at a quarter of its power and
stops: the usual load/no-load control with automatic stop (U.S. Department of Energy, Improving Compressed Air System
Performance, 2016). Its intake filter clogs exponentially towards a quarter less air for the same power.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass

from flowengine_demo.plant.registers import CompressorState

INTAKE_BAR = 1.013
"""Absolute pressure of the air that is taken in."""


@dataclass(frozen=True, slots=True)
class RoomParameters:
    """What the room is made of: three machines of 3 m3/min each, of which the works need one to three."""

    machines: int = 3
    machine_m3_per_min: float = 3.0
    full_load_kw: float = 18.0
    """Electrical power of a machine that delivers: 0.1 kWh for a cubic metre with a clean filter."""
    unloaded_share: float = 0.28
    """Share of the full power that a machine takes while it runs unloaded."""
    start_s: float = 2.0
    """Time from the command to the first air (star-delta start)."""
    run_on_s: float = 20.0
    """How long a machine runs unloaded before it stops by itself."""
    receiver_m3: float = 4.0
    leak_m3_per_min: float = 0.8
    """What leaks at 7 bar; an open drain takes as much again, twice."""
    start_bar: float = 6.8
    relief_bar: float = 9.0
    """The safety valve blows off above this, whatever is commanded."""
    filter_e_fold_s: float = 600.0
    """Running time in which two thirds of what a filter will ever clog have clogged."""
    filter_worst_share: float = 0.25
    ambient_degc: float = 20.0
    rise_k: float = 62.0
    """Steady rise of the air's end temperature under load."""
    warm_s: float = 60.0
    trip_degc: float = 110.0
    restart_degc: float = 70.0
    noise_bar: float = 0.005
    noise_share: float = 0.01
    """Standard deviation of flow and power readings, as a share of them."""


class Compressor:
    """One machine: set `wanted`, call `step`, read the rest."""

    def __init__(self, parameters: RoomParameters) -> None:
        """Stand still and cold."""
        self.parameters = parameters
        self.wanted = False
        self.running = False
        self.tripped = False
        self.degc = parameters.ambient_degc
        self.clogging = 0.0
        """0 a clean filter, 1 as bad as it gets."""
        self._starting_s = 0.0
        self._unloaded_s = 0.0

    @property
    def loaded(self) -> bool:
        """Whether it delivers air."""
        return self.running and self.wanted and self._starting_s <= 0

    @property
    def m3_per_min(self) -> float:
        """The free air that it delivers."""
        p = self.parameters
        return p.machine_m3_per_min * (1 - p.filter_worst_share * self.clogging) if self.loaded else 0.0

    @property
    def kw(self) -> float:
        """The power that it takes."""
        p = self.parameters
        return (p.full_load_kw if self.loaded else p.full_load_kw * p.unloaded_share) if self.running else 0.0

    @property
    def state(self) -> CompressorState:
        """Its state word."""
        state = CompressorState.RUNNING if self.running else CompressorState(0)
        if self.loaded:
            state |= CompressorState.LOADED
        return state | CompressorState.FAULT if self.tripped else state

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        p = self.parameters
        if self.wanted and not self.tripped:
            if not self.running:
                self.running, self._starting_s = True, p.start_s
            self._unloaded_s = 0.0
        elif self.running:
            self._unloaded_s += dt
            self.running = not self.tripped and self._unloaded_s < p.run_on_s
        if self.running:
            self._starting_s = max(0.0, self._starting_s - dt)
            self.clogging += (1 - self.clogging) * (1 - math.exp(-dt / p.filter_e_fold_s))
        rise = p.rise_k if self.loaded else p.rise_k / 3 if self.running else 0.0
        self.degc += (p.ambient_degc + rise - self.degc) * (1 - math.exp(-dt / p.warm_s))
        if self.degc >= p.trip_degc:
            self.tripped = True
        elif self.degc <= p.restart_degc:
            self.tripped = False


class CompressorRoom:
    """All machines on one net: set `demand_m3_per_min` and `drain_open`, call `step`, read the rest."""

    def __init__(self, parameters: RoomParameters | None = None, seed: int = 0) -> None:
        """Start with the net filled and every machine at rest."""
        self.parameters = p = parameters or RoomParameters()
        self.machines = [Compressor(p) for _ in range(p.machines)]
        self.demand_m3_per_min = 0.0
        self.drain_open = False
        self.bar = p.start_bar
        """Pressure above that of the surroundings."""
        self.volume_m3 = 0.0
        self.energy_kwh = 0.0
        self.pressure_reading_bar = self.bar
        self.flow_reading_m3_per_min = 0.0
        self.power_reading_kw = 0.0
        self._random = random.Random(seed)

    @property
    def leak_m3_per_min(self) -> float:
        """What leaks now."""
        p = self.parameters
        at_7_bar = p.leak_m3_per_min * (3 if self.drain_open else 1)
        return at_7_bar * (self.bar + INTAKE_BAR) / (7.0 + INTAKE_BAR)

    def fit_filters(self) -> None:
        """Fit new intake filters to all machines."""
        for machine in self.machines:
            machine.clogging = 0.0

    def step(self, dt: float) -> None:
        """Let `dt` seconds pass."""
        if dt <= 0:
            raise ValueError(f"a step takes time, not {dt} s")
        for machine in self.machines:
            machine.step(dt)
        delivered = sum(machine.m3_per_min for machine in self.machines)
        power = sum(machine.kw for machine in self.machines)
        drawn = self.demand_m3_per_min * min(1.0, max(0.0, self.bar)) + self.leak_m3_per_min
        self.bar += INTAKE_BAR * (delivered - drawn) / 60.0 / self.parameters.receiver_m3 * dt
        self.bar = min(self.parameters.relief_bar, max(0.0, self.bar))
        self.volume_m3 += delivered / 60.0 * dt
        self.energy_kwh += power / 3600.0 * dt
        noise = self.parameters.noise_share
        self.pressure_reading_bar = self.bar + self._random.gauss(0.0, self.parameters.noise_bar)
        self.flow_reading_m3_per_min = delivered * (1.0 + self._random.gauss(0.0, noise))
        self.power_reading_kw = power * (1.0 + self._random.gauss(0.0, noise))

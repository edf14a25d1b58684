"""The relay test: a loop is made to swing a little, and says by that how it has to be controlled.

Åström & Hägglund, Automatic tuning of simple regulators with specifications on phase and amplitude margins, Automatica
20 (1984) 645. The output switches between two levels, `amplitude` above and below a middle, whenever the measurement
leaves a band of ± `band` around the value where it began. The period of the swing is close to the ultimate period, and
the describing function of a relay with hysteresis gives the ultimate gain, Ku = 4d / (π √(a² − ε²)), a being the
amplitude of the swing and ε the half band.
"""

from __future__ import annotations

import math
from typing import Any

from flowengine_nodes.control.tuning import Ultimate


class RelayTest:
    """One test, driven by readings. `output` is what to apply; `ultimate` is there when the swing is steady."""

    def __init__(self, middle: float, amplitude: float, centre: float, band: float, cycles: int, reverse: bool) -> None:
        """Begin, with the output up for a reverse acting loop (down for a direct one).

        Args:
            middle: the output around which it switches.
            amplitude: d, by how much, in units of the output.
            centre: the measurement around which it swings.
            band: ε, half the hysteresis, more than the noise.
            cycles: full swings to measure; those must agree within 10 %.
            reverse: whether a greater output raises the measurement, as in heating.
        """
        self.middle, self.amplitude, self.centre, self.band, self.cycles = middle, amplitude, centre, band, cycles
        self.sign = 1.0 if reverse else -1.0
        self.up = True
        self.ups: list[float] = []
        """When the relay has switched up, seconds."""
        self.high = -math.inf
        self.low = math.inf
        self.swings: list[list[float]] = []
        """Period and amplitude of each full swing."""
        self.ultimate: Ultimate | None = None

    @property
    def output(self) -> float:
        """The output to apply now."""
        return self.middle + self.sign * (self.amplitude if self.up else -self.amplitude)

    def update(self, time: float, measured: float) -> None:
        """Take a reading."""
        self.high, self.low = max(self.high, measured), min(self.low, measured)
        if self.up and measured > self.centre + self.band:
            self.up = False
        elif not self.up and measured < self.centre - self.band:
            self.up = True
            self.ups.append(time)
            if len(self.ups) > 1:
                self.swings.append([time - self.ups[-2], (self.high - self.low) / 2])
                self.high, self.low = -math.inf, math.inf
                self._judge()
            else:
                self.high, self.low = -math.inf, math.inf

    def _judge(self) -> None:
        last = self.swings[-self.cycles :]
        if len(last) < self.cycles:
            return
        periods, sizes = [p for p, _ in last], [a for _, a in last]
        if max(periods) > 1.1 * min(periods) or max(sizes) > 1.1 * min(sizes):
            return
        size = math.fsum(sizes) / len(sizes)
        if size <= self.band:
            return
        gain = 4 * self.amplitude / (math.pi * math.sqrt(size * size - self.band * self.band))
        self.ultimate = Ultimate(gain, math.fsum(periods) / len(periods))

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return dict(vars(self))

    @classmethod
    def restored(cls, kept: dict[str, Any]) -> RelayTest:
        """Return the test that `kept` described."""
        test = cls(0.0, 0.0, 0.0, 0.0, 1, True)
        vars(test).update(kept)
        if test.ultimate is not None:
            test.ultimate = Ultimate(*test.ultimate)
        return test

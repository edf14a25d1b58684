"""The PID control law: no node, no clock, plain numbers.

The ISA standard form (also called non-interacting or ideal),

    u = K · ( b·setpoint − y + 1/Ti · ∫ e dt + Td · d(c·setpoint − y)/dt ) + feedforward,        e = setpoint − y

as Åström & Hägglund discretise it (Advanced PID Control, ISA 2006, chapters 3 and 13): backward differences for the
derivative, which acts through a first-order filter with the time constant Td / N; forward differences for the
integral. b and c weigh the setpoint (section 3.4 there: b 1 and c 0 by default, so that a step of the setpoint does not
kick the derivative). Against wind-up either back-calculation, where what the limits cut off is led back into the
integral with the tracking time constant Tt, or clamping, where the integral stands while it would go further beyond.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

INFINITE = math.inf

KEPT = ("proportional", "integral", "derivative", "measured", "output", "set", "blocked")
"""What a controller has to remember to go on without a bump."""


def tracking_time(ti: float, td: float) -> float:
    """Return the usual tracking time: √(Ti·Td) with a derivative part, else Ti (Åström & Hägglund, section 3.5)."""
    return math.sqrt(ti * td) if td and ti < INFINITE else ti


class Pid:
    """A PID controller's numbers.

    Times are in seconds, gains in output units per unit of the measurement.
    """

    __slots__ = (
        "bias",
        "blocked",
        "clamping",
        "dead_band",
        "derivative",
        "filter",
        "fixed_tt",
        "gain",
        "high",
        "integral",
        "low",
        "measured",
        "output",
        "proportional",
        "set",
        "td",
        "ti",
        "tt",
        "weight_d",
        "weight_p",
    )

    def __init__(
        self,
        gain: float,
        ti: float = INFINITE,
        td: float = 0.0,
        *,
        low: float = 0.0,
        high: float = 100.0,
        reverse_acting: bool = True,
        derivative_filter: float = 10.0,
        tt: float | None = None,
        dead_band: float = 0.0,
        bias: float = 0.0,
        clamping: bool = False,
        weight_p: float = 1.0,
        weight_d: float = 0.0,
    ) -> None:
        """Make a controller at rest.

        Args:
            gain: K, 0 or more.
            ti: the integral time; infinite: no integral part.
            td: the derivative time; 0: no derivative part.
            low: the least output.
            high: the greatest output.
            reverse_acting: a greater measurement lowers the output, as in heating; False: as in cooling.
            derivative_filter: N, usually 2 to 20.
            tt: the tracking time; None: √(Ti·Td) with a derivative part, else Ti.
            dead_band: an error up to this counts as none; beyond, what exceeds it counts.
            bias: the output without error; with an integral part only where it begins.
            clamping: against wind-up the integral stands at a limit; False: back-calculation.
            weight_p: b, the share of the setpoint in the proportional part.
            weight_d: c, its share in the derivative.

        Raises:
            ValueError: the limits are the wrong way round, or a time or gain is out of range.
        """
        if not (math.isfinite(low) and math.isfinite(high) and low < high):
            raise ValueError(f"output limits {low:g} to {high:g}: the lower must be less than the upper")
        if not (math.isfinite(gain) and gain >= 0 and ti > 0 and td >= 0 and derivative_filter > 0 and dead_band >= 0):
            raise ValueError("gain, td and dead band must be 0 or more, ti and the derivative filter more than 0")
        self.gain = gain if reverse_acting else -gain
        self.filter, self.fixed_tt = derivative_filter, tt
        self.take(gain, ti, td)
        self.clamping, self.weight_p, self.weight_d = clamping, weight_p, weight_d
        self.blocked = 0
        """1: whoever takes the output cannot follow it upwards, -1: downwards; the integral goes no further there."""
        self.low, self.high, self.dead_band = low, high, dead_band
        self.proportional = 0.0
        self.integral = self.bias = bias
        self.derivative = 0.0
        self.output = min(max(0.0, low), high)
        self.measured: float | None = None
        """The last measurement; None before the first."""
        self.set = 0.0
        """The setpoint of the last measurement."""

    def update(self, measured: float, setpoint: float, dt: float, feedforward: float = 0.0) -> float:
        """Return the output for a measurement taken `dt` seconds (0 or more) after the last one.

        With dt 0 (the first measurement, or after a gap) integral and derivative stay as they are.
        """
        error = setpoint - measured
        if self.dead_band:
            error = math.copysign(max(abs(error) - self.dead_band, 0.0), error)
        gain = self.gain
        proportional = gain * error
        if self.weight_p != 1.0:
            proportional -= gain * (1.0 - self.weight_p) * setpoint
        self.proportional = proportional
        if dt > 0.0 and self.td:
            self._differentiate(measured, setpoint, dt)
        self.measured = measured
        self.set = setpoint
        wanted = proportional + self.integral + self.derivative + feedforward
        low, high = self.low, self.high
        output = low if wanted < low else high if wanted > high else wanted
        self.output = output
        if dt > 0.0 and self.ti < INFINITE:
            step = gain * error * dt / self.ti
            if self.blocked * step > 0.0 or (self.clamping and (wanted - output) * step > 0.0):
                step = 0.0
            if not self.clamping:
                # dt / tt at most 1: a sample time longer than Tt would overshoot the correction and swing.
                tt = self.tt
                step += (output - wanted) * (dt / tt if dt < tt else 1.0)
            self.integral += step
        return output

    def kept(self) -> dict[str, Any]:
        """Return what has to be remembered."""
        return {name: getattr(self, name) for name in KEPT}

    def take_up(self, kept: Mapping[str, Any]) -> None:
        """Go on with what `kept` returned, inside the limits of now."""
        for name in KEPT:
            setattr(self, name, kept.get(name, getattr(self, name)))
        self.output = min(max(self.output, self.low), self.high)

    def _differentiate(self, measured: float, setpoint: float, dt: float) -> None:
        """Bring the derivative part on to a measurement."""
        if self.measured is None:
            return
        share = self.td / (self.td + self.filter * dt)
        moved = measured - self.measured
        if self.weight_d:
            moved -= self.weight_d * (setpoint - self.set)
        self.derivative = share * (self.derivative - self.gain * self.filter * moved)

    def retune(self, gain: float, ti: float, td: float) -> None:
        """Go on with other parameters, without a bump: what the other parts change by, the integral takes over.

        Without an integral part there is nothing that could, and the output is that of the proportional part and bias.

        Raises:
            ValueError: a parameter is out of range.
        """
        if not (math.isfinite(gain) and gain >= 0 and ti > 0 and math.isfinite(td) and td >= 0):
            raise ValueError("kp and td must be 0 or more, ti more than 0")
        signed = math.copysign(gain, self.gain)
        before = self.proportional + self.derivative
        self.derivative *= signed * td / (self.gain * self.td) if self.gain * self.td else 0.0
        if ti == INFINITE:
            self.integral = self.bias
        elif self.measured is not None:
            error = self.set - self.measured
            if self.dead_band:
                error = math.copysign(max(abs(error) - self.dead_band, 0.0), error)
            proportional = signed * (error - (1.0 - self.weight_p) * self.set)
            self.integral += before - proportional - self.derivative
            self.proportional = proportional
        self.take(gain, ti, td)

    def take(self, gain: float, ti: float, td: float) -> None:
        """Take other parameters, whatever that makes of the output."""
        self.gain, self.ti, self.td = math.copysign(gain, self.gain), ti, td
        self.tt = tracking_time(ti, td) if self.fixed_tt is None else self.fixed_tt

    def track(
        self, output: float, measured: float, setpoint: float, feedforward: float = 0.0, dt: float = 0.0
    ) -> float:
        """Follow an output that someone else has chosen (manual, a held value), so that the change back is bumpless.

        Returns the output inside the limits. The next `update` goes on from there: with the same measurement, if it
        stood still before, it gives exactly this output. Without an integral part there is nothing that could follow,
        and it gives the controller's own. `dt` is that of `update`; with 0 the derivative begins anew.
        """
        output = min(max(output, self.low), self.high)
        error = setpoint - measured
        if self.dead_band:
            error = math.copysign(max(abs(error) - self.dead_band, 0.0), error)
        self.proportional = self.gain * (error - (1.0 - self.weight_p) * setpoint)
        if dt > 0.0 and self.td:
            self._differentiate(measured, setpoint, dt)
        else:
            self.derivative = 0.0
        self.measured = measured
        self.set = setpoint
        others = self.proportional + self.derivative + feedforward
        self.integral = output - others if self.ti < INFINITE else self.bias
        self.output = output
        return output

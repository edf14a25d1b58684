"""Parameters of a PID controller from a model of the process or from its ultimate gain: published rules.

All are for the ISA standard form, u = kp · (e + 1/ti ∫e dt + td de/dt). A process is first order with dead time,
K · exp(−Ls) / (Ts + 1): `Process`. Its gain K is in units of the measurement per unit of the output, T and L in s.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

Rule = Literal[
    "simc", "lambda", "ziegler-nichols", "ziegler-nichols-pi", "cohen-coon", "cohen-coon-pi", "tyreus-luyben"
]


class Process(NamedTuple):
    """A first-order process with dead time."""

    gain: float
    time_constant: float
    dead_time: float


class Ultimate(NamedTuple):
    """Where a proportional controller just keeps the loop swinging."""

    gain: float
    period: float


class Parameters(NamedTuple):
    """A PID controller's parameters; td 0: a PI controller."""

    kp: float
    ti: float
    td: float


def simc(process: Process, tau_c: float | None = None) -> Parameters:
    """Skogestad, Simple analytic rules for model reduction and PID controller tuning, J. Process Control 13 (2003) 291.

    Args:
        process: the process.
        tau_c: time constant of the closed loop wanted; None: the dead time (tight, still robust).
    """
    gain, t, dead = process
    tau_c = dead if tau_c is None else tau_c
    return Parameters(t / (gain * (tau_c + dead)), min(t, 4 * (tau_c + dead)), 0.0)


def lambda_rule(process: Process, closed: float | None = None) -> Parameters:
    """Dahlin (1968); Åström & Hägglund, Advanced PID Control (2006), section 6.5: ti = T, kp = T / K(λ + L).

    Args:
        process: the process.
        closed: λ, the time constant of the closed loop wanted; None: the longer of T and 3L, which is slow and robust.
    """
    gain, t, dead = process
    closed = max(t, 3 * dead) if closed is None else closed
    return Parameters(t / (gain * (closed + dead)), t, 0.0)


def ziegler_nichols_step(process: Process, derivative: bool = True) -> Parameters:
    """Ziegler & Nichols, Optimum settings for automatic controllers, Trans. ASME 64 (1942) 759: reaction curve."""
    gain, t, dead = process
    a = gain * dead / t
    return Parameters(1.2 / a, 2 * dead, dead / 2) if derivative else Parameters(0.9 / a, dead / 0.3, 0.0)


def ziegler_nichols_ultimate(ultimate: Ultimate, derivative: bool = True) -> Parameters:
    """Ziegler & Nichols (1942): ultimate sensitivity."""
    gain, period = ultimate
    return Parameters(0.6 * gain, period / 2, period / 8) if derivative else Parameters(0.45 * gain, period / 1.2, 0.0)


def tyreus_luyben(ultimate: Ultimate, derivative: bool = True) -> Parameters:
    """Tyreus & Luyben, Tuning PI controllers for integrator/dead time processes, I&EC Research 31 (1992) 2625."""
    gain, period = ultimate
    if derivative:
        return Parameters(gain / 2.2, 2.2 * period, period / 6.3)
    return Parameters(gain / 3.2, 2.2 * period, 0.0)


def cohen_coon(process: Process, derivative: bool = True) -> Parameters:
    """Cohen & Coon, Theoretical consideration of retarded control, Trans. ASME 75 (1953) 827."""
    gain, t, dead = process
    r = dead / t
    if derivative:
        return Parameters((4 / 3 + r / 4) / (gain * r), dead * (32 + 6 * r) / (13 + 8 * r), dead * 4 / (11 + 2 * r))
    return Parameters((0.9 + r / 12) / (gain * r), dead * (30 + 3 * r) / (9 + 20 * r), 0.0)


def tuned_by_model(rule: Rule, process: Process, closed: float | None = None) -> Parameters:
    """Return the parameters that a rule gives for a process.

    Raises:
        ValueError: the rule needs an ultimate gain, or a dead time where there is none.
    """
    if rule == "tyreus-luyben":
        raise ValueError("tyreus-luyben needs the ultimate gain, which the relay test gives")
    if rule == "lambda":
        return lambda_rule(process, closed)
    if process.dead_time <= 0 and not (rule == "simc" and closed):
        raise ValueError(f"{rule} needs a process with dead time; use lambda, or simc with a closed-loop time")
    if rule == "simc":
        return simc(process, closed)
    if rule.startswith("cohen"):
        return cohen_coon(process, not rule.endswith("-pi"))
    return ziegler_nichols_step(process, not rule.endswith("-pi"))


def tuned_by_relay(rule: Rule, ultimate: Ultimate, gain: float | None, closed: float | None = None) -> Parameters:
    """Return the parameters that a rule gives for what a relay test has found.

    Args:
        rule: the rule.
        ultimate: ultimate gain and period.
        gain: the process's gain K, for rules that need a model; it makes a process with dead time of both.
        closed: time constant of the closed loop wanted.

    Raises:
        ValueError: the rule needs a gain that is not known, or does not fit.
    """
    if rule.startswith("ziegler"):
        return ziegler_nichols_ultimate(ultimate, not rule.endswith("-pi"))
    if rule == "tyreus-luyben":
        return tyreus_luyben(ultimate)
    if gain is None:
        raise ValueError(f"{rule} needs the gain of the process, which an uneven relay or a step test gives")
    return tuned_by_model(rule, process_of(ultimate, gain), closed)


def process_of(ultimate: Ultimate, gain: float) -> Process:
    """Return the first-order process with dead time that has this ultimate gain and period, and this gain.

    From |P(iω)| = 1/Ku and arg P(iω) = −π (Åström & Hägglund, section 2.6): T = √((K Ku)² − 1) / ω,
    L = (π − arctan ωT) / ω.

    Raises:
        ValueError: no such process exists: the gain times the ultimate gain is not above 1.
    """
    product = gain * ultimate.gain
    if product <= 1:
        raise ValueError(f"gain times ultimate gain is {product:.3g}: a process with dead time needs more than 1")
    omega = 2 * math.pi / ultimate.period
    t = math.sqrt(product * product - 1) / omega
    return Process(gain, t, (math.pi - math.atan(omega * t)) / omega)

"""What a PID controller says of itself: the parts of its output, and what an outer controller has to track."""

from __future__ import annotations

import math
from typing import Any

from flowengine_nodes.control.pid_algorithm import Pid


def terms(pid: Pid, setpoint: float, feedforward: float, mode: str) -> dict[str, Any]:
    """Return the parts of the newest output."""
    measured = pid.measured
    return {
        "setpoint": setpoint,
        "measurement": measured,
        "error": None if measured is None or not math.isfinite(setpoint) else setpoint - measured,
        "p": pid.proportional,
        "i": pid.integral,
        "d": pid.derivative,
        "feedforward": feedforward,
        "output": pid.output,
        "mode": mode,
    }


def to_track(pid: Pid, elsewhere: bool) -> float | str | None:
    """Return what the outer controller of a cascade has to track; None while this one follows its setpoint.

    Args:
        pid: the inner controller.
        elsewhere: whether its output comes from elsewhere (by hand, held): then the outer follows its measurement.
    """
    if elsewhere:
        return pid.measured
    if pid.low < pid.output < pid.high:
        return None
    # At a limit: a setpoint further in the direction that led there has no effect.
    return "high" if (pid.output >= pid.high) == (pid.gain >= 0) else "low"

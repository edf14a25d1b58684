"""The transform `control/learned-trim`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import unit
from flowengine_nodes.control.disturbance_model import DisturbanceModel
from flowengine_nodes.control.learned_correction import LearnedCorrection


class LearnedTrim(LearnedCorrection, type="control/learned-trim"):
    """Learn what measured disturbances do to a process, and help a PID controller to make up for them, within bounds.

    It stands in front of control/pid: `in` gets the measurement, `setpoint` the setpoint, `disturbance` the readings of
    what disturbs (a door, the load, another temperature), told apart by their topics, and `output`, by a feedback wire,
    the controller's output. Wire its `trim` to the controller's port `feedforward`, `setpoint` to `setpoint` and `out`
    to `in`. The process is described by three numbers of a test: `slope`, `dead_time` and `time_constant`.

    Modes, changed by the port `mode`: off; shadow (it learns, and nothing else); advisory (it says by `report` what it
    would do); automatic: it adds at most ± `authority` to the output, and moves the setpoint by at most ±
    `setpoint_authority` meanwhile, so that the controller does not fight what cannot be helped within the dead time.

    It leaves automatic by itself, within the same scan and without a bump, when a reading or a disturbance is bad,
    uncertain or stale, when no reading comes for `stale` seconds, when the output is not heard of, when the model's
    error grows to `drift` times what is usual, and when the error of the last `cost_window` seconds is more than
    `worse` times what it was in shadow. Then it is in shadow; with `return_after` it comes back when all has been well
    for so long, without when somebody asks for it. Asked for while something is wrong it begins with the next good
    reading; as the mode at first, automatic begins after a `cost_window` in shadow.

    `report` tells each change with its reason, what it has learned, and what it saved: the mean error against that in
    shadow, once it has been in shadow and has acted for a `cost_window` each; before that, `saved` is empty. A window
    should be long enough for all that usually disturbs to come several times. For a window after the setpoint has moved
    by more than the usual error, errors do not count. What was learned is kept over a restart, after which it is in
    shadow or advisory first; with other disturbances, `dead_time` or `scan` it begins anew.

    Example: slope 0.055, dead_time 2, time_constant 45, disturbances door and product, authority 60: the demo's oven.
    """

    slope: Annotated[float, Meta(description="Change of the measurement per second and unit of output, at first")]
    time_constant: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Time constant; empty: it integrates", extra_json_schema=unit("s")),
    ] = None

    def __post_init__(self) -> None:
        if self.slope == 0:
            raise ValueError("slope is 0: an output that has no effect makes up for nothing")
        super().__post_init__()

    def _begun(self) -> DisturbanceModel:
        return DisturbanceModel(
            len(self.disturbances), self.slope, self.dead_time, self.time_constant, self.scan, self.forget
        )

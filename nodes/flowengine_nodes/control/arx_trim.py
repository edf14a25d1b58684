"""The transform `control/arx-trim`."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta

from flowengine import ADVANCED
from flowengine_nodes.control.arx_correction import ArxCorrection
from flowengine_nodes.control.dead_time import MOST
from flowengine_nodes.control.learned_correction import LearnedCorrection


class ArxTrim(LearnedCorrection, type="control/arx-trim"):
    """Learn a process and what disturbs it, and help a PID controller within bounds, with no test of the process.

    As control/learned-trim, wired in the same way and with the same modes, bounds and ways out, but it learns all of
    the process by itself: an ARX model (how the measurement goes on, what the output and what each disturbance do) by
    recursive least squares. Only `dead_time` has to be known, and by `effect` whether more output raises or lowers the
    measurement: as long as what it has learned says otherwise, or is not certain, it corrects nothing.

    It stands in front of control/pid: `in` gets the measurement, `setpoint` the setpoint, `disturbance` the readings of
    what disturbs (a door, the load), told apart by their topics, and `output`, by a feedback wire, the controller's
    output. Wire its `trim` to the controller's port `feedforward`, `setpoint` to `setpoint` and `out` to `in`.

    Modes, changed by the port `mode`: off; shadow (it learns, and nothing else); advisory (it says by `report` what it
    would do); automatic: it adds at most ± `authority` to the output, and moves the setpoint by at most ±
    `setpoint_authority` meanwhile. To trim the setpoint alone, set `authority` to 0.

    It leaves automatic by itself, within the same scan and without a bump, when a reading or a disturbance is bad,
    uncertain or stale, when no reading comes for `stale` seconds, when the output is not heard of, when the model's
    error grows to `drift` times what is usual, and when the control error of the last `cost_window` seconds is more
    than `worse` times what it was in shadow. Then it is in shadow; with `return_after` it comes back when all has been
    well for so long, without when somebody asks for it. Asked for while something is wrong it begins with the next good
    reading; as the mode at first, automatic begins after a `cost_window` in shadow.

    `report` tells mode, reason, what was learned (`a`, `b` of the output, `effects` of disturbances, per scan) and what
    it saved: the mean error against that in shadow, once it has been in shadow and has acted for a `cost_window` each;
    before that, `saved` is empty. A window should be long enough for all that usually disturbs to come several times.
    For a window after the setpoint has moved by more than the usual error, errors do not count. What was learned is
    kept over a restart, after which it is in shadow or advisory first; with other disturbances, `order`, `dead_time` or
    `scan` it begins anew. models/arx learns the same model and acts on nothing.

    Example: dead_time 2, disturbances door and product, authority 60: the demo's oven. Where the process is known from
    a test, control/learned-trim holds it a little better.
    """

    effect: Annotated[Literal["raises", "lowers"], Meta(description="What more output does to the measurement")] = (
        "raises"
    )
    order: Annotated[int, Meta(description="Past measurements in the model", ge=1, le=4), ADVANCED] = 2

    def __post_init__(self) -> None:
        if self.dead_time / self.scan > MOST:
            raise ValueError(f"a dead time of more than {MOST} scans: take a longer scan")
        super().__post_init__()

    def _begun(self) -> ArxCorrection:
        delay = round(self.dead_time / self.scan)
        forget = math.exp(-self.scan / self.forget)
        return ArxCorrection(len(self.disturbances), self.order, delay, forget, self.effect == "raises")

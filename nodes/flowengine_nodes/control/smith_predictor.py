"""The transform `control/smith-predictor`."""

from __future__ import annotations

import math
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, State, Transform, unit
from flowengine_nodes.control.dead_time import DeadTime
from flowengine_nodes.signal.readings import elapsed, setting, usable


class SmithPredictor(Transform, type="control/smith-predictor"):
    """Control a process with a long dead time: Smith predictor in front of a PID controller.

    A model of the process, first order with dead time, is driven by the controller's output. What leaves is the
    measurement plus what the model says is still on its way: the controller sees the effect of its output without the
    dead time, and can be tuned as if there were none. If the model is right, the measurement follows one dead time
    later; if it is not, the measurement corrects it, and a controller tuned too tightly may swing.

    Wire the measurement to `in`, `out` to control/pid, and its output by a feedback wire to `output`. The three numbers
    of the model come from a step test, such as that of control/autotune.

    With a bad reading nothing leaves but that reading, empty: the controller then does what it does without a reading.
    The model runs on. A reading older than the last one is refused as late; after a clock set back by over a minute, or
    a gap of more than `longest_gap`, the model begins anew, at rest at the present output. Source: Smith, Closer
    control of loops with dead time, Chemical Engineering Progress 53 (1957) 217.

    Example: gain 2, time_constant 60, dead_time 40.
    """

    inputs = (Port("in", "number", "The measurement"), Port("output", "number", "The controller's output"))
    outputs = (Port("out", "number", "The measurement as it will be after the dead time"),)

    gain: Annotated[float, Meta(description="Change of the measurement per unit of output")]
    time_constant: Annotated[float, Meta(description="Time constant", gt=0, extra_json_schema=unit("s"))]
    dead_time: Annotated[float, Meta(description="Dead time", ge=0, extra_json_schema=unit("s"))]
    longest_gap: Annotated[
        float, Meta(description="After a longer gap it begins anew", gt=0, extra_json_schema=unit("s")), ADVANCED
    ] = 600.0
    applied: State[float | None] = None
    """The output that acts now."""
    memory: State[dict[str, Any]] = {}

    def process(self, msg: Message) -> Message:
        """Return the measurement as it will be."""
        memory = self.memory
        seconds = elapsed(memory["time"], msg.time) if memory else None
        output = self.applied or 0.0
        if seconds is None or seconds > self.longest_gap:
            way = DeadTime(self.dead_time)
            model = self.gain * output
        else:
            way = DeadTime(self.dead_time, memory["way"])
            keep = math.exp(-seconds / self.time_constant)
            # The output stood at its old value since the last reading.
            model = keep * memory["model"] + (1 - keep) * self.gain * output
        delayed = way.update(msg.time, model)
        self.memory = {"time": msg.time, "model": model, "way": way.kept}
        value = usable(msg.payload, msg.quality)
        if value is None:
            return msg.replace(payload=None, quality="bad")
        return msg.with_payload(value + model - delayed)

    def on_output(self, msg: Message) -> None:
        """Take the controller's output."""
        first = self.applied is None
        self.applied = setting(msg)
        if first and self.memory:  # what was applied before is not known: the model begins at rest
            self.memory = {}

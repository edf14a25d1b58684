"""The contract of a learned correction: modes, bounds, the way back to the plain controller, and what was saved.

A node is one of these with a model of its own (`CorrectionModel`). Whatever the model says, it reaches the controller
only through `LearnedCorrection`, which bounds it, and what the controller puts out only through the guard.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.control.correction_model import CorrectionModel
from flowengine_nodes.control.trim_watch import TrimWatch
from flowengine_nodes.signal.readings import setting, trusted, usable
from flowengine_nodes.values.convert import shown

Mode = Literal["off", "shadow", "advisory", "automatic"]
MODES = ("off", "shadow", "advisory", "automatic")


class LearnedCorrection(Transform):
    """Stands in front of control/pid and helps it by what a model has learned, within bounds."""

    inputs = (
        Port("in", "number", "The measurement"),
        Port("setpoint", "number", "The setpoint"),
        Port("disturbance", "any", "What disturbs: a number, or true and false, by topic"),
        Port("output", "number", "The controller's output, by a feedback wire"),
        Port("mode", "text", "off, shadow, advisory or automatic"),
    )
    outputs = (
        Port("out", "number", "The measurement, after the trim has left"),
        Port("trim", "number", "For the controller's port feedforward"),
        Port("setpoint", "number", "For the controller's port setpoint"),
        Port("report", "object", "Mode, reason, what is known and what was saved"),
    )

    disturbances: Annotated[list[str], Meta(description="Topics of the disturbances", min_length=1, max_length=20)]
    dead_time: Annotated[float, Meta(description="Dead time of the process", ge=0, extra_json_schema=unit("s"))]
    setpoint: Annotated[float, Meta(description="The setpoint, until one comes")] = 0.0
    mode: Annotated[Mode, Meta(description="The mode at first")] = "shadow"
    authority: Annotated[float, Meta(description="Correction of the output at most", ge=0)] = 10.0
    setpoint_authority: Annotated[float, Meta(description="Move of the setpoint at most", ge=0)] = 5.0
    output_low: Annotated[float, Meta(description="Least output of the controller")] = 0.0
    output_high: Annotated[float, Meta(description="Greatest output of the controller")] = 100.0
    scan: Annotated[float, Meta(description="Time between two readings", gt=0, extra_json_schema=unit("s"))] = 1.0
    forget: Annotated[
        float,
        Meta(description="After so long, what was learned weighs 1/e", gt=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 7200.0
    stale: Annotated[
        float, Meta(description="Readings and output may be this old", gt=0, extra_json_schema=unit("s")), ADVANCED
    ] = 3.0
    disturbance_stale: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Disturbances may be this old; empty: they are sent on change", extra_json_schema=unit("s")),
        ADVANCED,
    ] = None
    drift: Annotated[
        float, Meta(description="Leave when the model's error is this many times the usual", gt=1), ADVANCED
    ] = 4.0
    worse: Annotated[
        float,
        Meta(description="Leave when the error is this many times that in shadow; no two hours are alike", gt=0),
        ADVANCED,
    ] = 1.5
    cost_window: Annotated[
        float,
        Meta(description="Length of what is compared", gt=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 600.0
    return_after: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Back to automatic when well for so long; empty: by hand", extra_json_schema=unit("s")),
        ADVANCED,
    ] = None
    report_every: Annotated[float, Meta(description="Report so often", gt=0, extra_json_schema=unit("s")), ADVANCED] = (
        60.0
    )
    memory: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        if self.output_low >= self.output_high:
            raise ValueError(f"output_low ({self.output_low:g}) must be less than output_high ({self.output_high:g})")
        self._model = self._begun()
        self._watch = TrimWatch(self.scan, self.cost_window, self.drift, self.worse)
        self._now: Mode = "shadow" if self.mode == "automatic" else self.mode
        self._wanted: Mode = self.mode
        self._after: float | None = self.cost_window if self.return_after is None else self.return_after
        """Seconds for which all must be well before it acts, if that is wanted; None: somebody has to ask for it."""
        self._target = self.setpoint
        self._origin: float | None = None
        """What the model takes for 0: the setpoint at which it began to learn, whatever the setpoint is now."""
        self._values: dict[str, list[Any]] = {}  # topic -> value and time; no value: it is not good
        self._output: list[float] = []  # value and time
        self._time: float | None = None
        self._reference: list[float] = []  # the disturbances that the controller makes up for already
        self._sent = [0.0, self.setpoint]
        self._helps = False  # whether what was sent is more than the plain setpoint
        self._well = 0.0
        self._reported = -1e300
        self._seen = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def stop(self) -> None:
        """Stop to wait for readings."""
        if self._timer is not None:
            self._timer.cancel()

    def process(self, msg: Message) -> list[Message | Routed]:
        """Take a reading: leave if anything is wrong, else learn and correct."""
        last, self._time = self._time, msg.time
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        reason = self._wrong(msg, value, last)
        corrected = [0.0, self._target]
        if value is None or reason or self._now == "off":
            self._model.interrupt()
            self._watch.pause()
        else:
            reason = self._learned(value)
            if not reason and self._now in ("advisory", "automatic"):
                corrected = self._corrected()
        sent: list[Message | Routed] = []
        if self._now == "automatic" and reason:
            corrected = [0.0, self._target]
            sent.append(self._left(msg, reason))
        self._well = 0.0 if reason else self._well + self.scan
        if self._may_act():
            self._enter("automatic")
            sent.append(self._report(msg, "all is well"))
        elif msg.time - self._reported >= self.report_every or msg.time < self._reported:
            sent.append(self._report(msg, reason, corrected if self._now == "advisory" else None))
        if self._now == "automatic":
            self._expect_more()
        return [*sent, *self._applied(msg, corrected if self._now == "automatic" else [0.0, self._target]), msg]

    def on_setpoint(self, msg: Message) -> None:
        """Take a new setpoint."""
        target = setting(msg)
        self._watch.moved(target - self._target)
        self._target = target

    def on_disturbance(self, msg: Message) -> None:
        """Take a reading of what disturbs.

        Raises:
            BadData: its topic is none of the disturbances.
        """
        if msg.topic not in self.disturbances:
            raise BadData(f"topic '{msg.topic:.80}' is none of the disturbances: {', '.join(self.disturbances)[:200]}")
        self._values[msg.topic] = [None, msg.time]  # also if this is no number: what was before is not so any more
        value = float(msg.payload) if isinstance(msg.payload, bool) else usable(msg.payload, msg.quality)
        self._values[msg.topic] = [value if msg.quality == "good" else None, msg.time]

    def on_output(self, msg: Message) -> None:
        """Take the controller's output."""
        self._output = []
        self._output = [setting(msg), msg.time]

    def on_mode(self, msg: Message) -> list[Routed]:
        """Change the mode.

        Raises:
            BadData: there is no such mode.
        """
        wanted = trusted(msg)
        if wanted not in MODES:
            raise BadData(f"mode {shown(wanted)} is not known; expected {', '.join(MODES)}")
        self._wanted = wanted
        if wanted != "automatic":
            if self._now != wanted:
                self._enter(wanted)
        elif self._now != "automatic":
            self._after = 0.0
            if self._now == "off":
                self._enter("shadow")
                self._well = 0.0
            elif self._well:
                self._enter("automatic")
        if self._now != self._wanted:
            return [self._report(msg, "asked for, begins with the next good reading")]
        report = self._report(msg, "asked for")
        return [report] if self._now == "automatic" else [report, *self._applied(msg, [0.0, self._target])]

    def _begun(self) -> CorrectionModel:
        """Return the model that learns, with nothing learned yet."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return what was learned."""
        return {
            "memory": {
                "shape": self._shape(),
                "squares": self._model.squares.kept(),
                "watch": self._watch.kept(),
                "origin": self._origin,
                "options": [self.mode, self.setpoint],
                "wanted": self._wanted,
                "target": self._target,
                "sent": self._sent,
                "values": self._values,
            }
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was learned, if the model is the same; it begins in shadow or advisory."""
        memory = state.get("memory")
        if not memory or memory.get("shape") != self._shape():
            return
        self._model.squares.restore(memory["squares"])
        self._watch.restore(memory["watch"])
        self._origin, self._values = memory["origin"], memory["values"]
        # The controller remembers, too, what it was helped with: that has to be taken back.
        self._sent, self._helps = memory["sent"], memory["sent"] != [0.0, memory["target"]]
        mode, setpoint = memory["options"]
        if setpoint == self.setpoint:  # else someone has edited it in the flow, and that counts
            self._target = memory["target"]
        if mode == self.mode:
            self._wanted, self._after = memory["wanted"], self.return_after
            self._now = "shadow" if self._wanted == "automatic" else self._wanted

    def _shape(self) -> list[Any]:
        return [self.disturbances, self.scan, self.dead_time, len(self._model.squares.theta)]

    def _wrong(self, msg: Message, value: float | None, last: float | None) -> str:
        """Return what keeps it from acting at this scan; empty: nothing."""
        if value is None or msg.quality != "good":
            return "the measurement is not good"
        if last is not None and not 0 < msg.time - last <= self.stale:
            return f"the measurement is stale or late: {msg.time - last:g} s since the last one"
        if not self._output or msg.time - self._output[1] > self.stale:
            return "the controller's output is not heard of"
        for name in self.disturbances:
            known = self._values.get(name)
            if known is None or known[0] is None:
                return f"disturbance {name} is not good"
            if self.disturbance_stale is not None and msg.time - known[1] > self.disturbance_stale:
                return f"disturbance {name} is stale"
        return ""

    def _acting(self) -> list[float]:
        return [self._values[name][0] for name in self.disturbances]

    def _learned(self, value: float) -> str:
        """Learn from a scan; returns why it may not act, or nothing."""
        if self._origin is None:
            self._origin = self._target
        error = self._model.learn(value - self._origin, self._output[0], self._acting())
        return self._watch.judge(abs(value - self._target), error, self._now == "automatic", self._now == "shadow")

    def _corrected(self) -> list[float]:
        """Return the correction and the setpoint that goes with it."""
        acting = self._acting()
        if not self._reference:
            self._reference = acting
        base = self._output[0] - self._sent[0]
        low = max(-self.authority, min(0.0, self.output_low - base))
        high = min(self.authority, max(0.0, self.output_high - base))
        away = [now - then for now, then in zip(acting, self._reference, strict=True)]
        trim = self._model.compensate(away, low, high)
        move = min(max(self._model.expected, -self.setpoint_authority), self.setpoint_authority)
        return [trim, self._target + move]

    def _may_act(self) -> bool:
        wanted = self._wanted == "automatic" != self._now
        return wanted and self._after is not None and self._well >= max(self._after, self.scan)

    def _enter(self, mode: Mode) -> None:
        self._now, self._reference = mode, []
        self._model.rest()
        self._watch.begin()

    def _left(self, msg: Message, reason: str) -> Routed:
        """Be in shadow; returns the report of it."""
        self._now, self._after, self._well = "shadow", self.return_after, 0.0
        return self._report(msg, reason)

    def _expect_more(self) -> None:
        """Wait for the next reading: as long as none comes, nobody else would tell that it has to leave."""
        if self._host is not None:
            self._seen = self.clock.monotonic()
            if self._timer is None:
                self._timer = self.clock.call_later(self.stale, self._look)

    def _look(self) -> None:
        self._timer = None
        left = self._seen + self.stale - self.clock.monotonic()
        if self._now != "automatic":
            return
        if left > 1e-6:
            self._timer = self.clock.call_later(left, self._look)
            return
        msg = Message(time=self.clock.now())
        for item in (self._left(msg, f"no reading for {self.stale:g} s"), *self._applied(msg, [0.0, self._target])):
            self.emit(item.msg, item.port)

    def _applied(self, msg: Message, wanted: list[float]) -> list[Routed]:
        """Return what changes of trim and setpoint; without a bump where it leaves."""
        sent = []
        leaves = self._helps and self._now != "automatic"
        if leaves:
            self._model.rest()
            self._reference = []
        for port, value, before in zip(("trim", "setpoint"), wanted, self._sent, strict=True):
            if value != before:
                out = msg.replace(payload=value, quality="good")
                sent.append((out.with_properties(bumpless=True) if leaves else out).to(port))
        self._sent, self._helps = list(wanted), wanted != [0.0, self._target]
        return sent

    def _report(self, msg: Message, reason: str, advice: list[float] | None = None) -> Routed:
        self._reported = msg.time
        effects = dict(zip(self.disturbances, self._model.effects(), strict=True))
        payload: dict[str, Any] = {"mode": self._now, "reason": reason, "effects": effects}
        payload |= {**self._model.figures(), **self._watch.savings()}
        if advice is not None:
            payload["advice"] = {"trim": advice[0], "setpoint": advice[1]}
        self._show(reason, payload["saved"])
        return msg.replace(payload=payload, quality="good").to("report")

    def _show(self, reason: str, saved: float | None) -> None:
        mode: str = self._now
        if self._wanted == "automatic" != mode:
            self.status("warning", f"not automatic: {reason}" if reason else mode)
        elif saved is not None:
            self.status("ok", f"{mode}, error {saved:+.0%} saved")
        else:
            self.status("ok", f"{mode}, what it saves is being measured" if mode == "automatic" else mode)

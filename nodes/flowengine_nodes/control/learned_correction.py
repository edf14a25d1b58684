"""The contract of a learned correction: modes, bounds, the way back to the plain controller, and what was saved.

A node is one of these with a model of its own (`CorrectionModel`). Whatever the model says, it reaches the controller
only through `LearnedCorrection`, which bounds it, and what the controller puts out only through the guard.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, unit
from flowengine_nodes.control.least_squares import LeastSquares
from flowengine_nodes.control.trim_watch import TrimWatch
from flowengine_nodes.signal.readings import quantity, usable
from flowengine_nodes.values.convert import shown

Mode = Literal["off", "shadow", "advisory", "automatic"]
MODES = ("off", "shadow", "advisory", "automatic")


class CorrectionModel(Protocol):
    """What learns a process once a scan, and says which output makes up for what disturbs it."""

    squares: LeastSquares
    expected: float
    """By how much the measurement is off now, because of disturbances, as far as the model knows."""

    def learn(self, measured: float, output: float, disturbances: Sequence[float]) -> float:
        """Learn from a scan; returns the error of the model's equation."""

    def compensate(self, disturbances: Sequence[float], low: float, high: float) -> float:
        """Return the correction of the output, inside its bounds."""

    def effects(self) -> list[float]:
        """Return the effect of each disturbance; 0 for one that is not certain."""

    def figures(self) -> dict[str, Any]:
        """Return what else a report tells of it."""

    def rest(self) -> None:
        """Forget what is on its way: nothing is being corrected."""

    def interrupt(self) -> None:
        """A scan is missing: the next one is no neighbour of the last."""

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what `kept` returned."""


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
        self._target = self.setpoint
        self._values: dict[str, list[Any]] = {}  # topic -> value and time; no value: it is not good
        self._output: list[float] = []  # value and time
        self._time: float | None = None
        self._reference: list[float] = []  # the disturbances that the controller makes up for already
        self._sent = [0.0, self.setpoint]
        self._well = 0.0
        self._reported = -1e300

    def process(self, msg: Message) -> list[Message | Routed]:
        """Take a reading: leave if anything is wrong, else learn and correct."""
        last, self._time = self._time, msg.time
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        reason = self._wrong(msg, value, last)
        corrected = [0.0, self._target]
        if value is not None and not reason:
            reason = self._learned(value)
            if not reason and self._now in ("advisory", "automatic"):
                corrected = self._corrected()
        else:
            self._model.interrupt()
            self._watch.pause()
        sent: list[Message | Routed] = []
        if self._now == "automatic" and reason:
            self._now, corrected = "shadow", [0.0, self._target]
            sent.append(self._report(msg, reason))
        self._well = 0.0 if reason else self._well + self.scan
        if self._now == "shadow" and self._wanted == "automatic" and self._may_return():
            self._enter("automatic")
            sent.append(self._report(msg, "all is well"))
        elif msg.time - self._reported >= self.report_every or msg.time < self._reported:
            sent.append(self._report(msg, reason, corrected if self._now == "advisory" else None))
        applied = corrected if self._now == "automatic" else [0.0, self._target]
        return [*sent, *self._applied(msg, applied), msg]

    def on_setpoint(self, msg: Message) -> None:
        """Take a new setpoint."""
        self._target = quantity(msg.payload)

    def on_disturbance(self, msg: Message) -> None:
        """Take a reading of what disturbs.

        Raises:
            BadData: its topic is none of the disturbances.
        """
        if msg.topic not in self.disturbances:
            raise BadData(f"topic '{msg.topic:.80}' is none of the disturbances: {', '.join(self.disturbances)[:200]}")
        value = float(msg.payload) if isinstance(msg.payload, bool) else usable(msg.payload, msg.quality)
        self._values[msg.topic] = [value if msg.quality == "good" else None, msg.time]

    def on_output(self, msg: Message) -> None:
        """Take the controller's output."""
        self._output = [quantity(msg.payload), msg.time]

    def on_mode(self, msg: Message) -> list[Routed]:
        """Change the mode.

        Raises:
            BadData: there is no such mode.
        """
        if msg.payload not in MODES:
            raise BadData(f"mode {shown(msg.payload)} is not known; expected {', '.join(MODES)}")
        self._wanted = msg.payload
        if msg.payload == "automatic":
            self._well = 0.0 if self._now == "off" else max(self._well, self.return_after or 0.0)
            self._now = "shadow" if self._now == "off" else self._now
            if self._now != "automatic" and self._well:
                self._enter("automatic")
        elif self._now != msg.payload:
            self._enter(msg.payload)
        return [self._report(msg, "asked for"), *(self._applied(msg, [0.0, self._target]))]

    def _begun(self) -> CorrectionModel:
        """Return the model that learns, with nothing learned yet."""
        raise NotImplementedError

    def state(self) -> dict[str, Any]:
        """Return what was learned."""
        return {
            "memory": {
                "model": self._model.kept(),
                "watch": self._watch.kept(),
                "wanted": self._wanted,
                "option": self.mode,
                "target": self._target,
                "values": self._values,
            }
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was learned; it begins in shadow or advisory."""
        memory = state.get("memory")
        if not memory or len(memory["model"]["squares"]["theta"]) != len(self._model.squares.theta):
            return
        self._model.restore(memory["model"])
        self._model.rest()
        self._model.interrupt()
        self._watch.restore(memory["watch"])
        self._target, self._values = memory["target"], memory["values"]
        if memory["option"] == self.mode:
            self._wanted = memory["wanted"]
            self._now = "shadow" if self._wanted == "automatic" else self._wanted

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
        error = self._model.learn(value - self._target, self._output[0], self._acting())
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

    def _may_return(self) -> bool:
        return self.return_after is not None and self._well >= self.return_after

    def _enter(self, mode: Mode) -> None:
        self._now, self._reference = mode, []
        self._model.rest()
        self._watch.begin()

    def _applied(self, msg: Message, wanted: list[float]) -> list[Routed]:
        """Return what changes of trim and setpoint; without a bump where it leaves."""
        sent = []
        leaves = self._now != "automatic" and (self._sent[0] != 0.0 or self._sent[1] != self._target)
        if leaves:
            self._model.rest()
            self._reference = []
        for port, value, before in zip(("trim", "setpoint"), wanted, self._sent, strict=True):
            if value != before:
                out = msg.replace(payload=value, quality="good")
                sent.append((out.with_properties(bumpless=True) if leaves else out).to(port))
        self._sent = list(wanted)
        return sent

    def _report(self, msg: Message, reason: str, advice: list[float] | None = None) -> Routed:
        self._reported = msg.time
        effects = dict(zip(self.disturbances, self._model.effects(), strict=True))
        payload: dict[str, Any] = {"mode": self._now, "reason": reason, "effects": effects}
        payload |= {**self._model.figures(), **self._watch.savings()}
        if advice is not None:
            payload["advice"] = {"trim": advice[0], "setpoint": advice[1]}
        saved = payload["saved"]
        text: str = self._now
        if saved is not None:
            text = f"{self._now}, error {saved:+.0%} saved"
        elif self._now == "automatic":
            text = f"{self._now}, what it saves is being measured"
        self.status("warning" if self._wanted == "automatic" != self._now else "ok", text)
        return msg.replace(payload=payload, quality="good").to("report")

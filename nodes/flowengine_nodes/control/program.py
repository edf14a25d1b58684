"""The transform `control/program`."""

from __future__ import annotations

import math
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, unit
from flowengine_nodes.signal.readings import trusted, usable
from flowengine_nodes.timing.timed import Timed
from flowengine_nodes.values.convert import shown


class Segment(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A ramp to a value, and how long it is held there."""

    to: Annotated[float, Meta(description="The setpoint at the end of the ramp")]
    rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Change per minute; empty: by `ramp`", extra_json_schema=unit("1/min")),
    ] = None
    ramp: Annotated[
        float, Meta(description="Length of the ramp; 0 without rate: a step", ge=0, extra_json_schema=unit("s"))
    ] = 0.0
    hold: Annotated[float, Meta(description="How long to hold the value", ge=0, extra_json_schema=unit("s"))] = 0.0


class Program(Timed, type="control/program"):
    """Lead a setpoint along a program: ramp and soak.

    The program is a list of segments; each is a ramp to a value, at a rate or in a time, and a time to hold it. The
    words start, stop, hold, go and skip come to the port `control`. After start the setpoint leaves by `out` every
    `every` seconds, beginning at the measurement (or at `begin`), for the port `setpoint` of control/pid; `event` says
    each begin of a ramp or a soak, and what ended the program: {"segment", "phase", "setpoint"}.

    With `tolerance` the program waits for the process (holdback, guaranteed soak): time passes only while the
    measurement at `in` is that close to the setpoint; with a bad one it waits. At the end the last setpoint stays,
    or `at_end` leaves. `repeat` runs it several times. After a restart of the flow it goes on where it was, or waits
    for go (`after_restart`): the time of the standstill does not count. A ramp that a deploy changes goes on from where
    the setpoint is.

    Example: to 120 at rate 5, hold 1800; to 180 at rate 2, hold 3600; to 40 at rate 10, tolerance 3: curing.
    """

    inputs = (Port("in", "number", "The measurement"), Port("control", "text", "start, stop, hold, go or skip"))
    outputs = (Port("out", "any", "The setpoint"), Port("event", "object", "Begin of a ramp or soak, and the end"))

    segments: Annotated[list[Segment], Meta(description="Ramps and soaks in their order", min_length=1)]
    begin: Annotated[float | None, Meta(description="Setpoint to begin at; empty: the measurement")] = None
    every: Annotated[float, Meta(description="Send the setpoint so often", ge=0.01, extra_json_schema=unit("s"))] = 1.0
    tolerance: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Time passes only while the measurement is this close; empty: always"),
    ] = None
    repeat: Annotated[int, Meta(description="How many times the program runs", ge=1)] = 1
    at_end: Annotated[float | None, Meta(description="Setpoint after the end or a stop; empty: the last one stays")] = (
        None
    )
    after_restart: Annotated[
        Literal["go", "hold"], Meta(description="After a restart of the flow: go on, or wait for go"), ADVANCED
    ] = "go"
    topic: Annotated[str, Meta(description="Topic of the setpoint"), ADVANCED] = ""
    phase: State[str] = "off"
    segment: State[int] = 0
    round: State[int] = 0
    passed: State[float] = 0.0
    """Seconds of this ramp or soak so far."""
    origin: State[float] = 0.0
    """The setpoint at the begin of this ramp."""
    held: State[bool] = False
    measured: State[list[float]] = []
    """The newest measurement, if it is good."""
    reached: State[float | None] = None
    """The setpoint that has left last."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._ticked = 0.0

    async def start(self) -> None:
        """Go on with a program that ran before a restart."""
        self.running = []
        if self.segment >= len(self.segments):  # a deploy has taken it away
            self.segment, self.held = len(self.segments) - 1, True
        if self.phase == "ramp" and self.reached is not None and self.reached != self._setpoint():
            self.origin, self.passed = self.reached, 0.0  # a deploy has changed the ramp: it begins where it is
        if self.phase in ("ramp", "soak"):
            self.held = self.held or self.after_restart == "hold"
            self._tick()

    def process(self, msg: Message) -> None:
        """Take a measurement."""
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        self.measured = [] if value is None else [value]

    def on_control(self, msg: Message) -> list[Routed]:
        """Take a word of an operator.

        Raises:
            BadData: the word is not known, of bad quality, or does not fit now.
        """
        word, runs = trusted(msg), self.phase in ("ramp", "soak")
        if word not in ("start", "stop", "hold", "go", "skip"):
            raise BadData(f"{shown(word)} is not known; expected start, stop, hold, go or skip")
        if word == "start":
            return self._begin()
        if not runs:
            raise BadData(f"cannot {word}: no program is running")
        if word == "stop":
            return self._end("stopped")
        if word == "skip":
            return self._next()
        self.held = word == "hold"
        self._show()
        return [self._event(word)]

    def over(self) -> None:
        """A piece of time has passed."""
        seconds = self.clock.monotonic() - self._ticked
        for routed in self._advance(min(seconds, 2 * self.every)):  # what stood still for longer makes no jump
            self.emit(routed.msg, routed.port)
        if self.phase in ("ramp", "soak"):
            self._tick()

    def _tick(self) -> None:
        self._ticked = self.clock.monotonic()
        self.wait(self.every)

    def _begin(self) -> list[Routed]:
        if self.begin is None and not self.measured:
            raise BadData("cannot start: there is no good measurement to begin at; wait for one, or set begin")
        self.origin = self.measured[0] if self.begin is None else self.begin
        self.phase, self.segment, self.round, self.passed, self.held = "ramp", 0, 0, 0.0, False
        self._tick()
        self._show()
        return [self._event("ramp"), self._sent(), *self._advance(0.0)]

    def _advance(self, seconds: float) -> list[Routed]:
        if self.held or not self._close():
            return [self._sent()]
        sent = []
        self.passed += seconds
        while self.phase in ("ramp", "soak") and self.passed >= self._length() - 1e-6:
            rest = max(0.0, self.passed - self._length())
            sent += self._next()
            self.passed = rest
        return [*sent, self._sent()] if self.phase in ("ramp", "soak") else sent

    def _next(self) -> list[Routed]:
        """Begin the next ramp or soak."""
        now = self.segments[self.segment]
        self.passed = 0.0
        if self.phase == "ramp" and now.hold:
            self.phase = "soak"
        else:
            self.origin, self.phase = now.to, "ramp"
            self.segment += 1
            if self.segment == len(self.segments):
                self.segment, self.round = 0, self.round + 1
                if self.round >= self.repeat:
                    self.segment = len(self.segments) - 1
                    return self._end("done")
        self._show()
        return [self._event(self.phase)]

    def _end(self, word: str) -> list[Routed]:
        last = self._setpoint() if word == "stopped" else self.origin
        self.phase, self.origin = "off", last if self.at_end is None else self.at_end
        self.cancel()
        self.status("ok", word)
        return [self._event(word), self._sent()]

    def _length(self) -> float:
        now = self.segments[self.segment]
        if self.phase == "soak":
            return now.hold
        return abs(now.to - self.origin) / now.rate * 60 if now.rate is not None else now.ramp

    def _setpoint(self) -> float:
        if self.phase == "off":
            return self.origin
        now, length = self.segments[self.segment], self._length()
        if self.phase == "soak" or length == 0:
            return now.to
        return self.origin + (now.to - self.origin) * min(1.0, self.passed / length)

    def _close(self) -> bool:
        if self.tolerance is None:
            return True
        return bool(self.measured) and abs(self.measured[0] - self._setpoint()) <= self.tolerance

    def _sent(self) -> Routed:
        self.reached = self._setpoint()
        return Message(self.reached, self.topic, self.clock.now()).to("out")

    def _event(self, phase: str) -> Routed:
        payload = {"segment": self.segment + 1, "phase": phase, "setpoint": self._setpoint()}
        return Message(payload, self.topic, self.clock.now()).to("event")

    def _show(self) -> None:
        left = self._length() - self.passed
        phase, segment, count = self.phase, self.segment + 1, len(self.segments)
        if self.held:
            self.status("busy", f"{phase} {segment} of {count}, held")
        else:
            self.status("busy", f"{phase} {segment} of {count}, {math.ceil(left)} s")

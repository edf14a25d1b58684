"""The transform `control/pid`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, unit
from flowengine_nodes.control.pid_algorithm import INFINITE, Pid
from flowengine_nodes.control.pid_report import terms, to_track
from flowengine_nodes.signal.readings import quantity, setting, trusted, usable
from flowengine_nodes.timing.timed import Timed
from flowengine_nodes.values.convert import number, shown

Result = Message | list[Message | Routed]


class PidController(Timed, type="control/pid"):
    """Hold a measurement at a setpoint: PID controller, alone or in a cascade, with feed-forward.

    Readings come in at `in`; for each the new output leaves at `output`, between `output_low` and `output_high`.
    Port `setpoint` changes the setpoint, approached at `setpoint_rate` if that is given. Port `feedforward` adds to
    the output what is known in advance. Port `manual` takes over: a number is the output from now on, null goes back
    to automatic; port `mode` takes the words auto and manual. Port `tune` takes other parameters, such as {"kp": 4,
    "ti": 120}, from control/autotune or control/gain-schedule. With an integral part all that is bumpless, a restart
    included, and a setpoint or feedforward with the property msg.bumpless, too.

    Parameters are those of the ISA standard form: gain kp, integral time ti and derivative time td in seconds
    (kp · (b·setpoint − y + 1/ti ∫e dt + td d(c·setpoint − y)/dt)); b and c weigh the setpoint. The derivative acts
    through a filter. When the output is at a limit, `anti_windup` leads the integral back with the tracking time tt
    (back-calculation) or stops it (clamping). Source: Åström & Hägglund, Advanced PID Control, 2006, chapter 3.

    In a cascade the output of the outer controller is the setpoint of the inner one. A feedback wire from the inner's
    port `back` to the outer's port `track` keeps the outer from winding up: while the inner one does not follow
    (manual, no good reading) the outer's output follows its measurement; at a limit, the outer goes no further.

    Time is that of the readings. A reading that is no newer than the last one leaves everything as it is; after a gap
    of more than `longest_gap` the controller goes on without counting the gap. With a reading that is bad or no
    number the output is held, and after `fallback_after` goes to `fallback`, if that is given; both leave with
    quality uncertain. That readings stay away is said by control/validate with `stale` in front of it. What is bad at
    the other ports is refused, and what was set before stays.

    Example: setpoint 180, unit degC, kp 4, ti 120, td 15 heats an oven with 0 to 100 % heater power.
    """

    inputs = (
        Port("in", "number", "The measurement"),
        Port("setpoint", "number", "The setpoint from now on"),
        Port("manual", "any", "A number: the output by hand; null: automatic again"),
        Port("mode", "text", "auto or manual"),
        Port("feedforward", "number", "Added to the output from now on"),
        Port("tune", "object", "Other kp, ti (null: none), td from now on"),
        Port("track", "any", "A number: the output follows it; high or low: it goes no further; null: free"),
    )
    outputs = (
        Port("output", "number", "The output"),
        Port("terms", "object", "With option terms: setpoint, error, p, i, d, output and mode"),
        Port("back", "any", "With option back: what the outer controller of a cascade has to track, when that changes"),
    )

    setpoint: Annotated[float, Meta(description="The value to hold, in the unit of the measurement")] = 0.0
    unit: Annotated[str, Meta(description="Unit of measurement and setpoint, such as degC")] = ""
    kp: Annotated[float, Meta(description="Gain: change of the output per unit of error", ge=0)] = 1.0
    ti: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Integral time; empty: no integral part", extra_json_schema=unit("s")),
    ] = None
    td: Annotated[
        float, Meta(description="Derivative time; 0: no derivative part", ge=0, extra_json_schema=unit("s"))
    ] = 0.0
    derivative_filter: Annotated[
        float, Meta(description="N: the derivative is filtered with the time constant td / N", ge=1, le=100), ADVANCED
    ] = 10.0
    setpoint_weight: Annotated[
        float, Meta(description="b: share of the setpoint in the proportional part", ge=0, le=1), ADVANCED
    ] = 1.0
    derivative_weight: Annotated[
        float, Meta(description="c: share of the setpoint in the derivative", ge=0, le=1), ADVANCED
    ] = 0.0
    anti_windup: Annotated[
        Literal["back-calculation", "clamping"],
        Meta(description="At a limit the integral is led back, or stands"),
        ADVANCED,
    ] = "back-calculation"
    tt: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Tracking time; empty: √(ti·td), or ti without td", extra_json_schema=unit("s")),
        ADVANCED,
    ] = None
    action: Annotated[
        Literal["reverse", "direct"],
        Meta(description="reverse: a greater measurement lowers the output (heating); direct: it raises it (cooling)"),
    ] = "reverse"
    output_low: Annotated[float, Meta(description="Least output")] = 0.0
    output_high: Annotated[float, Meta(description="Greatest output")] = 100.0
    output_unit: Annotated[str, Meta(description="Unit of the output")] = "%"
    bias: Annotated[float, Meta(description="Output without error; with ti only where it begins"), ADVANCED] = 0.0
    dead_band: Annotated[float, Meta(description="An error up to this counts as none", ge=0), ADVANCED] = 0.0
    setpoint_rate: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Change of the setpoint at most, per second; empty: at once"),
        ADVANCED,
    ] = None
    longest_gap: Annotated[
        float,
        Meta(description="Longest time between readings that counts", gt=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 60.0
    fallback: Annotated[
        float | None, Meta(description="Output when readings stay bad; empty: hold the last output"), ADVANCED
    ] = None
    fallback_after: Annotated[
        float,
        Meta(description="Bad readings for this long lead to the fallback", ge=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 10.0
    topic: Annotated[str, Meta(description="Topic of the output; empty: that of the reading"), ADVANCED] = ""
    terms: Annotated[bool, Meta(description="Also send the parts of each output by the port terms"), ADVANCED] = False
    back: Annotated[bool, Meta(description="Send what an outer controller has to track by the port back"), ADVANCED] = (
        False
    )
    memory: State[dict[str, Any]] = {}

    @classmethod
    def sends(cls, options: Mapping[str, Any], port: str) -> tuple[float, float] | None:
        """Return the limits of the output."""
        low, high = options.get("output_low", 0.0), options.get("output_high", 100.0)
        return (low, high) if port == "output" and low <= high else None

    def __post_init__(self) -> None:
        super().__post_init__()
        self._pid = Pid(
            self.kp,
            INFINITE if self.ti is None else self.ti,
            self.td,
            low=self.output_low,
            high=self.output_high,
            reverse_acting=self.action == "reverse",
            derivative_filter=self.derivative_filter,
            tt=self.tt,
            dead_band=self.dead_band,
            bias=self.bias,
            clamping=self.anti_windup == "clamping",
            weight_p=self.setpoint_weight,
            weight_d=self.derivative_weight,
        )
        if self.fallback is not None and not self.output_low <= self.fallback <= self.output_high:
            raise ValueError(
                f"fallback {self.fallback:g} is outside the output limits {self.output_low:g} to {self.output_high:g}"
            )
        self._target = self.setpoint
        self._setpoint: float | None = None  # on its way to the target; None before the first reading
        self._feedforward = 0.0
        self._manual = False
        self._tuned: dict[str, float | None] = {}
        self._tracked: float | None = None  # what the output follows meanwhile
        self._said_back: Any = None
        self._following = False  # the next reading takes the output as it is, instead of computing one
        self._gaps = 0  # so many readings in a row came after a gap
        self._time: float | None = None
        self._holding = False
        self._fallen_back = False

    async def start(self) -> None:
        """Go on as before a restart, also to wait for the fallback."""
        if self.fallback is None:
            self.running = []
        await super().start()
        if self._holding or self._manual:
            self._show()

    @property
    def length(self) -> float:
        """The time until the fallback."""
        return self.fallback_after

    def process(self, msg: Message) -> Result:
        """Return the output for a reading."""
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        if value is None:
            return self._without_reading(msg)
        time, last = msg.time, self._time
        if last is not None and 0.0 < (dt := time - last) <= self.longest_gap:
            self._time = time
            if self._gaps:
                self._close()
        elif (dt := self._odd_time(time)) < 0.0:
            return self._sent(msg, msg.quality)
        setpoint = self._target if self.setpoint_rate is None else self._approached(value, dt)
        if not self._following:
            self._pid.update(value, setpoint, dt, self._feedforward)
        else:
            self._pid.track(self._pid.output, value, setpoint, self._feedforward, dt)
            self._following = self._manual or self._tracked is not None
            if self._holding:
                self._recovered()
        return self._sent(msg, msg.quality)

    def on_setpoint(self, msg: Message) -> None:
        """Take a new setpoint."""
        self._target = setting(msg)
        self._following = self._following or "bumpless" in msg.properties

    def on_feedforward(self, msg: Message) -> None:
        """Take a new feedforward."""
        self._feedforward = setting(msg)
        self._following = self._following or "bumpless" in msg.properties

    def on_manual(self, msg: Message) -> Result | None:
        """Take the output by hand (a number), or give it back (null)."""
        wanted = trusted(msg)
        if wanted is None:
            self._manual = False
            self._show()
            return None
        output = quantity(wanted)
        self._manual = self._following = True
        self._show()
        self._pid.output = min(max(output, self.output_low), self.output_high)
        return self._sent(msg, "good")

    def on_tune(self, msg: Message) -> None:
        """Take other parameters.

        Raises:
            BadData: the payload is no object with kp, ti or td, one of them is out of range, or its quality is bad.
        """
        wanted = trusted(msg)
        if not isinstance(wanted, dict) or not wanted.keys() & {"kp", "ti", "td"}:
            raise BadData(f"{shown(wanted)} names no parameter; expected an object with kp, ti or td")
        now = {"kp": self.kp, "ti": self.ti, "td": self.td} | self._tuned
        now |= {name: None if wanted[name] is None else number(wanted[name]) for name in now if name in wanted}
        try:
            self._pid.retune(now["kp"] or 0.0, INFINITE if now["ti"] is None else now["ti"], now["td"] or 0.0)
        except ValueError as error:
            raise BadData(str(error)) from None
        self._tuned = now

    def on_track(self, msg: Message) -> None:
        """Follow what the inner controller says that it does; an output by hand stands above that."""
        wanted = trusted(msg)
        self._pid.blocked = {"high": 1, "low": -1}.get(wanted, 0) if isinstance(wanted, str) else 0
        if isinstance(wanted, str) and not self._pid.blocked:
            raise BadData(f"{shown(wanted)} cannot be tracked; expected a number, high, low or null")
        self._tracked = None if wanted is None or self._pid.blocked else quantity(wanted)
        if self._tracked is not None and not self._manual:
            self._pid.output = min(max(self._tracked, self.output_low), self.output_high)
            self._following = True

    def on_mode(self, msg: Message) -> None:
        """Change between auto and manual; manual begins with the output as it is."""
        wanted = trusted(msg)
        if wanted not in ("auto", "manual"):
            raise BadData(f"mode {shown(wanted)} is not known; expected auto or manual")
        self._manual = wanted == "manual"
        self._following = self._following or self._manual
        self._show()

    def state(self) -> dict[str, Any]:
        """Return what the controller remembers, so that it goes on without a bump."""
        self.memory = {
            **self._pid.kept(),
            "holding": self._holding,
            "fallen_back": self._fallen_back,
            "option": self.setpoint,
            "target": self._target,
            "setpoint": self._setpoint,
            "feedforward": self._feedforward,
            "manual": self._manual,
            "time": self._time,
            "tracked": self._tracked,
            "tuned": self._tuned,
            "tunable": [self.kp, self.ti, self.td],
            "bias": self.bias,
            "back": self._said_back,
        }
        return super().state()

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned."""
        super().restore(state)
        memory = self.memory
        if not memory:
            return
        pid = self._pid
        pid.take_up(memory)
        self._setpoint = memory["setpoint"]
        if memory["option"] == self.setpoint:  # else someone has edited the setpoint in the flow, and that counts
            self._target = memory["target"]
        self._feedforward, self._manual, self._time = memory["feedforward"], memory["manual"], memory["time"]
        self._tracked, self._said_back = memory.get("tracked"), memory.get("back")
        tuned = memory.get("tuned")
        if tuned and memory["tunable"] == [self.kp, self.ti, self.td]:  # else they were edited in the flow, and count
            self._tuned = dict(tuned)
            pid.take(tuned["kp"] or 0.0, tuned["ti"] or INFINITE, tuned["td"] or 0.0)
        elif self.ti is None and [memory["tunable"][1], memory.get("bias")] != [None, self.bias]:
            pid.integral = self.bias  # what another bias, or an integral part, has left is nothing to stand on
        self._holding, self._fallen_back = memory["holding"], memory["fallen_back"]
        self._following = self._manual or self._holding or self.ti is not None

    def _odd_time(self, time: float) -> float:
        """Return 0 for the first reading and after a gap, which begin anew; -1 for one that is no newer."""
        if self._time is not None and -self.longest_gap <= time - self._time <= 0.0:
            return -1.0
        before, self._time = self._time, time  # also when the clock behind the readings was set back by more than a gap
        if before is not None and time > before:
            self._gaps += 1
            if self._gaps == 2 and not self._holding:
                gap = f"{time - before:.6g} s"
                self.status("warning", f"readings are {gap} apart, more than longest_gap: nothing is integrated")
        return 0.0

    def _close(self) -> None:
        told, self._gaps = self._gaps > 1, 0
        if told:
            self._show()

    def _approached(self, measured: float, dt: float) -> float:
        assert self.setpoint_rate is not None
        now = measured if self._setpoint is None else self._setpoint
        step = self.setpoint_rate * dt
        self._setpoint = now + min(max(self._target - now, -step), step)
        return self._setpoint

    def _without_reading(self, msg: Message) -> Result:
        if not self._holding:
            self._holding = self._following = True
            self.latest = msg
            self._show()
            if self.fallback is not None:
                self.wait(self.fallback_after)
        return self._sent(msg, "uncertain")

    def over(self) -> None:
        """Readings have stayed bad: fall back."""
        assert self.fallback is not None
        assert self.latest is not None
        if self._manual:  # the operator's value stands; should automatic come back, the fallback comes, too
            self.wait(self.fallback_after)
            return
        self._fallen_back = True
        self._pid.output = self.fallback
        self._show()
        result = self._sent(self.latest.replace(time=self.clock.now()), "uncertain")
        for item in [result] if isinstance(result, Message) else result:
            routed = item.to("output") if isinstance(item, Message) else item
            self.emit(routed.msg, routed.port)

    def _recovered(self) -> None:
        self._holding = self._fallen_back = False
        self.cancel()
        self._show()

    def _show(self) -> None:
        if self._fallen_back and not self._manual:
            self.status("error", f"no good reading for {self.fallback_after:g} s: output at fallback {self.fallback:g}")
        elif self._holding:
            self.status("warning", "no good reading: output held")
        elif self._manual:
            self.status("busy", "manual")
        else:
            self.status("ok", "")

    def _sent(self, msg: Message, quality: Literal["good", "uncertain", "bad"]) -> Result:
        properties = msg.properties
        if "unit" in properties:
            properties = {**properties, "unit": self.output_unit}
        output = Message(self._pid.output, self.topic or msg.topic, msg.time, quality, msg.id, properties)
        if not self.terms and not self.back:
            return output
        sent: list[Message | Routed] = [output]
        if self.terms:
            parts = terms(self._pid, self._sought(), self._feedforward, self._mode())
            sent.append(output.with_payload(parts).to("terms"))
        if self.back:
            back = to_track(self._pid, self._manual or self._holding or self._tracked is not None)
            if back != self._said_back:
                self._said_back = back
                sent.append(output.with_payload(back).to("back"))
        return sent

    def _sought(self) -> float:
        return self._target if self._setpoint is None else self._setpoint

    def _mode(self) -> str:
        if self._manual:
            return "manual"
        return "fallback" if self._fallen_back else "hold" if self._holding else "auto"

"""The transform `control/autotune`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform, only_with, unit
from flowengine_nodes.control.bounds import check_bounds
from flowengine_nodes.control.relay_test import RelayTest
from flowengine_nodes.control.step_test import process_of_step
from flowengine_nodes.control.tuning import Parameters, Process, Rule, tuned_by_model, tuned_by_relay
from flowengine_nodes.signal.readings import LATE, quantity, trusted, usable
from flowengine_nodes.values.convert import shown

MOST_READINGS = 20_000

BY_MODEL = ("simc", "lambda", "cohen-coon", "cohen-coon-pi")
"""Rules that need a model of the process."""


class Autotune(Transform, type="control/autotune"):
    """Find the parameters of a PID controller by a test on the process: auto-tune it by relay or step response.

    A message to `start` begins the test around the present measurement and the output `middle` (or the number that the
    message holds). It drives the process by the port `output`, which belongs to the port `manual` of control/pid: a
    number while it tests, null when it is over, so that automatic goes on. The parameters leave by `result`, which
    belongs to the port `tune`, if they are to be used at once, or to a person who decides.

    With `relay` the output goes up and down by `amplitude` and the loop swings a little, until `cycles` swings agree
    within 10 %: that takes no knowledge of the process and stays near the working point. With `step` the output is
    changed once by `amplitude`, and after `settle` seconds the process's gain, time constant and dead time are known.

    The rules: simc (Skogestad 2003), lambda, ziegler-nichols (1942), cohen-coon (1953), tyreus-luyben (1992); with -pi
    for a controller without derivative part. After a relay test simc, lambda and cohen-coon need `process_gain`. The
    result is {"kp", "ti", "td", "rule", "ultimate" or "process", "all": what the other rules would say}.

    The test ends without result (`failed` says why) by a message to `stop`, a bad reading, a measurement outside `low`
    to `high`, or when it takes longer than `timeout`; also when the flow is started anew in between.

    Example: middle 40, amplitude 10, band 0.5 for an oven that needs 40 % to hold its temperature.
    """

    inputs = (
        Port("in", "number", "The measurement"),
        Port("start", "any", "Begin; a number: the output around which to test"),
        Port("stop", "any", "End without result"),
    )
    outputs = (
        Port("output", "any", "A number to apply during the test, null when it is over"),
        Port("result", "object", "The parameters"),
        Port("failed", "text", "Why a test gave no result"),
    )

    method: Annotated[Literal["relay", "step"], Meta(description="Let the loop swing, or change the output once")] = (
        "relay"
    )
    rule: Annotated[Rule, Meta(description="Rule that makes parameters of what is found")] = "ziegler-nichols"
    middle: Annotated[float, Meta(description="Output around which to test, if the start message holds none")] = 50.0
    amplitude: Annotated[float, Meta(description="By how much the output is changed", gt=0)] = 10.0
    output_low: Annotated[float, Meta(description="Least output")] = 0.0
    output_high: Annotated[float, Meta(description="Greatest output")] = 100.0
    action: Annotated[
        Literal["reverse", "direct"],
        Meta(description="reverse: a greater output raises the measurement (heating); direct: it lowers it (cooling)"),
    ] = "reverse"
    band: Annotated[
        float, Meta(description="Half the hysteresis; more than the noise", gt=0), only_with(method="relay")
    ] = 0.5
    cycles: Annotated[
        int, Meta(description="Swings that have to agree", ge=2, le=20), only_with(method="relay"), ADVANCED
    ] = 3
    process_gain: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="Change of the measurement per unit of output, if known"),
        only_with(method="relay"),
        ADVANCED,
    ] = None
    settle: Annotated[
        float,
        Meta(description="Time after which the answer has settled", gt=0, extra_json_schema=unit("s")),
        only_with(method="step"),
    ] = 300.0
    closed_loop: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(
            description="Time constant of the closed loop wanted, for simc and lambda; empty: the rule's own",
            extra_json_schema=unit("s"),
        ),
        ADVANCED,
    ] = None
    low: Annotated[float | None, Meta(description="The test ends below this measurement; empty: no limit")] = None
    high: Annotated[float | None, Meta(description="The test ends above this measurement; empty: no limit")] = None
    timeout: Annotated[float, Meta(description="The test ends after this time", gt=0, extra_json_schema=unit("s"))] = (
        3600.0
    )
    running: State[bool] = False
    """Whether a test is under way."""

    def __post_init__(self) -> None:
        check_bounds(self.output_low, self.output_high, "output_")
        check_bounds(self.low, self.high)
        if self.method == "relay" and self.process_gain is None and self.rule in BY_MODEL:
            raise ValueError(f"rule {self.rule} needs process_gain after a relay test, or a step test")
        if self.method == "step" and self.rule not in BY_MODEL and not self.rule.startswith("ziegler"):
            raise ValueError(f"rule {self.rule} needs a relay test: a step test tells no ultimate gain")
        self._relay: RelayTest | None = None
        self._recorded: list[tuple[float, float]] = []
        self._output = self._began = 0.0
        self._latest: Message | None = None
        self._broken_off = False

    async def start(self) -> None:
        """Give the output back if a test was under way when the flow ended."""
        if self.running:
            self.running, self._broken_off = False, True

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back whether a test was under way."""
        self.running = bool(state.get("running", False))

    def process(self, msg: Message) -> list[Routed] | None:
        """Go on with the test by a reading."""
        late = self._latest is not None and 0.0 < self._latest.time - msg.time <= LATE
        if self.running and late:
            return None
        self._latest = msg
        if self._broken_off:
            self._broken_off = False
            return self._over(msg, "the flow was started anew during the test")
        if not self.running:
            return None
        try:
            value = usable(msg.payload, msg.quality)
        except BadData:
            value = None
        if value is None:
            return self._over(msg, "a reading was bad")
        if (self.low is not None and value < self.low) or (self.high is not None and value > self.high):
            return self._over(msg, f"the measurement is {value:g}, outside its limits")
        if not 0 <= msg.time - self._began <= self.timeout:
            return self._over(msg, f"no result within {self.timeout:g} s")
        return self._relayed(msg, value) if self.method == "relay" else self._stepped(msg, value)

    def on_start(self, msg: Message) -> list[Routed]:
        """Begin a test.

        Raises:
            BadData: there is no good reading yet, one is under way, the outputs would be outside the limits, or the
                message is bad.
        """
        trusted(msg)
        if self.running:
            raise BadData("a test is under way already")
        latest = self._latest
        value = None if latest is None else usable(latest.payload, latest.quality)
        if latest is None or value is None:
            raise BadData("no good reading has come yet: the test begins at the present measurement")
        plain = isinstance(msg.payload, int | float) and not isinstance(msg.payload, bool)
        middle = quantity(msg.payload) if plain else self.middle
        least = middle - self.amplitude if self.method == "relay" else middle
        if least < self.output_low or middle + self.amplitude > self.output_high:
            raise BadData(
                f"output {shown(middle)} ± {self.amplitude:g} would leave {self.output_low:g} to {self.output_high:g}"
            )
        self.running, self._began = True, latest.time
        self._recorded = [(0.0, value)]
        if self.method == "relay":
            reverse = self.action == "reverse"
            self._relay = RelayTest(middle, self.amplitude, value, self.band, self.cycles, reverse)
            self._output = self._relay.output
        else:
            self._output = middle + self.amplitude
        self.status("busy", f"{self.method} test")
        return [latest.with_payload(self._output).to("output")]

    def on_stop(self, msg: Message) -> list[Routed] | None:
        """End a test without result."""
        return self._over(msg, "stopped") if self.running else None

    def _relayed(self, msg: Message, value: float) -> list[Routed] | None:
        relay = self._relay
        assert relay is not None
        relay.update(msg.time, value)
        ultimate = relay.ultimate
        if ultimate is None:
            if relay.output == self._output:
                return None
            self._output = relay.output
            return [msg.with_payload(self._output).to("output")]
        found: dict[str, Any] = {"ultimate": {"gain": ultimate.gain, "period": ultimate.period}}
        return self._found(msg, found, lambda rule: tuned_by_relay(rule, ultimate, self.process_gain, self.closed_loop))

    def _stepped(self, msg: Message, value: float) -> list[Routed] | None:
        since = msg.time - self._began
        if since > self._recorded[-1][0]:
            self._recorded.append((since, value))
        if since < self.settle and len(self._recorded) < MOST_READINGS:
            return None
        times, values = zip(*self._recorded, strict=True)
        try:
            process = process_of_step(times, values, self.amplitude, values[0])
        except ValueError as error:
            return self._over(msg, str(error))
        if (process.gain > 0) != (self.action == "reverse"):
            return self._over(msg, "the measurement went the other way than the option action says")
        size = Process(abs(process.gain), process.time_constant, process.dead_time)
        found = {"process": process._asdict()}
        return self._found(msg, found, lambda rule: tuned_by_model(rule, size, self.closed_loop))

    def _found(self, msg: Message, found: dict[str, Any], by: Any) -> list[Routed]:
        every: dict[str, dict[str, float | None]] = {}
        reason = ""
        for rule in get_args(Rule):
            try:
                parameters: Parameters = by(rule)
            except ValueError as error:
                reason = str(error) if rule == self.rule else reason
                continue
            every[rule] = parameters._asdict()
        if self.rule not in every:
            return self._over(msg, reason)
        result = {**every[self.rule], "rule": self.rule, **found, "all": every}
        self.running = False
        self.status("ok", f"kp {result['kp']:.4g}, ti {result['ti']:.4g} s, td {result['td']:.4g} s")
        return [msg.with_payload(result).to("result"), msg.with_payload(None).to("output")]

    def _over(self, msg: Message, reason: str) -> list[Routed]:
        self.running = False
        self.status("warning", reason)
        return [msg.with_payload(None).to("output"), msg.with_payload(reason).to("failed")]

"""Whatever is asked, sensed, done and whenever: nothing leaves the guard that lies outside the envelope."""

from __future__ import annotations

import contextlib
import math
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flowengine.errors import FlowEngineError
from flowengine.safety import acts
from flowengine.safety.guard import Guard
from flowengine.safety.limits import CREDIT
from flowengine.safety.model import MODES
from flowengine.safety.verdict import Command
from tests.engine.safety.plant import ENVELOPE

OUTPUTS = st.sampled_from([*ENVELOPE.outputs, "elsewhere"])
TARGETS = st.sampled_from([*ENVELOPE.outputs, "oven", "", "press"])
VALUES = st.one_of(
    st.floats(-10, 120), st.floats(), st.booleans(), st.sampled_from(["red", "green", "", "blue"]), st.integers()
)
TIMES = st.one_of(st.floats(0, 3), st.floats(0, 30), st.sampled_from([-3600.0, -1.0, 0.0, 1e9, 0.5]))
WRITERS = st.sampled_from(["oven-control/pid", "oven-control/other", "press/x", "anna"])


class Told:
    """What one output was told last, and for how long time has really passed since."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.elapsed = 0.0


class Always(RuleBasedStateMachine):
    """A guard in the hands of anyone, and a machine that remembers what it was told."""

    @initialize()
    def begin(self) -> None:
        self.guard = Guard(ENVELOPE)
        self.now = 1000.0
        self.told: dict[str, Told] = {}
        self.all_is_well_and_armed()

    @rule(output=st.sampled_from(["heater", "valve"]), value=st.floats(-10, 120), seconds=st.floats(0, 4))
    def a_good_writer_goes_on(self, output: str, value: float, seconds: float) -> None:
        self.time_passes_or_jumps(seconds)
        self.all_is_well()
        self.someone_commands([output], [value], "oven-control/pid", 0.0, None, False)

    @rule(output=st.sampled_from(["heater", "valve"]), moves=st.lists(st.floats(-10, 120), min_size=2, max_size=6))
    def a_good_writer_hurries(self, output: str, moves: list[float]) -> None:
        self.all_is_well_and_armed()
        for number, value in enumerate(moves):
            self.a_good_writer_goes_on(output, value, (0.1, 0.6, 1.0, 2.1, 60.0, 0.0)[number])

    @rule(seconds=TIMES)
    def time_passes_or_jumps(self, seconds: float) -> None:
        self.now += seconds
        for told in self.told.values():
            told.elapsed += max(0.0, seconds)

    @rule()
    def all_is_well(self) -> None:
        for name, value in (("temperature", 200.0), ("pressure", 1.0), ("door", False), ("button", False)):
            self.guard.sense(name, value, "good", self.now)

    @rule()
    def all_is_well_and_armed(self) -> None:
        self.all_is_well()
        acts.reset_stop(self.guard, "anna", self.now)
        acts.reset_trip(self.guard, "", "anna", self.now)
        acts.set_mode(self.guard, "", "automatic", "anna", self.now)
        acts.arm(self.guard, "", "anna", self.now)

    @rule(name=st.sampled_from([*ENVELOPE.inputs]), value=VALUES, quality=st.sampled_from(["good", "bad", "uncertain"]))
    def an_input_says_something(self, name: str, value: Any, quality: Any) -> None:
        self.guard.sense(name, value, quality, self.now)

    @rule(where=TARGETS, now=st.booleans())
    def someone_arms(self, where: str, now: bool) -> None:
        self._act(lambda: acts.arm(self.guard, where, "anna", self.now))

    @rule(where=TARGETS, mode=st.sampled_from(MODES))
    def someone_sets_a_mode(self, where: str, mode: Any) -> None:
        self._act(lambda: acts.set_mode(self.guard, where, mode, "anna", self.now))

    @rule(where=TARGETS, what=st.sampled_from(["disarm", "stop", "trip", "reset stop", "reset trip", "nobody resets"]))
    def someone_acts(self, where: str, what: str) -> None:
        stopped = bool(self.guard.stops)
        if what == "disarm":
            self._act(lambda: acts.disarm(self.guard, where, "anna"))
        elif what == "stop":
            self.guard.stop("smoke", "anna")
        elif what == "trip" and where in ENVELOPE.outputs:
            self.guard.trip(where, "sparks")
        elif what == "reset stop":
            self._act(lambda: acts.reset_stop(self.guard, "anna", self.now))
        elif what == "reset trip":
            self._act(lambda: acts.reset_trip(self.guard, where, "anna", self.now))
        elif what == "nobody resets":
            self._act(lambda: acts.reset_stop(self.guard, "", self.now))
            assert bool(self.guard.stops) is stopped

    @rule(
        outputs=st.lists(OUTPUTS, min_size=1, max_size=3),
        values=st.lists(VALUES, min_size=3, max_size=3),
        writer=WRITERS,
        age=st.one_of(st.just(0.0), st.floats(-2, 9)),
        fence=st.one_of(st.none(), st.integers(0, 3)),
        operator=st.booleans(),
    )
    def someone_commands(
        self, outputs: list[str], values: list[Any], writer: str, age: float, fence: int | None, operator: bool
    ) -> None:
        known = ENVELOPE.outputs
        commands = [
            Command(known[name].address if name in known else name, value, writer, "", age, fence, operator)
            for name, value in zip(outputs, values, strict=False)
        ]
        stood = {name: (one.armed, one.mode, list(one.trips)) for name, one in self.guard.standing.items()}
        verdicts = self.guard.decide(commands, self.now)
        assert len({verdict.writes for verdict in verdicts}) == 1
        if not verdicts[0].writes:
            assert all(verdict.reason for verdict in verdicts)
            return
        assert not self.guard.stops
        for name, verdict in zip(outputs, verdicts, strict=False):
            armed, mode, trips = stood[name]
            assert armed
            assert not trips
            assert mode == ("manual" if operator else "automatic")
            self._leaves(name, verdict.value)

    @rule(reaches=st.booleans())
    def the_guard_looks(self, reaches: bool) -> None:
        for write in self.guard.scan(self.now):
            assert write.value == ENVELOPE.outputs[write.output].safe
            if reaches:
                self.guard.made_safe(write.output, self.now)
                self.told[write.output] = Told(write.value)

    @rule()
    def the_process_ends_and_begins(self) -> None:
        state, stops = self.guard.state(), list(self.guard.stops)
        fences = {name: one.lease.fence for name, one in self.guard.standing.items()}
        self.guard = Guard(ENVELOPE, state)
        self.told.clear()  # a new guard knows what the machine shows, not what it was told
        assert self.guard.stops == stops
        assert not any(one.armed for one in self.guard.standing.values())
        assert {name: one.lease.fence for name, one in self.guard.standing.items()} == fences

    @invariant()
    def what_is_stopped_or_tripped_is_not_armed(self) -> None:
        if hasattr(self, "guard"):
            for standing in self.guard.standing.values():
                assert not (standing.armed and (self.guard.stops or standing.trips))

    def _leaves(self, name: str, value: Any) -> None:
        output, before = ENVELOPE.outputs[name], self.told.get(name)
        if output.low is not None and output.high is not None:
            assert not isinstance(value, bool | str)
            assert math.isfinite(value)
            assert output.low <= value <= output.high
        else:
            assert any(type(value) is type(one) and value == one for one in output.values)
        if before is not None:
            assert before.elapsed >= output.interval - 1e-6
            if output.rate is not None:
                most = output.rate * min(before.elapsed, max(CREDIT, output.interval))
                assert abs(value - before.value) <= most + 1e-5
        self.told[name] = Told(value)

    def _act(self, act: Any) -> None:
        with contextlib.suppress(FlowEngineError):
            act()


TestAlways = Always.TestCase
TestAlways.settings = settings(max_examples=100, stateful_step_count=30)

"""Runs one test: a flow with its stand-ins, from its start to its end, in virtual time."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from flowengine.clock import VIRTUAL_EPOCH, VirtualClock, real_time_limit
from flowengine.errors import FlowEngineError
from flowengine.flow.plan import PlannedWire
from flowengine.message import Message
from flowengine.node import Node, Source
from flowengine.options import build
from flowengine.rehearse.file import Case, last_moment
from flowengine.rehearse.judgement import Unmet, judge_case
from flowengine.rehearse.places import Places
from flowengine.rehearse.process import Process
from flowengine.rehearse.record import FailedMessage, Record
from flowengine.rehearse.sense import start_of
from flowengine.rehearse.shape import Plant
from flowengine.rehearse.stage_set import StageSet, set_up
from flowengine.rehearse.stand_in import Answering, Catcher, Script, Silent
from flowengine.rehearse.timeline import Event, Give, Timeline, feed_events, plant_events
from flowengine.runtime.engine import Engine
from flowengine.runtime.live import LiveFlow
from flowengine.runtime.wiring import Tap

LONGEST: Final = 60.0
"""Seconds of real time that a test may take."""

MOST_LOGGED: Final = 20
"""Lines of the log kept of a test."""


@dataclass
class Outcome:
    """What became of one test."""

    case: Case
    unmet: list[Unmet] = field(default_factory=list)
    error: str = ""
    """Why the test could not be run to its end."""
    seconds: float = 0.0
    """Real time."""
    flow_seconds: float = 0.0
    """Virtual time."""
    passed_wires: set[PlannedWire] = field(default_factory=set)
    reached_nodes: set[str] = field(default_factory=set)
    log: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.unmet and not self.error and not self.case.test.skip


def rehearse(case: Case, places: Places, longest: float = LONGEST) -> Outcome:
    """Run one test that makes sense for its flow."""
    outcome = Outcome(case)
    if case.test.skip:
        return outcome
    epoch = start_of(case)
    clock = VirtualClock(VIRTUAL_EPOCH if epoch is None else epoch)
    begin = time.perf_counter()
    try:
        with _logged(outcome.log):
            clock.run(_Rehearsal(case, places, clock, outcome).run(longest))
    except FlowEngineError as error:
        outcome.error = str(error)
    except TimeoutError:
        outcome.error = (
            f"not finished after {longest:g} s of real time, at {clock.elapsed:g} s of {last_moment(case):g} s"
        )
    outcome.seconds = time.perf_counter() - begin
    outcome.flow_seconds = last_moment(case)
    return outcome


class _Rehearsal:
    def __init__(self, case: Case, places: Places, clock: VirtualClock, outcome: Outcome) -> None:
        self.case = case
        self.places = places
        self.clock = clock
        self.outcome = outcome
        self.record = Record()
        self.duration = last_moment(case)
        self.begin = 0.0
        self.processes = [(plant, Process(plant)) for _, plant in case.plants]

    def now(self) -> float:
        """Seconds since the test began."""
        return self.clock.elapsed - self.begin

    async def run(self, longest: float) -> None:
        """Start the flow, let the time pass, look at what came."""
        with real_time_limit(longest):
            await self._run()

    async def _run(self) -> None:
        stage = set_up(self.case, self.places)
        engine = Engine(self.clock, environment={}, on_failure=self._failed)
        try:
            await engine.deploy(stage.plan, self._taps(stage))
            self.begin = self.clock.elapsed
            live = engine.flows[stage.plan.name]
            self._brief(live)
            timeline = Timeline(self.clock, self._rows(live))
            timeline.go_on()
            await self.clock.advance(self.duration)
            self.record.closed = True
            if timeline.error is not None:
                self.outcome.error = str(timeline.error) or type(timeline.error).__name__
            self._cover(live, stage)
        finally:
            self.record.closed = True
            self.clock.horizon = float("inf")
            await engine.stop(drain=1.0)
            engine.dead_letters.close()
        if not self.outcome.error:
            self.outcome.unmet = judge_case(self.case, self.places, self.record)

    def _taps(self, stage: StageSet) -> dict[str, Tap]:
        taps: dict[str, Tap] = {}
        for place in stage.watched:
            self.record.watch(place)
        for recorder, place in stage.recorders.items():
            taps[recorder] = self.record.tap_output(place, self.now)
        seen = self.record.tap(self.now)
        taps.update({node: seen for node, port in stage.watched if not port.startswith(">")})
        for plant, process in self.processes:
            node, port = self.places.input(plant.input)
            taps[node] = self._drive(plant, process, port, taps.get(node))
        return taps

    def _drive(self, plant: Plant, process: Process, wanted: str, also: Tap | None) -> Tap:
        """Return the tap that drives a simulated process with what comes to its input."""
        plain = plant.property == "payload"

        def seen(node: str, port: str, msg: Message) -> None:
            if also is not None:
                also(node, port, msg)
            if port != wanted:
                return
            value = msg.payload if plain else msg.get(plant.property)
            if isinstance(value, int | float):
                process.drive(self.now(), float(value))
            elif not self.outcome.error:
                self.outcome.error = (
                    f"the simulated process needs a number at {plant.input}; {plant.property} was {value!r:.60}"
                )

        return seen

    def _brief(self, live: LiveFlow) -> None:
        """Give the stand-ins what they need to know."""
        for name, (_, answers) in self.case.answers.items():
            node = live.nodes[name]
            assert isinstance(node, Catcher | Answering)
            node.script = Script(answers)
        for press in self.case.test.press:
            node = live.nodes[press.node]
            if isinstance(node, Silent) and node.original is None:
                node.original = self._button(press.node, node)

    def _button(self, name: str, stand_in: Node) -> Source:
        """Return a source that is asked for nothing but what its button sends."""
        planned = self.places.plan.nodes[name]
        source = build(planned.cls, planned.options)
        assert isinstance(source, Source)
        source._host = stand_in._host  # type: ignore[misc]  # declared for the class
        return source

    def _rows(self, live: LiveFlow) -> list[Iterator[Event]]:
        """Return everything that the test brings; readings of processes come first."""
        rows: list[Iterator[Event]] = []
        for plant, process in self.processes:
            rows.append(plant_events(plant, process, self._giver(live, plant.output), self.duration))
        for _, feed in self.case.feed:
            rows.append(feed_events(feed, self._giver(live, feed.node), self.duration))
        for press in sorted(self.case.test.press, key=lambda press: press.at):
            rows.append(iter([(press.at, partial(live.give, press.node, None))]))
        return rows

    def _giver(self, live: LiveFlow, place: str) -> Give:
        node, port = self.places.entrance(place)
        give = live.parts[node].give
        return lambda msg: give(node, msg, port)

    def _failed(self, flow: str, node: str, error: Exception, msg: Message | None) -> None:
        if not self.record.closed:
            name, kind = self.places.shown(node), type(error).__name__
            self.record.failures.append(FailedMessage(self.now(), name, kind, str(error) or kind, msg))

    def _cover(self, live: LiveFlow, stage: StageSet) -> None:
        passed = {wire for wire, number in live.passed().items() if number}
        self.outcome.passed_wires = {wire for wire in passed if wire.target not in stage.recorders}
        self.outcome.reached_nodes = {
            name for name, seen in live.snapshot().items() if seen["received"] or seen["sent"]
        } - stage.recorders.keys()


class _Keeping(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self.lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        if len(self.lines) < MOST_LOGGED:
            self.lines.append(f"{record.levelname.lower()}: {record.getMessage()}")


@contextlib.contextmanager
def _logged(lines: list[str]) -> Iterator[None]:
    """Keep the log of a test with the test instead of printing it between the results."""
    log = logging.getLogger("flowengine")
    handler, before = _Keeping(lines), log.propagate
    log.addHandler(handler)
    log.propagate = False
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.propagate = before

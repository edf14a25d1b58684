"""control/program: ramp and soak, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message, Routed
from flowengine.clock import VirtualClock
from flowengine.testing import RecordingHost, running
from flowengine_nodes.control.program import Program, Segment

CURING = [Segment(to=100, rate=60, hold=20), Segment(to=40, ramp=30)]


class Bench:
    """A program under way."""

    def __init__(self, **options: Any) -> None:
        self.clock = VirtualClock()
        self.node = Program(**{"segments": CURING, "begin": 40.0, **options})
        self.sent: list[tuple[float, str, Any]] = []

    def run(self, steps: list[tuple[float, str, Any]], until: float) -> Bench:
        async def main() -> None:
            async with running(self.node, self.clock) as host:
                begin, seen = self.clock.monotonic(), [0]
                for at, port, payload in [*steps, (until, "", None)]:
                    await self.clock.sleep(max(0.0, at - (self.clock.monotonic() - begin)) + 1e-4)
                    self.collect(host, seen, begin)
                    if port == "in":
                        self.node.process(Message(payload))
                    elif port:
                        self.keep(self.node.on_control(Message(payload)), begin)

        self.clock.run(main())
        return self

    def collect(self, host: RecordingHost, seen: list[int], begin: float) -> None:
        self.keep(host.emitted[seen[0] :], begin)
        seen[0] = len(host.emitted)

    def keep(self, items: list[Routed], begin: float) -> None:
        for port, msg in items:
            self.sent.append((round(msg.time - self.clock.epoch - begin, 2), port, msg.payload))

    def setpoints(self) -> dict[float, float]:
        return {round(at): value for at, port, value in self.sent if port == "out"}

    def events(self) -> list[tuple[int, str]]:
        return [(value["segment"], value["phase"]) for _, port, value in self.sent if port == "event"]


def test_the_setpoint_goes_along_ramps_and_soaks() -> None:
    bench = Bench().run([(0, "control", "start")], 130)
    found = bench.setpoints()
    assert [found[t] for t in (0, 10, 60, 70, 80, 95, 110)] == pytest.approx([40, 50, 100, 100, 100, 70, 40])
    assert max(found) == 110
    assert bench.events() == [(1, "ramp"), (1, "soak"), (2, "ramp"), (2, "done")]


def test_time_passes_only_while_the_process_follows() -> None:
    steps: list[tuple[float, str, Any]] = [(0, "in", 40.0), (0, "control", "start"), (30, "in", 48.0), (45, "in", None)]
    bench = Bench(tolerance=5.0, begin=None).run(steps, 61)
    found = bench.setpoints()
    assert found[20] == pytest.approx(46)  # more than 5 ahead of 40: it waits
    assert found[33] == pytest.approx(50)
    assert found[44] == pytest.approx(54)
    assert found[50] == found[59] == pytest.approx(54)  # no good measurement: it waits
    assert len(found) > 50


def test_hold_go_skip_and_stop() -> None:
    steps = [(0, "control", "start"), (10, "control", "hold"), (30, "control", "go"), (40, "control", "skip")]
    bench = Bench(at_end=20.0).run([*steps, (45, "control", "stop")], 60)
    found = bench.setpoints()
    assert found[30] == pytest.approx(50)
    assert found[39] == pytest.approx(59)
    assert found[41] == 100
    assert (max(found), found[45]) == (45, 20.0)
    assert bench.events() == [(1, "ramp"), (1, "hold"), (1, "go"), (1, "soak"), (1, "stopped")]


def test_it_runs_several_times_and_steps_without_a_ramp() -> None:
    bench = Bench(segments=[Segment(to=10, hold=5), Segment(to=20, hold=5)], repeat=2).run(
        [(0, "control", "start")], 40
    )
    found = bench.setpoints()
    assert [found[t] for t in (1, 6, 11, 16, 20)] == [10, 20, 10, 20, 20]
    assert bench.events()[-1] == (2, "done")


def test_words_that_do_not_fit_are_refused() -> None:
    for word, reason in (("go", "no program is running"), ("faster", "not known")):
        with pytest.raises(BadData, match=reason):
            Bench().run([(0, "control", word)], 1)
    with pytest.raises(BadData, match="no good measurement"):
        Bench(begin=None).run([(0, "control", "start")], 1)


@pytest.mark.parametrize(("after", "value"), [("go", 55.0), ("hold", 50.0)])
def test_after_a_restart_it_goes_on_where_it_was_or_waits(after: Any, value: float) -> None:
    first = Bench().run([(0, "control", "start")], 10)
    again = Bench(after_restart=after)
    again.node.restore(first.node.state())
    assert again.run([], 5).setpoints()[5] == pytest.approx(value)


def test_a_ramp_that_a_deploy_changes_goes_on_from_where_the_setpoint_is() -> None:
    first = Bench(segments=[Segment(to=100, rate=60)]).run([(0, "control", "start")], 30)
    slower = Bench(segments=[Segment(to=100, rate=6)])
    slower.node.restore(first.node.state())
    found = slower.run([], 11).setpoints()
    assert [found[1], found[10]] == pytest.approx([70.1, 71])


def test_what_stood_still_makes_no_jump() -> None:
    bench = Bench(segments=[Segment(to=100, rate=60)])

    async def main() -> float:
        async with running(bench.node, bench.clock):
            bench.node.on_control(Message("start"))
            await bench.clock.sleep(10.5)
            bench.node._ticked -= 600  # as if the process had been stopped meanwhile
            await bench.clock.sleep(1)
            return bench.node._setpoint()

    assert bench.clock.run(main()) == pytest.approx(52)

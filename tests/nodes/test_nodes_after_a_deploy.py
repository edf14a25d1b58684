"""A node that takes the place of one with other options goes on with what fits, or says that nothing does."""

from __future__ import annotations

import copy

import pytest

from flowengine.clock import VirtualClock
from flowengine.testing import RecordingHost
from flowengine_nodes import Anomaly, ArForecast, ControlChart, Forecast, MovingAverage, Program, Window
from flowengine_nodes.control.program import Segment
from tests.nodes.crashing import NUMBERS, Make, begun, readings, take

GOES_ON: dict[str, tuple[Make, Make]] = {
    "a chart with other rules": (
        lambda: ControlChart(baseline=5),
        lambda: ControlChart(baseline=9, rules=["nelson-1"]),
    ),
    "robust scores of fewer readings": (lambda: Anomaly(count=30, least=5), lambda: Anomaly(count=5, least=5)),
    "a forecast of another order": (lambda: ArForecast(order=4, window=20), lambda: ArForecast(order=2, window=20)),
    "a forecast of changes": (lambda: ArForecast(window=20), lambda: ArForecast(window=20, changes=True)),
    "another horizon": (lambda: Forecast(horizon=3), lambda: Forecast(horizon=9)),
    "a shorter window": (lambda: Window(shape="sliding", count=9), lambda: Window(shape="sliding", count=3)),
}
BEGINS_ANEW: dict[str, tuple[Make, Make]] = {
    "another chart": (lambda: ControlChart(baseline=5), lambda: ControlChart(chart="ewma", baseline=5)),
    "counts": (lambda: ControlChart(chart="c", baseline=5), lambda: ControlChart(baseline=5)),
    "the other method": (lambda: Anomaly(method="ewma"), Anomaly),
    "the other method the other way round": (Anomaly, lambda: Anomaly(method="ewma")),
    "another season": (lambda: Forecast(season=2), lambda: Forecast(season=3)),
    "windows of another shape": (lambda: Window(shape="sliding", count=9), lambda: Window(seconds=3)),
    "a window by time": (MovingAverage, lambda: MovingAverage(by="time")),
}
INPUTS = readings(NUMBERS * 4)


async def after(host: RecordingHost, before: Make, make: Make) -> None:
    """Run one node, have the other take its place, and give that readings, too."""
    old = await begun(before, RecordingHost(host.clock), None)
    for msg in INPUTS[:30]:
        take(RecordingHost(host.clock), old, msg)
    kept = copy.deepcopy(old.state())
    await old.stop()
    new = await begun(make, host, kept)
    for msg in INPUTS[30:]:
        take(host, new, msg)
    await new.stop()


@pytest.mark.parametrize("name", GOES_ON)
def test_a_node_goes_on_with_what_fits(name: str) -> None:
    clock = VirtualClock()
    host = RecordingHost(clock)
    clock.run(after(host, *GOES_ON[name]))
    assert host.emitted
    assert not host.failures


@pytest.mark.parametrize("name", BEGINS_ANEW)
def test_a_node_takes_nothing_of_what_does_not_fit(name: str) -> None:
    before, make = BEGINS_ANEW[name]
    new = make()
    clock = VirtualClock()
    with pytest.raises(ValueError, match=r"other|are of a chart|in common"):
        clock.run(after(RecordingHost(clock), before, lambda: new))
    assert new.state() == make().state()


def test_a_shorter_window_is_that_of_a_node_that_always_had_it() -> None:
    clock = VirtualClock()
    host = RecordingHost(clock)
    clock.run(after(host, *GOES_ON["a shorter window"]))
    assert {routed.msg.payload["count"] for routed in host.emitted} == {3}


def test_a_program_without_the_segment_that_ran_holds_the_last_one() -> None:
    clock = VirtualClock()

    async def main() -> None:
        long = await begun(
            lambda: Program(begin=0.0, segments=[Segment(to=float(n), hold=5) for n in range(6)]), host, None
        )
        take(host, long, INPUTS[0])
        assert isinstance(long, Program)
        long.on_control(INPUTS[0].with_payload("start"))
        await clock.sleep(22)
        kept = long.state()
        await long.stop()
        host.emitted.clear()
        short = await begun(lambda: Program(begin=0.0, segments=[Segment(to=7.0, hold=5)]), host, kept)
        await clock.sleep(20)
        assert (short.state()["segment"], short.state()["held"]) == (0, True)
        await short.stop()

    host = RecordingHost(clock)
    clock.run(main())
    assert {routed.msg.payload for routed in host.emitted if routed.port == "out"} == {7.0}

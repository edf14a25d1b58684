"""What a learned correction does when it is changed, restarted, told something else, or told nothing any more."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message, Routed
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.control.arx_trim import ArxTrim
from flowengine_nodes.control.learned_correction import LearnedCorrection
from flowengine_nodes.control.learned_trim import LearnedTrim
from tests.nodes.control.trim_bench import Bench


def bench_of(seed: int, scans: int = 400, kind: type[LearnedCorrection] = LearnedTrim, **options: Any) -> Bench:
    """Return a bench that has run for so many scans."""
    known = {"slope": 0.05, "time_constant": 40} if kind is LearnedTrim else {}
    bench = Bench(kind, seed, **known, **options)
    for _ in range(scans):
        bench.scan()
    return bench


def acting(seed: int, scans: int = 100, kind: type[LearnedCorrection] = LearnedTrim) -> Bench:
    """Return a bench whose correction has been acting for so many scans, and helps now."""
    bench = bench_of(seed, kind=kind)
    bench.node.on_mode(Message("automatic"))
    for _ in range(scans):
        bench.scan()
    while bench.node._sent == [0.0, 50.0]:
        bench.scan()
    assert bench.node._now == "automatic"
    return bench


def reports(sent: list[Any]) -> list[dict[str, Any]]:
    return [item.msg.payload for item in sent if isinstance(item, Routed) and item.port == "report"]


@pytest.mark.parametrize("kind", [LearnedTrim, ArxTrim])
def test_another_setpoint_is_no_drift_no_worse_control_and_no_part_of_what_was_saved(
    kind: type[LearnedCorrection],
) -> None:
    bench = acting(3, kind=kind)
    watch = bench.node._watch
    saved = watch.savings()["saved"] or 0.0
    bench.node.on_setpoint(Message(90.0))
    for _ in range(200):
        bench.scan()
    assert bench.node._now == "automatic"
    assert bench.y == pytest.approx(90, abs=5)
    assert (watch.savings()["saved"] or 0.0) >= saved - 0.05


def test_in_shadow_the_way_to_another_setpoint_is_no_error_of_the_plain_controller() -> None:
    one, other = bench_of(3), bench_of(3)
    other.node.on_setpoint(Message(90.0))
    for bench in (one, other):
        for _ in range(200):
            bench.scan()
    assert other.y == pytest.approx(90, abs=5)
    assert other.node._watch.plain == pytest.approx(one.node._watch.plain, rel=0.2)


def test_in_shadow_another_setpoint_reaches_the_controller_as_if_there_were_no_correction() -> None:
    bench = bench_of(1, 50)
    bench.node.on_setpoint(Message(60.0))
    sent = [item for item in bench.node.process(Message(bench.y, time=bench.time + 1)) if isinstance(item, Routed)]
    assert [(item.port, item.msg.payload, item.msg.properties) for item in sent] == [("setpoint", 60.0, {})]


@pytest.mark.parametrize("kind", [LearnedTrim, ArxTrim])
def test_what_helped_before_a_restart_is_taken_back_after_it_without_a_bump(kind: type[LearnedCorrection]) -> None:
    bench = acting(2, kind=kind)
    kept, output = bench.node.state(), bench.output
    assert bench.pid._feedforward != 0
    bench.restarted(kept)
    bench.scan()
    assert (bench.pid._feedforward, bench.pid._target) == (0.0, 50.0)
    assert bench.output == pytest.approx(output)
    assert bench.node._now == "shadow"


def test_a_setpoint_that_was_edited_in_the_flow_counts_after_a_restart() -> None:
    bench = bench_of(2, 50)
    bench.node.on_setpoint(Message(55.0))
    kept = bench.node.state()
    again, edited = bench_of(2, 0).node, bench_of(2, 0, setpoint=40).node
    again.restore(kept)
    edited.restore(kept)
    assert (again._target, edited._target) == (55.0, 40)


def test_what_was_learned_of_other_disturbances_is_not_taken_for_these() -> None:
    kept = bench_of(5, 300).node.state()
    other = LearnedTrim(disturbances=["door"], dead_time=2, slope=0.05, time_constant=40)
    other.restore(kept)
    assert other._model.effects() == [0.0]
    assert other._watch.plain is None


def test_a_disturbance_that_is_no_number_is_not_good_whatever_it_was_before() -> None:
    bench = acting(4)
    with pytest.raises(BadData, match="broken wire"):
        bench.node.on_disturbance(Message("broken wire", topic="load", time=bench.time))
    bench.deaf = True
    bench.scan()
    assert (bench.node._now, bench.node._sent) == ("shadow", [0.0, 50.0])


def test_an_output_that_is_no_number_is_none() -> None:
    bench = acting(4)
    with pytest.raises(BadData, match="is not a number"):
        bench.node.on_output(Message("?", time=bench.time))
    bench.scan()
    assert (bench.node._now, bench.node._sent) == ("shadow", [0.0, 50.0])


def test_it_leaves_when_no_reading_comes_any_more_although_there_is_none_to_leave_at() -> None:
    bench, clock = acting(6), VirtualClock()

    async def main() -> list[tuple[str, Any]]:
        async with running(bench.node, clock) as host:
            bench.scan()
            await clock.sleep(2.9)
            assert (bench.node._now, host.emitted) == ("automatic", [])
            await clock.sleep(0.2)
            assert host.statuses[-1].text == "not automatic: no reading for 3 s"
            return [(item.port, item.msg.payload) for item in host.emitted]

    report, *handed_over = clock.run(main())
    assert report[0] == "report"
    assert report[1]["reason"] == "no reading for 3 s"
    assert handed_over == [("trim", 0.0), ("setpoint", 50.0)]


def test_off_it_learns_nothing() -> None:
    bench = bench_of(7, 300, mode="off")
    assert bench.node._model.squares.weight == 0
    assert bench.node._watch.plain is None


def test_asked_for_when_it_cannot_act_it_says_so_and_acts_with_the_next_good_reading() -> None:
    bench = bench_of(8)
    bench.fault("bad")
    (report,) = reports(bench.node.on_mode(Message("automatic")))
    assert (report["mode"], report["reason"]) == ("shadow", "asked for, begins with the next good reading")
    bench.fault("uncertain")
    assert str(bench.node._now) == "shadow"
    bench.scan()  # goes on after the gap
    bench.scan()
    assert str(bench.node._now) == "automatic"
    bench.fault("bad")
    for _ in range(100):
        bench.scan()
    assert str(bench.node._now) == "shadow", "nobody has asked for it again"


def test_asked_for_again_it_goes_on() -> None:
    bench = acting(2)
    sent = bench.node._sent
    assert [item.port for item in bench.node.on_mode(Message("automatic"))] == ["report"]
    assert bench.node._sent == sent


def test_automatic_at_first_it_acts_once_it_has_measured_a_window_of_the_plain_controller() -> None:
    bench = bench_of(9, 58, mode="automatic")
    assert bench.node._now == "shadow"
    for _ in range(3):
        bench.scan()
    assert str(bench.node._now) == "automatic"


def test_a_process_without_any_noise_is_not_judged_by_its_first_deviation() -> None:
    node = LearnedTrim(disturbances=["load"], dead_time=2, slope=0.05, setpoint=50)
    for scan in range(100):
        node.on_disturbance(Message(0.0, topic="load", time=scan))
        node.on_output(Message(0.0, time=scan))
        node.process(Message(50.0, time=scan))
    node.on_mode(Message("automatic"))
    node.on_output(Message(0.0, time=100))
    node.process(Message(50.5, time=100))
    assert node._now == "automatic"

"""control/bang-bang: on and off, with minimum times."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import messages_of, outputs_of, running
from flowengine_nodes.control.bang_bang import BangBang
from tests.nodes.crashing import replaced
from tests.nodes.test_clock_jumps import HOUR, SettableClock


def test_heating_is_on_below_and_cooling_above() -> None:
    assert outputs_of(BangBang(setpoint=20, hysteresis=2, send="always"), 20, 19, 20.5, 21, 19.5, every=1) == [
        *(False, True, True, False, False)
    ]
    assert outputs_of(BangBang(setpoint=20, hysteresis=2, action="cooling"), 20, 21, 19, every=1) == [
        *(False, True, False)
    ]


def test_it_waits_for_the_minimum_time_and_decides_then_by_the_newest_reading() -> None:
    node = BangBang(setpoint=20, hysteresis=2, minimum_on=10)
    found = messages_of(node, 15, 25, 25, every=1, seconds=20)
    assert [r.msg.payload for r in found] == [True, False]
    assert found[1].msg.time - found[0].msg.time == 10
    assert outputs_of(BangBang(setpoint=20, hysteresis=2, minimum_on=10), 15, 25, 15, every=1, seconds=20) == [True]


def test_after_the_start_it_stays_off_for_the_minimum_time() -> None:
    found = messages_of(BangBang(setpoint=20, minimum_off=5), 10, every=1, seconds=10)
    assert [r.msg.payload for r in found] == [False, True]


@settings(max_examples=30)
@given(st.lists(st.floats(10, 30), min_size=1, max_size=60), st.integers(0, 8), st.integers(0, 8))
def test_no_time_is_ever_shorter_than_its_minimum(values: list[float], on: int, off: int) -> None:
    node = BangBang(setpoint=20, hysteresis=2, minimum_on=float(on), minimum_off=float(off))
    found = [(r.msg.time, r.msg.payload) for r in messages_of(node, *values, every=1, seconds=30)]
    for (begin, state), (end, _) in pairwise(found):
        assert end - begin >= (on if state else off) - 1e-6


def test_bad_readings_hold_and_then_fall_back() -> None:
    bad = Message(None, quality="bad")
    node = BangBang(setpoint=20, fallback_after=2, minimum_on=1000)
    found = [(r.msg.payload, r.msg.quality) for r in messages_of(node, 10, bad, bad, bad, bad, 10, every=1)]
    assert found == [(True, "good"), (True, "uncertain"), (False, "uncertain"), (True, "good")]


def test_the_setpoint_can_be_changed_and_is_kept() -> None:
    node = BangBang(setpoint=20)
    node.on_setpoint(Message(5))
    assert outputs_of(node, 10) == [False]
    state: Any = node.state()
    again = BangBang(setpoint=20)
    again.restore(state)
    assert outputs_of(again, 4) == [True]


def test_a_late_reading_shortens_no_minimum_time_and_is_no_reason_to_switch() -> None:
    node, clock = BangBang(setpoint=4, hysteresis=2, action="cooling", minimum_off=300), VirtualClock()

    async def main() -> None:
        async with running(node, clock) as host:
            for seconds, value, late in ((0, 3, 0), (1, 9, 0), (2, 9, 400), (3, 9, 0), (200, 9, 3600), (201, 9, 0)):
                await clock.sleep(seconds - clock.monotonic())
                node.process(Message(value, time=clock.now() - late))
            with pytest.raises(BadData, match="late"):
                node.process(Message(3, time=clock.now() - 30))
            await clock.sleep(98)
            assert not host.emitted
            await clock.sleep(2)
            assert [routed.msg.payload for routed in host.emitted] == [True]

    clock.run(main())


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_minimum_times_are_kept_whatever_the_computers_clock_is_set_to(jump: float) -> None:
    node, clock = BangBang(setpoint=4, hysteresis=2, action="cooling", minimum_off=300), SettableClock()

    async def main() -> list[float]:
        async with running(node, clock) as host:
            for second in range(400):
                node.process(Message(9, time=clock.now()))
                if host.emitted:
                    break
                await clock.sleep(1)
                clock.offset = jump if second > 100 else 0.0
            return [clock.monotonic()]

    assert clock.run(main()) == pytest.approx([300], abs=1.1)


def test_after_one_bad_reading_it_falls_back_though_no_more_come_also_over_a_restart() -> None:
    def sent(until: float) -> list[Any]:
        first, again = BangBang(setpoint=20, fallback_after=10), BangBang(setpoint=20, fallback_after=10)
        found = replaced(first, [10, Message(None, quality="bad")], again, at=5, until=until)
        return [(routed.msg.payload, routed.msg.quality) for routed in found]

    assert [sent(9.9), sent(10.1)] == [[], [(False, "uncertain")]]

"""control/bang-bang: on and off, with minimum times."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import Message
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.control.bang_bang import BangBang


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

"""Alarms by ISA-18.2: states, delays, dead bands, shelves, floods."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from flowengine.errors import FlowEngineError, NotAllowed, NotFound, TooLarge
from flowengine.safety import alarms as module
from flowengine.safety.alarms import Alarm, Alarms, Change


class Board:
    """One alarm called a, and all that happened."""

    def __init__(self, **fields: Any) -> None:
        self.changes: list[Change] = []
        self.alarms = Alarms(self.changes.append)
        self.alarms.declare(Alarm("a", **fields))

    @property
    def state(self) -> str:
        return self.alarms.known["a"].state

    def happened(self) -> list[str]:
        return [change.what for change in self.changes]


def test_an_alarm_is_active_seen_and_over() -> None:
    board = Board()
    board.alarms.update("a", True, 0)
    assert board.state == "unacknowledged"
    board.alarms.acknowledge("a", "anna")
    assert board.state == "acknowledged"
    board.alarms.update("a", False, 1)
    assert board.state == "normal"
    assert board.happened() == ["active", "acknowledged", "normal"]
    assert board.changes[1].by == "anna"


def test_an_alarm_that_is_over_unseen_waits_to_be_seen_and_may_come_again() -> None:
    board = Board()
    board.alarms.update("a", True, 0)
    board.alarms.update("a", False, 1)
    assert board.state == "returned"
    board.alarms.update("a", True, 2)
    assert board.state == "unacknowledged"
    board.alarms.update("a", False, 3)
    board.alarms.acknowledge("a", "anna")
    assert board.state == "normal"
    assert board.alarms.known["a"].count == 2


@pytest.mark.parametrize("seen_first", [True, False])
def test_a_latching_alarm_stays_until_it_is_over_seen_and_reset(seen_first: bool) -> None:
    board = Board(latching=True)
    board.alarms.update("a", True, 0)
    if seen_first:
        board.alarms.acknowledge("a", "anna")
    with pytest.raises(NotAllowed, match="to be reset"):
        board.alarms.reset("a", "anna")
    board.alarms.update("a", False, 1)
    if not seen_first:
        assert board.state == "latched"
        board.alarms.acknowledge("a", "anna")
    assert board.state == "latched-acknowledged"
    board.alarms.reset("a", "anna")
    assert board.state == "normal"


def test_there_is_nothing_to_acknowledge_twice() -> None:
    board = Board()
    with pytest.raises(NotAllowed, match="'a' is normal: there is nothing to acknowledge"):
        board.alarms.acknowledge("a", "anna")


def test_delays_keep_what_is_short_from_ringing_and_from_being_over() -> None:
    board = Board(on_delay=2, off_delay=5)
    board.alarms.update("a", True, 0)
    board.alarms.update("a", False, 1)
    board.alarms.tick(10)
    assert board.happened() == []
    board.alarms.update("a", True, 20)
    board.alarms.tick(21.9)
    assert board.state == "normal"
    board.alarms.tick(22)
    assert board.state == "unacknowledged"
    board.alarms.update("a", False, 30)
    board.alarms.tick(34.9)
    assert board.state == "unacknowledged"
    board.alarms.tick(35)
    assert board.state == "returned"


def test_a_dead_band_keeps_a_value_at_the_limit_from_ringing_again_and_again() -> None:
    board = Board(high=100, low=10, dead_band=5)
    for now, value in enumerate((50, 101, 99, 101, 96, 95, 9, 11, 14, 15, math.nan)):
        board.alarms.measure("a", value, now)
    assert board.happened() == ["active", "returned", "active", "returned", "active"]


def test_a_shelved_alarm_does_not_ring_and_comes_back_by_itself_as_it_is() -> None:
    board = Board()
    board.alarms.shelve("a", 60, "sensor is being changed", "anna", 0)
    board.alarms.update("a", True, 1)
    assert board.alarms.listed() == []
    assert [one.reason for one in board.alarms.aside()] == ["sensor is being changed"]
    board.alarms.tick(59)
    assert board.alarms.listed() == []
    board.alarms.tick(60)
    assert [one.alarm.name for one in board.alarms.listed()] == ["a"]
    assert board.happened() == ["shelved", "active", "no longer shelved"]


@pytest.mark.parametrize(("seconds", "reason"), [(60, " "), (0, "x"), (-1, "x"), (math.nan, "x"), (8 * 86400, "x")])
def test_a_shelf_needs_a_reason_and_a_time(seconds: float, reason: str) -> None:
    with pytest.raises(NotAllowed, match="a reason, and a time"):
        Board().alarms.shelve("a", seconds, reason, "anna", 0)


def test_out_of_service_needs_a_reason_and_lasts_until_it_is_taken_back() -> None:
    board = Board()
    with pytest.raises(NotAllowed, match="needs a reason"):
        board.alarms.out_of_service("a", "", "anna")
    board.alarms.out_of_service("a", "dismantled", "anna")
    with pytest.raises(NotAllowed, match="out-of-service"):
        board.alarms.shelve("a", 5, "x", "anna", 0)
    board.alarms.suppress(["a"], True, "off")
    board.alarms.tick(1e9)
    assert board.alarms.known["a"].aside == "out-of-service"
    board.alarms.take_back("a", "bert")
    with pytest.raises(NotAllowed, match="not put aside"):
        board.alarms.take_back("a", "bert")


def test_what_is_silent_by_design_rings_when_the_plant_is_on_again() -> None:
    board = Board()
    board.alarms.suppress(["a"], True, "the oven is off")
    board.alarms.update("a", True, 1)
    assert board.alarms.listed() == []
    with pytest.raises(NotAllowed, match="suppressed"):
        board.alarms.take_back("a", "anna")
    board.alarms.suppress(["a"], False, "the oven is on")
    board.alarms.suppress(["a"], False, "the oven is on")
    assert [one.alarm.name for one in board.alarms.listed()] == ["a"]


def test_the_list_begins_with_the_highest_priority_and_the_newest() -> None:
    alarms = Alarms()
    for name, priority in (("a", "low"), ("b", "critical"), ("c", "low"), ("d", "high")):
        alarms.declare(Alarm(name, priority=priority))  # type: ignore[arg-type]
    for now, name in enumerate("abcd"):
        alarms.update(name, True, now)
    assert [one.alarm.name for one in alarms.listed()] == ["b", "d", "c", "a"]


def test_more_than_ten_in_ten_minutes_are_a_flood_and_fewer_than_five_end_it() -> None:
    board = Board()
    for number in range(11):
        board.alarms.declare(Alarm(f"n{number}"))
        board.alarms.update(f"n{number}", True, number * 30)
    assert board.alarms.flood
    board.alarms.tick(600 + 6 * 30)
    assert board.alarms.flood
    board.alarms.tick(600 + 7 * 30)
    assert not board.alarms.flood
    assert [what for what in board.happened() if "flood" in what] == ["flood", "flood over"]


def test_an_alarm_said_anew_keeps_its_state_and_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board()
    board.alarms.update("a", True, 0)
    board.alarms.declare(Alarm("a", text="new"))
    assert (board.state, board.alarms.known["a"].alarm.text) == ("unacknowledged", "new")
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(TooLarge):
        board.alarms.declare(Alarm("b"))
    with pytest.raises(NotFound):
        board.alarms.update("b", True, 0)


class AnyOrder(RuleBasedStateMachine):
    """Whatever happens in whatever order: an active alarm that nobody has put aside or seen is in the list."""

    @initialize(latching=st.booleans(), on=st.sampled_from([0.0, 3.0]), off=st.sampled_from([0.0, 3.0]))
    def begin(self, latching: bool, on: float, off: float) -> None:
        self.board, self.now = Board(latching=latching, on_delay=on, off_delay=off), 0.0

    @rule(active=st.booleans(), seconds=st.floats(0, 10))
    def the_process(self, active: bool, seconds: float) -> None:
        self.now += seconds
        self.board.alarms.update("a", active, self.now)

    @rule(what=st.sampled_from(["acknowledge", "reset", "take_back", "shelve", "out", "suppress", "allow"]))
    def a_person(self, what: str) -> None:
        alarms = self.board.alarms
        try:
            if what == "shelve":
                alarms.shelve("a", 5, "x", "anna", self.now)
            elif what == "out":
                alarms.out_of_service("a", "x", "anna")
            elif what in ("suppress", "allow"):
                alarms.suppress(["a"], what == "suppress", "x")
            else:
                getattr(alarms, what)("a", "anna")
        except FlowEngineError:
            return

    @rule(seconds=st.floats(0, 10))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.board.alarms.tick(self.now)

    @invariant()
    def nothing_active_is_lost(self) -> None:
        if not hasattr(self, "board"):
            return
        status = self.board.alarms.known["a"]
        if status.active and self.now - status.since >= status.alarm.on_delay:
            assert status.state in ("unacknowledged", "acknowledged") or self.now == status.since
        if status.state == "acknowledged":
            assert "acknowledged" in self.board.happened()
        assert (status in self.board.alarms.listed()) == (status.state != "normal" and not status.aside)


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=30)

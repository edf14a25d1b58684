"""What is in trouble, until it is good again and somebody has seen it."""

from __future__ import annotations

from flowengine.clock import VirtualClock
from flowengine.node import Status
from flowengine.telemetry.faults import LASTS, MOST_FAULTS, Faults


def faults_and_clock() -> tuple[Faults, VirtualClock, list[int]]:
    clock = VirtualClock()
    faults = Faults(clock.now, clock.monotonic)
    changes: list[int] = []
    faults.listeners.append(lambda: changes.append(len(faults.all())))
    return faults, clock, changes


def test_an_error_stays_until_it_is_good_again_and_acknowledged() -> None:
    faults, clock, changes = faults_and_clock()
    faults.status("f", "n", Status("error", "no answer"))
    (fault,) = faults.all()
    assert (fault.level, fault.text, fault.active, fault.since) == ("error", "no answer", True, clock.now())
    faults.status("f", "n", Status("ok"))
    (fault,) = faults.all()
    assert (fault.active, fault.text) == (False, "no answer")
    assert faults.acknowledge("f", "n", "anna", 5.0)
    assert faults.all() == []
    assert not faults.acknowledge("f", "n", "anna", 5.0)
    assert changes == [1, 1, 0]


def test_one_acknowledged_while_it_lasts_leaves_when_it_is_good_again() -> None:
    faults, _, _ = faults_and_clock()
    faults.status("f", "n", Status("error", "no answer"))
    faults.acknowledge("f", "n", "anna", 5.0)
    (fault,) = faults.all()
    assert (fault.active, fault.acknowledged_by, fault.acknowledged_at) == (True, "anna", 5.0)
    faults.status("f", "n", Status("busy"))
    assert faults.all() == []


def test_one_that_comes_again_is_to_be_acknowledged_again() -> None:
    faults, clock, _ = faults_and_clock()
    faults.status("f", "n", Status("error", "a"))
    faults.status("f", "n", Status("ok"))
    clock.elapsed += 60
    faults.status("f", "n", Status("error", "b"))
    (fault,) = faults.all()
    assert (fault.text, fault.acknowledged_by, fault.since) == ("b", "", clock.now())


def test_a_warning_leaves_by_itself_but_an_error_that_eases_is_remembered() -> None:
    faults, _, _ = faults_and_clock()
    faults.status("f", "n", Status("warning", "slow"))
    faults.status("f", "n", Status("ok"))
    assert faults.all() == []
    faults.status("f", "n", Status("warning", "slow"))
    faults.acknowledge("f", "n", "anna", 5.0)
    faults.status("f", "n", Status("error", "stuck"))
    assert faults.all()[0].acknowledged_by == ""
    faults.status("f", "n", Status("warning", "slow"))
    faults.status("f", "n", Status("ok"))
    assert [(fault.level, fault.active) for fault in faults.all()] == [("error", False)]


def test_a_node_that_failed_a_message_is_good_when_one_passes_or_none_fails_for_a_while() -> None:
    faults, clock, changes = faults_and_clock()
    faults.failed("f", "n", "no number")
    told = len(changes)
    for _ in range(1000):
        faults.failed("f", "n", "no number")
    assert len(changes) == told
    assert faults.failing == [("f", "n")]
    faults.passed("f", "n")
    assert not faults.all()[0].active
    faults.failed("f", "n", "no number")
    clock.elapsed += LASTS - 1
    faults.failed("f", "n", "no number")
    clock.elapsed += LASTS - 1
    faults.expire()
    assert faults.all()[0].active
    clock.elapsed += 1
    faults.expire()
    assert not faults.all()[0].active


def test_a_node_whose_status_is_bad_stays_bad_though_a_message_passes() -> None:
    faults, _, _ = faults_and_clock()
    faults.status("f", "n", Status("warning", "old reading"))
    faults.failed("f", "n", "no number")
    assert (faults.all()[0].level, faults.all()[0].text) == ("error", "no number")
    faults.passed("f", "n")
    assert (faults.all()[0].active, faults.all()[0].text) == (True, "old reading")


def test_a_flow_that_does_not_start_is_a_fault_of_its_own() -> None:
    faults, _, _ = faults_and_clock()
    faults.flow_failed("f", "node 'a': port is taken")
    assert [(fault.flow, fault.node, fault.active) for fault in faults.all()] == [("f", "", True)]
    faults.flow_good("f")
    assert not faults.all()[0].active


def test_faults_of_nodes_that_are_no_more_go_with_them() -> None:
    faults, _, _ = faults_and_clock()
    faults.status("f", "n", Status("error", "x"))
    faults.removed("f", ["n", "other"])
    assert faults.all() == []


def test_the_list_is_bounded_and_what_is_over_makes_room_first() -> None:
    faults, _, _ = faults_and_clock()
    for number in range(MOST_FAULTS):
        faults.status("f", str(number), Status("error", "x"))
    faults.status("f", "7", Status("ok"))
    faults.status("f", "new", Status("error", "x"))
    assert {fault.node for fault in faults.all()} == {*map(str, range(MOST_FAULTS)), "new"} - {"7"}
    faults.status("f", "one too many", Status("error", "x"))
    assert faults.dropped == 1
    assert len(faults.all()) == MOST_FAULTS


def test_a_listener_that_fails_keeps_nobody_from_hearing() -> None:
    faults, _, _ = faults_and_clock()
    heard: list[bool] = []
    faults.listeners.insert(0, lambda: 1 / 0)  # type: ignore[arg-type]
    faults.listeners.append(lambda: heard.append(True))
    faults.status("f", "n", Status("error", "x"))
    assert heard == [True]

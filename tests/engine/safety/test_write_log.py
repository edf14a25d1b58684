"""Which writes to a machine the record is told of, and what of them."""

from __future__ import annotations

from flowengine.safety import acts
from flowengine.safety.verdict import Event
from flowengine.safety.write_log import WriteLog
from tests.engine.safety.plant import Plant, armed

ALLOWED = ("allow", "", "oven/pid")


def writes(plant: Plant) -> list[Event]:
    return [event for event in plant.guard.take_events() if event.kind == "write"]


def test_a_write_is_told_with_the_value_before_the_new_one_and_the_verdict() -> None:
    plant = armed()
    plant.ask("heater", 10)
    (event,) = writes(plant)
    assert event.details == {"old": None, "new": 10, "verdict": "allow"}
    assert (event.output, event.by, event.text) == ("heater", "oven-control/pid", "None -> 10 %: allow")


def test_a_refused_one_is_told_with_what_was_asked_for_and_why() -> None:
    plant = armed()
    plant.ask("heater", 10, writer="press/x")
    (event,) = writes(plant)
    assert event.details == {"old": None, "new": 10, "verdict": "refuse", "code": "writer"}


def test_a_loop_is_told_every_ten_seconds_with_how_many_there_were_and_between_which_values() -> None:
    log = WriteLog()
    told = [log.note(number - 1, number, ALLOWED, number * 0.1) for number in range(205)]
    found = [one for one in told if one is not None]
    assert found[0] == {"old": -1, "new": 0, "verdict": "allow"}
    assert found[1] == {"old": 99, "new": 100, "verdict": "allow", "writes": 100, "least": 1, "greatest": 100}
    assert len(found) == 3


def test_two_writers_in_turn_are_told_once_a_second_and_a_value_that_stays_once() -> None:
    log = WriteLog()
    found = [log.note(0, 5, ("refuse", "lease", f"oven/{number % 2}"), number * 0.1) for number in range(100)]
    assert 5 <= sum(one is not None for one in found) <= 11
    still = WriteLog()
    assert sum(still.note(5, 5, ALLOWED, number * 0.1) is not None for number in range(1000)) == 1


def test_a_value_that_is_no_number_has_no_least_and_no_greatest() -> None:
    log = WriteLog()
    log.note("red", "green", ALLOWED, 0)
    log.note("green", "red", ALLOWED, 1)
    assert log.note("red", "green", ALLOWED, 20) is None
    assert log.note("green", "red", ALLOWED, 21) == {"old": "green", "new": "red", "verdict": "allow", "writes": 3}


def test_a_safe_value_that_stands_already_is_no_news() -> None:
    plant = armed()
    plant.ask("heater", 10)
    for _ in range(2):
        plant.guard.made_safe("heater", plant.now)
    assert [(event.details or {})["verdict"] for event in writes(plant)] == ["allow", "safe"]


def test_each_write_by_a_person_and_each_safe_value_is_told() -> None:
    plant = armed()
    plant.ask("heater", 10)
    acts.set_mode(plant.guard, "heater", "manual", "anna", plant.now)
    for value in (11, 12):
        plant.now += 1
        plant.ask("heater", value, writer="anna", operator=True)
    plant.guard.stop("smoke", "anna")
    for write in plant.guard.scan(plant.now):
        plant.guard.made_safe(write.output, plant.now)
    told = [(event.details or {}) for event in writes(plant) if event.output == "heater"]
    assert [(one["old"], one["new"], one["verdict"]) for one in told] == [
        (None, 10, "allow"),
        (10, 11, "allow"),
        (11, 12, "allow"),
        (12, 0.0, "safe"),
    ]

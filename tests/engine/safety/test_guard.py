"""The guard, command by command: what reaches a machine, and what does not."""

from __future__ import annotations

import math
from typing import Any

import pytest

from flowengine.errors import NotAllowed
from flowengine.safety import acts
from flowengine.safety.guard import MOST_UNLISTED
from flowengine.safety.verdict import Command
from tests.engine.safety.plant import FAN, HEATER, LAMP, VALVE, Plant, armed

# --- who may ask for what ---


def test_what_is_not_in_the_envelope_cannot_be_written() -> None:
    found = armed().guard.decide([Command("tcp://oven/other", 1, "a/b")], 1000.0)
    assert (found[0].outcome, found[0].code) == ("refuse", "not-listed")


def test_who_wants_to_write_outside_the_envelope_is_kept_for_people_to_see_up_to_a_bound() -> None:
    guard = armed().guard
    for number in range(MOST_UNLISTED + 5):
        guard.decide([Command(f"elsewhere {number}", 1, "a/b")], 1000.0)
    guard.decide([Command("elsewhere", 1, "a/b"), Command("elsewhere", 1, "a/b")], 1000.0)
    assert list(guard.unlisted) == [f"elsewhere {number}" for number in range(5, MOST_UNLISTED + 5)]
    assert guard.unlisted["elsewhere 5"].reason == "a/b: elsewhere 5 is not in the envelope"


def test_nothing_is_written_before_a_person_arms_it() -> None:
    plant = Plant()
    assert plant.ask("heater", 10).code == "disarmed"
    acts.arm(plant.guard, "oven", "anna", plant.now)
    assert plant.ask("heater", 10).outcome == "allow"
    assert plant.ask("valve", 1).code == "disarmed"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"writer": "press/heat"}, "writer"),
        ({"unit": "degC"}, "unit"),
        ({"age": 5.1}, "age"),
        ({"age": -1.5}, "age"),
        ({"age": math.nan}, "age"),
        ({"age": math.inf}, "age"),
        ({"fence": 7}, "lease"),
        ({"operator": True}, "mode"),
    ],
)
def test_a_command_that_is_wrong_in_itself_is_refused(fields: dict[str, Any], code: str) -> None:
    assert armed().ask("heater", 10, **fields).code == code


@pytest.mark.parametrize("fields", [{"unit": "%"}, {"age": 5.0}, {"age": -0.5}])
def test_a_command_that_is_right_in_itself_is_allowed(fields: dict[str, Any]) -> None:
    assert armed().ask("heater", 10, **fields).outcome == "allow"


def test_an_age_matters_where_the_envelope_says_so() -> None:
    assert armed().ask("fan", True, age=1e6).outcome == "allow"
    assert armed().ask("fan", True, age=-1e6).outcome == "allow"
    assert armed().ask("fan", True, age=math.nan).code == "age"


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf])
def test_a_guard_that_does_not_know_the_time_refuses(now: float) -> None:
    plant = armed()
    assert plant.guard.decide([Command(FAN.address, True, "a/b")], now)[0].code == "clock"


def test_what_was_said_of_the_last_command_is_kept_for_people() -> None:
    plant = armed()
    plant.guard.decide([Command(LAMP.address, "blue", "a/b")], plant.now)
    assert plant.guard.standing["lamp"].said.startswith("'blue'")
    plant.guard.decide([Command(LAMP.address, "green", "a/b")], plant.now)
    assert plant.guard.standing["lamp"].said == ""


# --- several at once ---


def test_one_message_is_written_as_a_whole_or_not_at_all() -> None:
    plant = armed()
    good, bad = Command(FAN.address, True, "a/b"), Command(VALVE.address, 99, "a/b")
    found = plant.guard.decide([good, bad], plant.now)
    assert [(one.outcome, one.value) for one in found] == [("refuse", True), ("refuse", 99)]
    assert plant.guard.standing["fan"].last is None
    assert plant.guard.decide([good, bad._replace(value=1)], plant.now)[1].outcome == "allow"
    assert plant.guard.standing["valve"].last is not None
    assert plant.guard.decide([], plant.now) == []


def test_one_message_does_not_write_an_output_twice() -> None:
    plant = armed()
    twice = [Command(FAN.address, True, "a/b"), Command(FAN.address, False, "a/b")]
    assert {one.code for one in plant.guard.decide(twice, plant.now)} == {"twice"}


# --- limits in time ---


def test_the_first_move_begins_where_the_machine_stands_or_should() -> None:
    plant = armed()
    plant.sense(shown=60.0)
    assert plant.ask("heater", 100).value == 80.0
    plant = armed()
    plant.guard.sense("shown", None, "bad", plant.now)
    assert plant.ask("heater", 100).value == 20.0
    assert armed().ask("valve", 5, writer="a/b").outcome == "allow"


def test_a_rounded_value_is_where_the_next_move_begins() -> None:
    plant = armed()
    plant.ask("heater", 10)
    plant.guard.rounded(HEATER.address, 10.5)
    plant.wait(1)
    assert plant.ask("heater", 100).value == 30.5


def test_a_clock_that_goes_back_holds_an_output_for_one_interval_and_no_longer() -> None:
    plant = armed()
    plant.ask("heater", 10)
    plant.now -= 3600
    plant.sense(temperature=200.0, pressure=1.0, door=False, button=False, shown=10.0)
    assert plant.ask("heater", 20).outcome == "hold"
    plant.now += 0.5
    assert plant.ask("heater", 20).value == 20


# --- one writer ---


def test_a_second_writer_waits_until_the_first_is_silent() -> None:
    plant = armed()
    plant.ask("fan", True, writer="a/b")
    assert plant.ask("fan", False, writer="c/d").code == "lease"
    plant.wait(10)
    assert plant.ask("fan", False, writer="c/d").outcome == "allow"
    assert ("lease", "fan") in plant.events()


def test_a_writer_elsewhere_claims_an_output_and_carries_its_number() -> None:
    plant = armed()
    fence = plant.guard.claim(FAN.address, "a/b", plant.now)
    assert plant.ask("fan", True, writer="a/b", fence=fence).outcome == "allow"
    with pytest.raises(NotAllowed, match="a/b writes it"):
        plant.guard.claim(FAN.address, "c/d", plant.now)
    plant.wait(11)
    assert plant.guard.claim(FAN.address, "c/d", plant.now) == fence + 1
    assert plant.ask("fan", False, writer="a/b", fence=fence).code == "lease"
    for address, writer in ((HEATER.address, "press/x"), ("elsewhere", "a/b")):
        with pytest.raises(NotAllowed, match="does not let"):
            plant.guard.claim(address, writer, plant.now)


# --- interlocks and permissives ---


def test_without_its_permissive_an_output_takes_its_safe_value_alone() -> None:
    plant = armed()
    plant.sense(door=True)
    assert "'the door is shut' is not so" in plant.ask("heater", 10).reason
    assert plant.ask("heater", 0).outcome == "allow"
    plant.guard.sense("door", False, "bad", plant.now)
    plant.wait(1, door=None)
    plant.guard.sense("door", False, "bad", plant.now)
    assert "'the door is shut' is not known" in plant.ask("heater", 10).reason


@pytest.mark.parametrize(("pressure", "quality"), [(6.0, "good"), (1.0, "bad"), (1.0, "uncertain")])
def test_an_interlock_makes_safe_while_it_is_so_or_not_known(pressure: float, quality: Any) -> None:
    plant = armed()
    plant.ask("heater", 20)
    plant.guard.sense("pressure", pressure, quality, plant.now)
    assert plant.ask("heater", 20).code == "interlock"
    assert plant.scan() == {"heater": 0.0}
    assert plant.scan() == {}
    plant.wait(1)
    assert plant.ask("heater", 20).outcome == "allow"


def test_a_silent_input_makes_safe_within_its_age() -> None:
    plant = armed()
    plant.ask("heater", 20)
    plant.now += 3.1
    for name in ("temperature", "door", "button", "shown"):
        plant.guard.sense(name, {"door": False, "button": False}.get(name, 20.0), "good", plant.now)
    assert plant.scan() == {"heater": 0.0}
    assert "not known: pressure is high" in plant.told()[-1].text


def test_a_latching_interlock_trips_until_a_person_resets_it() -> None:
    plant = armed()
    plant.ask("heater", 20)
    plant.sense(temperature=250.0)
    assert plant.scan() == {"heater": 0.0}
    plant.wait(1)
    assert plant.ask("heater", 0).code == "trip"
    with pytest.raises(NotAllowed, match="tripped: too hot"):
        acts.arm(plant.guard, "heater", "anna", plant.now)
    acts.reset_trip(plant.guard, "oven", "anna", plant.now)
    assert plant.ask("heater", 0).code == "disarmed"
    acts.arm(plant.guard, "heater", "anna", plant.now)
    assert plant.ask("heater", 10).outcome == "allow"
    happened = [kind for kind, output in plant.events() if output == "heater"]
    assert happened == ["lease", "trip", "safe", "reset", "armed"]


def test_a_command_meets_a_latching_interlock_before_the_next_look_does() -> None:
    plant = armed()
    plant.sense(temperature=250.0)
    assert plant.ask("heater", 20).code == "interlock"
    assert plant.guard.standing["heater"].trips == ["too hot (temperature > 240)"]


def test_a_trip_is_not_reset_while_its_cause_is_there_or_by_nobody() -> None:
    plant = armed()
    plant.sense(temperature=250.0)
    plant.scan()
    with pytest.raises(NotAllowed, match="the cause is not gone: too hot"):
        acts.reset_trip(plant.guard, "heater", "anna", plant.now)
    plant.now += 60
    with pytest.raises(NotAllowed, match="not known: too hot"):
        acts.reset_trip(plant.guard, "heater", "anna", plant.now)
    with pytest.raises(NotAllowed, match="nobody is named"):
        acts.reset_trip(plant.guard, "heater", " ", plant.now)
    acts.reset_trip(plant.guard, "fan", "anna", plant.now)
    assert plant.guard.standing["heater"].trips

"""The guard: what reaches a machine, and when it is made safe."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from flowengine.errors import NotAllowed, NotFound
from flowengine.safety import acts
from flowengine.safety.guard import MOST_CAUSES, MOST_EVENTS, Guard
from flowengine.safety.model import Envelope, ReadBack
from flowengine.safety.verdict import Command
from tests.engine.safety.plant import ENVELOPE, FAN, HEATER, VALVE, Plant


def armed() -> Plant:
    plant = Plant()
    acts.arm(plant.guard, "", "anna", plant.now)
    plant.guard.take_events()
    return plant


# --- who may ask for what ---


def test_what_is_not_in_the_envelope_cannot_be_written() -> None:
    found = armed().guard.decide([Command("tcp://oven/other", 1, "a/b")], 1000.0)
    assert (found[0].outcome, found[0].code) == ("refuse", "not-listed")


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


@pytest.mark.parametrize("now", [math.nan, math.inf, -math.inf])
def test_a_guard_that_does_not_know_the_time_refuses(now: float) -> None:
    plant = armed()
    assert plant.guard.decide([Command(FAN.address, True, "a/b")], now)[0].code == "clock"


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
    assert "not known: pressure is high" in [event.text for event in plant.guard.take_events()][-1]


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


# --- emergency stop ---


def test_the_emergency_stop_makes_everything_safe_in_order_and_latches() -> None:
    plant = armed()
    plant.ask("heater", 20)
    plant.ask("lamp", "green")
    plant.guard.stop("smoke", "oven-control/smoke")
    assert list(plant.scan().items()) == [("heater", 0.0), ("lamp", "red")]
    assert plant.scan() == {}
    for output, value in (("heater", 0), ("fan", True), ("lamp", "green")):
        assert plant.ask(output, value).code == "emergency-stop"
    with pytest.raises(NotAllowed, match="smoke"):
        acts.arm(plant.guard, "", "anna", plant.now)
    acts.reset_stop(plant.guard, "anna", plant.now)
    assert plant.ask("fan", True).code == "disarmed"


def test_a_safe_value_that_could_not_be_written_comes_again() -> None:
    plant = armed()
    plant.guard.stop("smoke", "anna")
    assert [write.output for write in plant.guard.scan(plant.now)] == ["heater", "lamp"]
    assert [write.output for write in plant.guard.scan(plant.now)] == ["heater", "lamp"]
    plant.guard.made_safe("heater", plant.now)
    assert [write.output for write in plant.guard.scan(plant.now)] == ["lamp"]


def test_an_input_is_an_emergency_stop_and_so_is_not_knowing_it_while_anything_is_armed() -> None:
    plant = armed()
    plant.sense(button=True)
    assert plant.scan() == {"heater": 0.0, "lamp": "red"}
    with pytest.raises(NotAllowed, match="the cause is not gone: the button"):
        acts.reset_stop(plant.guard, "anna", plant.now)
    plant = armed()
    plant.now += 4
    assert plant.scan() == {"heater": 0.0, "lamp": "red"}
    assert plant.guard.stops == ["not known: the button at the oven (button == true)"]


def test_not_knowing_the_stop_is_no_stop_while_nothing_is_armed_but_nothing_can_be_armed() -> None:
    plant = Plant()
    plant.now += 60
    assert plant.scan() == {}
    with pytest.raises(NotAllowed, match="not known: the button"):
        acts.arm(plant.guard, "", "anna", plant.now)


def test_the_first_cause_is_kept_first() -> None:
    plant = armed()
    for number in range(2 * MOST_CAUSES):
        plant.guard.stop(f"cause {number}", "anna")
    plant.guard.stop("cause 0", "anna")
    assert plant.guard.stops[0] == "cause 0"
    assert len(plant.guard.stops) == MOST_CAUSES
    assert [kind for kind, _ in plant.events()] == ["emergency-stop"]


def test_a_stop_that_does_not_hold_is_reset_in_silence() -> None:
    plant = Plant()
    acts.reset_stop(plant.guard, "anna", plant.now)
    assert plant.events() == []


# --- watchdog and read-back ---


def test_silence_makes_safe_and_a_new_command_goes_on() -> None:
    plant = armed()
    plant.ask("heater", 20)
    plant.wait(5)
    assert plant.scan() == {}
    plant.wait(0.1)
    assert plant.scan() == {"heater": 0.0}
    plant.wait(1)
    assert plant.scan() == {}
    assert plant.ask("heater", 10).outcome == "allow"
    assert plant.scan() == {}


def test_a_writer_that_is_too_fast_is_alive_and_one_that_is_refused_is_not() -> None:
    plant = armed()
    for _ in range(20):
        plant.ask("heater", 20)
        plant.wait(0.4)
        assert plant.scan() == {}
    for _ in range(20):
        plant.ask("heater", math.nan)
        plant.wait(0.4)
    assert plant.scan() == {"heater": 0.0}


def test_a_machine_that_does_not_follow_is_told_once() -> None:
    plant = armed()
    plant.ask("heater", 20)
    plant.wait(1, shown=0.0)
    plant.scan()
    assert ("read-back", "heater") not in plant.events()
    plant.wait(1.5, shown=0.0)
    plant.scan()
    plant.scan()
    assert plant.events().count(("read-back", "heater")) == 1
    plant.wait(0.1, shown=20.0)
    plant.scan()
    assert plant.guard.standing["heater"].follows


def test_a_machine_that_does_not_follow_is_tripped_where_the_envelope_says_so() -> None:
    output = dataclasses.replace(HEATER, read_back=ReadBack("shown", 0.5, 2.0, trip=True))
    plant = Plant(envelope=dataclasses.replace(ENVELOPE, outputs={**ENVELOPE.outputs, "heater": output}))
    acts.arm(plant.guard, "heater", "anna", plant.now)
    plant.ask("heater", 20)
    plant.wait(2.5, shown=0.0)
    assert plant.scan() == {"heater": 0.0}
    assert plant.guard.standing["heater"].trips == ["the machine does not show 20 after 2 s"]


# --- modes ---


def test_off_makes_safe_and_takes_nothing() -> None:
    plant = armed()
    plant.ask("heater", 20)
    acts.set_mode(plant.guard, "heater", "off", "anna", plant.now)
    assert plant.scan() == {"heater": 0.0}
    assert plant.ask("heater", 0).code == "mode"
    assert not plant.guard.standing["heater"].armed


def test_advisory_shows_what_would_be_written_and_writes_nothing() -> None:
    plant = armed()
    acts.set_mode(plant.guard, "heater", "advisory", "anna", plant.now)
    plant.scan()
    plant.wait(1)
    found = plant.ask("heater", 15)
    assert (found.outcome, found.value, found.reason) == ("hold", 15, "advisory: 15 would be written")
    assert "cut to 20" in plant.ask("heater", 500).reason
    assert plant.ask("heater", 500).value == 20
    plant.sense(temperature=250.0)
    assert plant.ask("heater", 15).code == "interlock"
    assert plant.guard.standing["heater"].trips == []


def test_in_manual_the_operators_value_stays_and_is_limited_too() -> None:
    plant = armed()
    plant.ask("heater", 5)
    acts.set_mode(plant.guard, "heater", "manual", "anna", plant.now)
    plant.wait(1)
    assert plant.ask("heater", 500, "anna", operator=True).value == 25
    assert plant.ask("heater", 5).code == "manual"
    plant.wait(60)
    assert plant.scan() == {}
    plant.sense(pressure=9.0)
    assert plant.scan() == {"heater": 0.0}


def test_manual_ends_after_its_time_with_reminders_on_the_way() -> None:
    plant = armed()
    acts.set_mode(plant.guard, "heater", "manual", "anna", plant.now)
    acts.set_mode(plant.guard, "heater", "manual", "bert", plant.now)
    for _ in range(10):
        plant.wait(100)
        plant.scan()
    assert plant.guard.standing["heater"].mode == "automatic"
    kinds = [kind for kind, output in plant.events() if output == "heater"]
    assert kinds.count("reminder") == 2
    assert kinds.count("mode") == 3


def test_after_manual_the_mode_before_comes_back_safe_where_nobody_writes() -> None:
    plant = armed()
    acts.set_mode(plant.guard, "heater", "advisory", "anna", plant.now)
    plant.scan()
    acts.set_mode(plant.guard, "heater", "manual", "anna", plant.now)
    acts.arm(plant.guard, "heater", "anna", plant.now)
    plant.wait(1)
    assert plant.ask("heater", 10, "anna", operator=True).outcome == "allow"
    plant.wait(1000)
    assert plant.scan() == {"heater": 0.0}
    assert (plant.guard.standing["heater"].mode, plant.guard.standing["heater"].armed) == ("advisory", False)


def test_a_mode_that_the_envelope_does_not_list_is_not_allowed_for_any() -> None:
    output = dataclasses.replace(HEATER, modes=("automatic", "off"))
    plant = Plant(envelope=dataclasses.replace(ENVELOPE, outputs={**ENVELOPE.outputs, "heater": output}))
    with pytest.raises(NotAllowed, match="it may be automatic, off"):
        acts.set_mode(plant.guard, "oven", "manual", "anna", plant.now)
    assert plant.guard.standing["fan"].mode == "automatic"


def test_an_output_that_may_not_be_automatic_begins_in_its_first_mode() -> None:
    output = dataclasses.replace(FAN, modes=("manual", "off"))
    plant = Plant(envelope=Envelope(1, {"fan": output}, order=("fan",)))
    assert plant.guard.standing["fan"].mode == "manual"


def test_an_act_on_what_is_not_there_is_refused() -> None:
    plant = Plant()
    attempts: list[Callable[[], None]] = [
        lambda: acts.arm(plant.guard, "press", "anna", 0.0),
        lambda: acts.disarm(plant.guard, "press", "anna"),
        lambda: acts.set_mode(plant.guard, "press", "off", "anna", 0.0),
        lambda: acts.reset_trip(plant.guard, "press", "anna", 0.0),
    ]
    for act in attempts:
        with pytest.raises(NotFound, match="no output or group 'press'"):
            act()


def test_disarming_makes_safe_once() -> None:
    plant = armed()
    plant.ask("heater", 20)
    acts.disarm(plant.guard, "oven", "anna")
    acts.disarm(plant.guard, "oven", "anna")
    assert plant.scan() == {"heater": 0.0}
    assert plant.scan() == {}
    assert plant.ask("heater", 20).code == "disarmed"


# --- what outlasts the process ---


def test_stops_trips_modes_and_fences_outlast_the_process() -> None:
    plant = armed()
    plant.ask("fan", True)
    acts.set_mode(plant.guard, "valve", "off", "anna", plant.now)
    plant.guard.trip("heater", "too hot")
    plant.guard.trip("heater", "too hot")
    plant.guard.stop("smoke", "anna")
    again = Plant(plant.guard.state())
    assert again.guard.stops == ["smoke"]
    assert again.guard.standing["heater"].trips == ["too hot"]
    assert again.guard.standing["valve"].mode == "off"
    assert again.guard.standing["fan"].lease.fence == 1
    assert again.scan() == {"heater": 0.0, "lamp": "red"}


def test_what_was_armed_when_the_process_ended_is_made_safe_and_is_not_armed_again() -> None:
    plant = armed()
    plant.ask("heater", 20)
    acts.set_mode(plant.guard, "heater", "manual", "anna", plant.now)
    again = Plant(plant.guard.state())
    assert again.scan() == {"heater": 0.0, "lamp": "red"}
    assert again.ask("heater", 20).code == "disarmed"
    assert again.guard.standing["heater"].mode == "automatic"


def test_an_output_that_is_new_in_the_envelope_begins_disarmed() -> None:
    state = Guard(Envelope(1, {"fan": FAN}, order=("fan",))).state()
    plant = Plant(state)
    assert plant.guard.standing["heater"].trips == []
    assert plant.scan() == {}


@pytest.mark.parametrize(
    "state", [{}, {"stops": 7, "outputs": []}, {"stops": ["x", 1], "outputs": {"heater": {"mode": "on"}}}]
)
def test_a_state_that_cannot_be_read_counts_as_stopped_and_tripped(state: dict[str, Any]) -> None:
    plant = Plant(state)
    assert "cannot be read" in plant.guard.stops[0]
    assert "cannot be read" in plant.guard.standing["heater"].trips[0]


def test_a_mode_that_the_new_envelope_does_not_list_is_forgotten() -> None:
    plant = armed()
    acts.set_mode(plant.guard, "heater", "advisory", "anna", plant.now)
    output = dataclasses.replace(HEATER, modes=("automatic",))
    again = Guard(dataclasses.replace(ENVELOPE, outputs={"heater": output}, order=("heater",)), plant.guard.state())
    assert again.standing["heater"].mode == "automatic"


# --- what people hear ---


def test_events_that_nobody_takes_are_bounded_and_their_number_is_told() -> None:
    plant = Plant()
    for number in range(MOST_EVENTS + 5):
        plant.guard.tell("test", "fan", str(number))
    found = plant.guard.take_events()
    assert len(found) == MOST_EVENTS + 1
    assert (found[0].text, found[-1].text) == ("5", "5 older events are not told any more")
    assert plant.guard.take_events() == []

"""The guard over time: the emergency stop, watchdogs, modes, what outlasts the process, what people hear."""

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
from tests.engine.safety.plant import ENVELOPE, FAN, HEATER, Plant, armed

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

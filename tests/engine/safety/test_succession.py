"""A changed envelope takes over: what goes on, what is made safe, what begins anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flowengine.safety import acts
from flowengine.safety.guard import Guard
from flowengine.safety.succession import succeed
from tests.engine.safety.plant import ENVELOPE, Plant, armed


def after(plant: Plant, name: str, **changes: Any) -> tuple[Guard, list[str]]:
    """Let a guard follow whose envelope has one output changed."""
    outputs = {**ENVELOPE.outputs, name: replace(ENVELOPE.outputs[name], **changes)}
    guard = Guard(replace(ENVELOPE, version=ENVELOPE.version + 1, outputs=outputs))
    return guard, succeed(guard, plant.guard)


def test_an_output_that_is_the_same_place_goes_on_under_the_new_limits() -> None:
    plant = armed()
    assert plant.ask("heater", 10).writes
    guard, gone = after(plant, "heater", high=60.0)
    assert gone == []
    standing = guard.standing["heater"]
    assert (standing.armed, standing.wanted_safe, standing.lease.holder) == (True, "", "oven-control/pid")
    assert [event.kind for event in guard.take_events()] == ["envelope"]


def test_what_stands_outside_the_new_limits_is_made_safe() -> None:
    plant = armed()
    assert plant.ask("heater", 10).writes
    guard, _ = after(plant, "heater", high=5.0)
    assert guard.standing["heater"].wanted_safe == "what it stands at is outside the new envelope"


def test_stops_and_trips_hold() -> None:
    plant = armed()
    plant.guard.trip("heater", "too hot")
    plant.guard.stop("smoke", "anna")
    guard, _ = after(plant, "heater", address="elsewhere")
    assert guard.stops == ["smoke"]
    assert guard.standing["heater"].trips == ["too hot"]


def test_an_output_that_is_another_place_begins_disarmed_and_the_old_place_is_named() -> None:
    guard, gone = after(armed(), "heater", address="elsewhere")
    assert gone == ["heater"]
    assert not guard.standing["heater"].armed


def test_an_output_that_is_gone_is_named_so_that_its_place_is_made_safe() -> None:
    plant = armed()
    outputs = {name: one for name, one in ENVELOPE.outputs.items() if name != "heater"}
    guard = Guard(replace(ENVELOPE, outputs=outputs, order=tuple(outputs)))
    assert succeed(guard, plant.guard) == ["heater"]
    assert "heater" not in guard.standing


def test_a_safe_value_that_has_changed_is_written_anew() -> None:
    plant = armed()
    acts.disarm(plant.guard, "heater", "anna")
    for write in plant.guard.scan(plant.now):
        plant.guard.made_safe(write.output, plant.now)
    assert after(plant, "heater", high=60.0)[0].standing["heater"].is_safe
    assert not after(plant, "heater", safe=3.0)[0].standing["heater"].is_safe


def test_a_mode_that_is_not_allowed_any_more_makes_safe_and_disarms() -> None:
    plant = armed()
    guard, _ = after(plant, "heater", modes=("manual",))
    standing = guard.standing["heater"]
    assert (standing.mode, standing.before, standing.armed) == ("manual", "manual", False)
    assert "mode automatic" in standing.wanted_safe
    idle = Plant()
    acts.disarm(idle.guard, "heater", "anna")
    guard, _ = after(idle, "heater", modes=("manual",))
    assert (guard.standing["heater"].mode, guard.standing["heater"].wanted_safe) == ("manual", "")


def test_the_mode_before_an_operators_value_is_one_that_is_allowed() -> None:
    plant = armed()
    acts.set_mode(plant.guard, "heater", "manual", "anna", plant.now)
    guard, _ = after(plant, "heater", modes=("manual",))
    assert (guard.standing["heater"].mode, guard.standing["heater"].before) == ("manual", "manual")

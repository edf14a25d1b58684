"""Two versions on the same recorded readings: what each would have written, and what the guard would have said."""

from __future__ import annotations

from pathlib import Path

import pytest

from flowengine.simulate.report import lines
from flowengine.simulate.result import Result
from flowengine.store.recordings import ENVELOPE, recording_file
from tests.engine.simulate.recorded_oven import BEGIN, Site, envelope, flow


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site(tmp_path)
    site.version("old", flow(0.4), envelope())
    return site


def notes(result: Result) -> set[tuple[str, str]]:
    return {(note.code, note.where) for note in result.notes}


def test_a_change_that_would_overheat_shows_what_the_guard_would_have_refused(site: Site) -> None:
    site.version("new", flow(0.5), envelope())
    site.temperatures([100 + number for number in range(100)])
    result = site.compare()
    assert (result.state, result.guarded, result.messages, result.flows) == ("done", True, 100, ["oven"])
    (output,) = result.outputs
    assert (output.flow, output.node, output.output, output.unit) == ("oven", "heater", "heater", "%")
    assert output.old is not None
    assert output.new is not None
    assert (output.old.written, output.old.refused) == (100, 0)
    assert [output.old.least, output.old.most] == pytest.approx([40, 79.6])
    assert (output.new.written, output.new.refused) == (61, 39)
    assert [output.new.most, output.new.asked_most] == pytest.approx([80, 99.5])
    (reason,) = output.reasons
    assert (reason.outcome, reason.code, reason.old, reason.new) == ("refuse", "range", 0, 39)
    assert "80.5 % is outside 0 to 80 %" in reason.text
    assert reason.first == BEGIN + 61
    assert output.difference == pytest.approx(16)
    assert output.times[0] == BEGIN
    assert output.new_values[output.times.index(BEGIN + 99)] == pytest.approx(80)
    assert result.worse
    text = "\n".join(lines(result))
    assert "refused                              0            39" in text
    assert "not where that would have led: recorded readings do not react (open loop)" in text


def test_a_trip_by_a_recorded_input_makes_both_safe_and_latches(site: Site) -> None:
    site.version("new", flow(0.3), envelope())
    site.temperatures([190.0] * 20 + [250.0] * 5 + [190.0] * 20)
    (output,) = site.compare().outputs
    assert output.old is not None
    assert output.new is not None
    assert output.old.made_safe == output.new.made_safe == 1
    assert output.new.written == 20
    assert {(one.outcome, one.code) for one in output.reasons} >= {("safe", "trip"), ("refuse", "trip")}
    assert output.new_values[-1] == 0


def test_limits_that_change_are_held_in_the_version_that_they_belong_to(site: Site) -> None:
    site.version("new", flow(0.4), {**envelope(range=[0, 50], clamp=True), "version": 2})
    site.temperatures([100.0, 120.0, 150.0])
    (output,) = site.compare().outputs
    assert output.old is not None
    assert output.new is not None
    assert [output.old.most, output.new.most] == pytest.approx([60, 50])
    assert (output.old.clamped, output.new.clamped) == (0, 1)


def test_where_nothing_differs_the_same_is_written(site: Site) -> None:
    site.version("new", flow(0.4, more={"type": "debug/log"}), envelope())
    site.temperatures([100.0, 120.0, 150.0])
    result = site.compare()
    (output,) = result.outputs
    assert not output.differs
    assert output.difference == 0
    assert not result.worse


def test_what_was_set_long_ago_still_holds(site: Site) -> None:
    setpoint = {"type": "timing/inject"}
    hold = {"type": "control/pid", "options": {"setpoint": 20, "kp": 1, "ti": 1e6}}
    for name, kp in (("old", 1), ("new", 2)):
        data = flow(setpoint=setpoint, heat={**hold, "options": {**hold["options"], "kp": kp}})  # type: ignore[dict-item]
        data["wires"] = [
            {"from": "temperature", "to": "heat"},
            {"from": "setpoint", "to": "heat.setpoint"},
            {"from": "heat.output", "to": "heater"},
        ]
        site.version(name, data, envelope())
    site.record("oven", "setpoint", [110])
    site.temperatures([100.0] * 7200)
    result = site.compare(hours=0.01)
    (output,) = result.outputs
    assert result.begin == BEGIN + 7199 - 36
    assert output.old is not None
    assert output.new is not None
    assert [output.old.most, output.new.most] == pytest.approx([10, 20], abs=0.1)


def test_it_begins_where_the_guard_knew_its_inputs(site: Site) -> None:
    site.version("new", flow(0.3), envelope())
    site.record("oven", "temperature", [190.0] * 20)
    site.record(ENVELOPE, "sensor", [190.0] * 16, after=4.5)
    result = site.compare()
    (output,) = result.outputs
    assert result.begin == pytest.approx(BEGIN + 4.5)
    assert output.old is not None
    assert (output.old.refused, output.old.made_safe) == (0, 0)
    assert output.old.written == 16, "the reading before it, and the 15 after it"


def test_without_recordings_it_says_so_and_how_to_get_some(site: Site) -> None:
    site.version("new", flow(0.5), envelope())
    result = site.compare()
    assert (result.state, result.flows) == ("nothing-recorded", ["oven"])
    assert "let it run, and simulate again" in "\n".join(lines(result))


def test_a_change_that_reaches_no_machine_needs_no_simulation(site: Site) -> None:
    site.version("new", flow(0.4), envelope())
    assert site.compare().state == "nothing-reached"


def test_sources_that_are_new_or_set_up_otherwise_are_named(site: Site) -> None:
    data = flow(0.5, press={"type": "timing/inject"})
    data["nodes"]["temperature"]["options"]["address"] = 12
    site.version("new", data, envelope())
    site.temperatures([100.0, 110.0])
    assert notes(site.compare()) == {("new-source", "oven/press"), ("changed-source", "oven/temperature")}


def test_an_input_of_the_envelope_that_was_not_recorded_is_taken_from_the_source_that_reads_the_same(
    site: Site,
) -> None:
    site.version("new", flow(0.5), envelope())
    site.record("oven", "temperature", [190.0] * 5 + [250.0] * 5)
    result = site.compare()
    assert notes(result) == {("borrowed-input", "sensor")}
    assert ("refuse", "trip") in {(one.outcome, one.code) for one in result.outputs[0].reasons}


def test_an_input_of_which_nothing_is_known_is_not_known_to_the_guard(site: Site) -> None:
    limits = envelope()
    limits["inputs"]["sensor"]["options"]["address"] = 99
    for name, gain in (("old", 0.4), ("new", 0.5)):
        site.version(name, flow(gain), limits)
    site.record("oven", "temperature", [100.0, 110.0])
    result = site.compare()
    assert notes(result) == {("silent-input", "sensor")}
    assert result.outputs[0].new is not None
    assert result.outputs[0].new.written == 0


@pytest.mark.parametrize(
    "payload", [float("nan"), float("inf"), 1e308, 10**400, "rubbish", None, [1, 2], {"a": 1}, True]
)
@pytest.mark.parametrize("guarded", [True, False])
def test_hostile_readings_become_failures_and_never_an_end(tmp_path: Path, payload: object, guarded: bool) -> None:
    site = Site(tmp_path)
    for name, gain in (("old", 0.4), ("new", 0.5)):
        site.version(name, flow(gain), envelope() if guarded else None)
    site.temperatures([100.0, payload, 110.0])
    result = site.compare()
    assert result.state == "done", result.error
    (output,) = result.outputs
    assert output.new is not None
    assert output.new.written >= 1
    assert output.new.most is not None
    assert guarded or ("unguarded", "") in notes(result)


def test_a_recording_that_is_none_is_named(site: Site) -> None:
    site.version("new", flow(0.5), envelope())
    site.recordings.mkdir()
    recording_file(site.recordings, "oven").write_bytes(b"rubbish" * 1000)
    result = site.compare()
    assert result.state == "failed"
    assert "the recording oven.sqlite cannot be read" in result.error


def test_only_so_many_messages_are_used_and_that_is_said(site: Site) -> None:
    site.version("new", flow(0.5), envelope())
    site.temperatures([100.0] * 100)
    result = site.compare(most=40)
    assert result.messages == 20
    assert ("shortened", "oven") in notes(result)


def test_a_node_that_fails_is_counted_in_both_versions(site: Site) -> None:
    data = flow(0.5)
    data["nodes"]["heat"]["options"]["expression"] = "payload / (payload - 110)"
    site.version("new", data, envelope(range=[-1000, 1000]))
    site.temperatures([100.0, 110.0, 120.0])
    result = site.compare()
    (trouble,) = result.troubles
    assert (trouble.flow, trouble.node, trouble.old, trouble.new) == ("oven", "heat", 0, 1)
    assert result.worse

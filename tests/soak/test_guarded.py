"""Short forms of what `make soak` does to a guarded machine: 10,000 stops, ten minutes of everything at once, and a
million hostile requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import guarded, hostile, stops


@pytest.mark.timeout(240)
def test_every_write_lies_inside_the_envelope_whatever_is_killed_deployed_forged_or_asked_for(tmp_path: Path) -> None:
    report = guarded.run(tmp_path / "flows", seconds=8, seed=7)
    print(report)
    assert report.outside == []
    assert report.writes > 20


@pytest.mark.timeout(240)
def test_of_hostile_requests_by_every_road_none_writes_outside_the_envelope(tmp_path: Path) -> None:
    report = hostile.run(tmp_path, 8000, seed=5)
    print(report)
    assert report.outside == []
    assert report.writes > 100
    assert all(report.by.values()), report.by


@pytest.mark.timeout(240)
def test_emergency_stops_are_fast_and_hold_over_a_deploy_and_a_new_field_process(tmp_path: Path) -> None:
    report = stops.run(tmp_path / "flows", trials=60, seed=7, every=60, cores=0)
    print(report)
    assert (report.held, report.released) == (1, 0)
    assert report.at(0.5) <= stops.ALLOWED

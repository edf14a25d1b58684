"""Short forms of what `make soak` does to a guarded machine: 10,000 stops, 1,000 silences, ten minutes of everything at
once, and a million hostile requests."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from tests.soak import guarded, hostile, silent, stops


@pytest.mark.timeout(480)
def test_every_write_lies_inside_the_envelope_whatever_is_killed_deployed_forged_or_asked_for(tmp_path: Path) -> None:
    report = guarded.run(tmp_path / "flows", seconds=8, seed=7)
    print(report)
    assert report.outside == []
    assert report.writes > 20


@pytest.mark.timeout(480)
def test_of_hostile_requests_by_every_road_none_writes_outside_the_envelope(tmp_path: Path) -> None:
    report = hostile.run(tmp_path, 8000, seed=5)
    print(report)
    assert report.outside == []
    assert report.writes > 100
    assert all(report.by.values()), report.by


@pytest.mark.timeout(480)
def test_emergency_stops_hold_over_a_deploy_and_a_new_field_process(tmp_path: Path) -> None:
    report = stops.run(tmp_path / "flows", trials=500, seed=7, every=500, interval=0.02)
    print(report)
    assert (len(report.took), report.held, report.released) == (500, 1, 0)  # how fast they are the soak judges


@pytest.mark.timeout(480)
def test_whenever_a_worker_is_held_its_machine_becomes_safe() -> None:
    took = silent.workers(100, random.Random(7), signal.SIGSTOP, watchdog=0.2)
    assert len(took) == 100  # within what time the soak judges

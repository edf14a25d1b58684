"""Hostile requests by the hundred thousand, and every branch of what decides seen by its tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.engine.safety.fuzz import run

ROOT = Path(__file__).parents[3]
ACT = ("acts", "guard", "interlock", "lease", "limits", "standing", "succession", "watchdog", "write_log")
KNOW = ("condition", "model", "readings", "verdict")
"""The modules that decide what reaches a machine."""


def test_of_100_000_hostile_requests_none_leaves_the_envelope() -> None:
    machine = run(100_000, seed=5)
    assert machine.outside == []
    assert machine.writes > 3_000


def test_every_branch_of_what_decides_is_tested(tmp_path: Path) -> None:
    include = ",".join(f"*/flowengine/safety/{name}.py" for name in (*ACT, *KNOW))
    tests = [
        f"tests/engine/safety/test_{name}.py"
        for name in ("condition", "limits", "guard", "guard_over_time", "succession", "write_log")
    ]
    environment = {**os.environ, "COVERAGE_FILE": str(tmp_path / "coverage")}
    coverage = [sys.executable, "-m", "coverage"]
    run = [*coverage, "run", "--branch", f"--include={include}", "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    subprocess.run(run, cwd=ROOT, env=environment, check=True, capture_output=True)
    report = subprocess.run(
        [*coverage, "report", "-m", "--fail-under=100"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert report.returncode == 0, report.stdout

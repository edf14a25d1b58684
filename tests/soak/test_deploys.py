"""A short form of the soak's deploys: `make soak` does 500 of them, and kills 50 times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.soak.deploys import under_load, while_deploying


@pytest.mark.timeout(480)
def test_deploys_under_load_lose_nothing_and_double_nothing(tmp_path: Path) -> None:
    report = under_load(tmp_path, deploys=30, rate=500)
    print(report)
    assert report.good
    assert report.doubled == 0


@pytest.mark.timeout(480)
def test_a_kill_in_a_deploy_leaves_one_revision_whole_and_loses_nothing(tmp_path: Path) -> None:
    report = while_deploying(tmp_path, 2, rate=500, seed=random.randrange(2**32))
    print(report)
    assert report.good

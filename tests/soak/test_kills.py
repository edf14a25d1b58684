"""A short form of the soak's kills: `make soak` kills 200 times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.soak import answers, once
from tests.soak.kills import run

IN_FLIGHT = 1000
"""What the broker sends at most before it is acknowledged."""


@pytest.mark.timeout(480)
def test_an_engine_killed_under_load_loses_nothing_and_remembers_what_an_unkilled_one_would(tmp_path: Path) -> None:
    report = run(tmp_path, kills=6, rate=500, seed=random.randrange(2**32))
    print(report)
    assert report.lost == 0
    assert report.reordered == 0
    assert report.windows_wrong == 0
    assert report.counted == report.sent
    assert report.most_doubled <= 2 * IN_FLIGHT  # as many again may be on their way to the sink


@pytest.mark.timeout(480)
def test_what_a_source_has_answered_to_be_stored_is_not_lost_by_a_kill(tmp_path: Path) -> None:
    report = answers.run(tmp_path, kills=3, seed=random.randrange(2**32))
    print(report)
    assert report.answered > 0
    assert report.lost == 0


@pytest.mark.timeout(480)
def test_a_flow_that_delivers_effectively_once_doubles_nothing_behind_a_broker(tmp_path: Path) -> None:
    report = once.run(tmp_path, 2, rate=500, seed=random.randrange(2**32))
    print(report)
    assert report.good
    assert report.doubled == 0

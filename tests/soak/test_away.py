"""A short form of the soak's outage: `make soak` takes the broker away for ten minutes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak.away import run


@pytest.mark.timeout(480)
def test_what_a_source_that_cannot_wait_brings_while_the_broker_is_away_comes_later_in_order(tmp_path: Path) -> None:
    report = run(tmp_path, seconds=5, rate=500)
    print(report)
    assert report.lost == 0
    assert report.reordered == 0
    assert report.grown_mb <= 100

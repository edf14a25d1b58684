"""A short form of the soak's kills: `make soak` kills 200 times."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.soak.kills import run

IN_FLIGHT = 1000
"""What the broker sends at most before it is acknowledged."""


@pytest.mark.timeout(240)
def test_nothing_is_lost_nor_out_of_order_when_the_engine_is_killed_under_load(tmp_path: Path) -> None:
    report = run(tmp_path, kills=6, rate=500, seed=random.randrange(2**32))
    print(report)
    assert report.lost == 0
    assert report.reordered == 0
    assert report.most_doubled <= 2 * IN_FLIGHT  # as many again may be on their way to the sink
    assert max(report.recoveries) < 15  # three seconds where nothing else runs; the soak holds it to that

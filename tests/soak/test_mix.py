"""A few seconds of the mix of `make soak MINUTES=10`."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.soak import mix
from tests.soak.subjects import Ours


@pytest.mark.timeout(480)
def test_kills_outages_and_deploys_in_any_order_lose_and_disorder_nothing(tmp_path: Path) -> None:
    course = mix.run("flowengine", tmp_path / "soak", 0.1, random.randrange(2**32), Ours)
    print(course)
    assert course.happened
    assert course.good, f"seed {course.report.seed}: {course}"


def test_the_events_of_a_seed_are_always_the_same() -> None:
    ours, theirs = mix.events(7), mix.events(7)
    first = [next(ours) for _ in range(50)]
    assert first == [next(theirs) for _ in range(50)]
    assert {event.kind for event in first} == set(mix.EVENTS)

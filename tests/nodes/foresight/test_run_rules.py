"""The run rules, each against the shortest run that completes it and the longest that does not."""

from __future__ import annotations

import random

import pytest

from flowengine_nodes.foresight.run_rules import RULES, completed

RUNS: dict[str, tuple[list[float], list[float]]] = {
    "western-electric-1": ([3.1], [3.0]),
    "western-electric-2": ([2.1, 0, 2.1], [2.1, 0, 0, 2.1]),
    "western-electric-3": ([1.1, 1.1, 0, 1.1, 1.1], [1.1, 1.1, 0, 0, 1.1, 1.1]),
    "western-electric-4": ([0.1] * 8, [0.1] * 7),
    "nelson-1": ([-3.1], [-3.0]),
    "nelson-2": ([-0.1] * 9, [-0.1] * 8),
    "nelson-3": ([-2, -1, 0, 1, 1.5, 2], [-1, 0, 1, 1, 1.5, 2]),
    "nelson-4": ([1.0, -1.0] * 7, [1.0, -1.0] * 6 + [1.0]),
    "nelson-5": ([-2.1, -2.1], [-2.1, 2.1]),
    "nelson-6": ([-1.1] * 4, [-1.1] * 3 + [0]),
    "nelson-7": ([0.9, -0.9] * 7 + [0.5], [0.9, -0.9] * 7),
    "nelson-8": ([1.1, -1.1] * 4, [1.1, -1.1] * 3 + [1.1]),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_is_completed_by_its_run_and_not_by_less(rule: str) -> None:
    yes, no = RUNS[rule]
    assert completed(yes, [rule]) == [rule]
    assert completed(no, [rule]) == []
    assert completed([-v for v in yes], [rule]) == [rule]


def test_the_newest_point_must_be_part_of_it() -> None:
    assert completed([2.5, 2.5, 0.0], ["nelson-5"]) == []


def test_by_chance_they_are_as_rare_as_the_literature_says() -> None:
    dice = random.Random(1)
    z = [dice.gauss(0, 1) for _ in range(60_000)]
    alarms = sum(bool(completed(z[i - 8 : i + 1], ["western-electric-1"])) for i in range(8, len(z)))
    assert len(z) / alarms == pytest.approx(370.4, rel=0.2)
    rules = [f"western-electric-{n}" for n in range(1, 5)]
    runs, since = [], 0
    for i in range(8, len(z)):
        since += 1
        if completed(z[max(i - since, i - 8) + 1 : i + 1], rules):
            runs.append(since)
            since = 0
    # Champ and Woodall, Technometrics 29 (1987) 393: average run length 91.75 with all four rules.
    assert sum(runs) / len(runs) == pytest.approx(91.75, rel=0.1)

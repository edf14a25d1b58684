"""Random pairs of concurrent edits, some hundred of the 20,000 that `flowengine bench merge` does."""

from __future__ import annotations

from flowengine_bench.merges import measure, table
from flowengine_bench.merges.compare import pair


def test_disjoint_edits_always_merge_to_both_and_the_outcome_is_always_a_flow_file() -> None:
    tally = measure(1500, with_git=False)
    assert tally.wrong == []
    assert tally.ours_invalid == 0
    assert tally.ours_merged == tally.disjoint > 1000
    assert tally.ours_conflicts > 20


def test_git_loses_some_of_the_same_pairs() -> None:
    tally = measure(60)
    assert tally.git_merged < tally.git_disjoint
    assert tally.git_invalid > 0
    assert any("disjoint edits merged rightly" in line for line in table(tally))


def test_a_pair_is_the_same_every_time() -> None:
    assert pair(7).said == pair(7).said
    assert pair(7).ours == pair(7).ours

"""Pareto analysis of totals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.performance.pareto import pareto


def test_the_costliest_comes_first_with_its_share() -> None:
    rows = pareto({"a": [3, 10], "b": [1, 30], "c": [2, 0]})
    assert [(row["reason"], row["stops"], row["share"], row["cumulative"]) for row in rows] == [
        ("b", 1, 0.75, 0.75),
        ("a", 3, 0.25, 1),
        ("c", 2, 0, 1),
    ]
    assert pareto({}) == []
    assert pareto({"a": [1, 0]})[0]["share"] == 0


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.integers(1, 9), st.floats(0, 1e6)), min_size=1))
def test_shares_add_up_and_fall(totals: dict[str, tuple[float, float]]) -> None:
    rows = pareto(totals)
    shares = [row["share"] for row in rows]
    assert shares == sorted(shares, reverse=True)
    if any(shares):
        assert sum(shares) == pytest.approx(1)
        assert rows[-1]["cumulative"] == pytest.approx(1)

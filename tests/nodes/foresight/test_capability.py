"""foresight/capability against numpy and scipy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from flowengine import Message
from flowengine.testing import outputs_of
from flowengine_nodes.foresight.capability import Capability

PIECES = np.random.default_rng(4).normal(10.01, 0.012, 120)


def test_the_indices_are_those_of_their_definition() -> None:
    found = outputs_of(Capability(low=9.95, high=10.05, count=100), PIECES.tolist())[-1]
    last = PIECES[-100:]
    within = np.abs(np.diff(last)).mean() / 1.1283791670955126
    assert found["cp"] == pytest.approx(0.1 / (6 * within))
    assert found["cpk"] == pytest.approx(min(last.mean() - 9.95, 10.05 - last.mean()) / (3 * within))
    assert found["pp"] == pytest.approx(0.1 / (6 * last.std(ddof=1)))
    assert found["ppk"] == pytest.approx(min(last.mean() - 9.95, 10.05 - last.mean()) / (3 * last.std(ddof=1)))
    normal = stats.norm(last.mean(), last.std(ddof=1))
    assert found["expected_outside"] == pytest.approx(normal.cdf(9.95) + normal.sf(10.05), rel=1e-9)
    bound = found["cpk"] - stats.norm.ppf(0.95) * np.sqrt(1 / 900 + found["cpk"] ** 2 / 198)
    assert found["cpk_low"] == pytest.approx(bound)


def test_subgroups_are_pooled() -> None:
    found = outputs_of(Capability(high=11, subgroup=5, count=100), PIECES[:100].tolist())[-1]
    pooled = np.sqrt(PIECES[:100].reshape(20, 5).var(axis=1, ddof=1).mean())
    assert found["sigma_within"] == pytest.approx(pooled, rel=0.005)
    assert found["cp"] is None


def test_bad_values_are_left_out_and_the_first_figures_wait() -> None:
    node = Capability(low=0, high=10, least=3)
    assert outputs_of(node, 1, Message(99, quality="bad"), 2) == []
    assert outputs_of(node, 3)[0]["count"] == 3
    node.on_reset(Message())
    assert outputs_of(node, 3) == []


def test_limits_are_needed() -> None:
    with pytest.raises(ValueError, match="give a tolerance limit"):
        Capability()
    with pytest.raises(ValueError, match="less than high"):
        Capability(low=2, high=1)


def test_values_without_spread_have_no_index() -> None:
    assert outputs_of(Capability(low=0, least=3), 5, 5, 5)[0]["cpk"] is None

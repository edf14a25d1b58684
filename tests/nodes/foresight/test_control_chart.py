"""foresight/control-chart against worked examples and direct formulas."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes.foresight.control_chart import ControlChart


def points(node: ControlChart, *inputs: Any, port: str = "out") -> list[dict[str, Any]]:
    return [r.msg.payload for r in messages_of(node, *inputs) if r.port == port]


def test_individuals_have_the_limits_of_moving_ranges() -> None:
    numbers = np.random.default_rng(1).normal(10, 2, 30).tolist()
    found = points(ControlChart(baseline=25), *numbers)
    assert len(found) == 5
    base = np.array(numbers[:25])
    sigma = np.abs(np.diff(base)).mean() / 1.1283791670955126
    assert found[0]["centre"] == pytest.approx(base.mean())
    assert (found[0]["lower"], found[0]["upper"]) == pytest.approx((base.mean() - 3 * sigma, base.mean() + 3 * sigma))
    assert found[1]["spread"]["value"] == pytest.approx(abs(numbers[26] - numbers[25]))
    assert found[1]["spread"]["upper"] == pytest.approx(3.2665 * np.abs(np.diff(base)).mean(), rel=1e-3)  # D4 for n = 2


@pytest.mark.parametrize(("chart", "a", "b3", "b4"), [("xbar-r", 0.577, 0, 2.114), ("xbar-s", 1.427, 0, 2.089)])
def test_subgroups_of_five_have_the_factors_of_the_table(chart: Any, a: float, b3: float, b4: float) -> None:
    groups = np.random.default_rng(2).normal(50, 3, (30, 5))
    found = points(ControlChart(chart=chart, size=5, baseline=20), *groups.tolist())
    base = groups[:20]
    spread = (np.ptp(base, axis=1) if chart == "xbar-r" else base.std(axis=1, ddof=1)).mean()
    middle = base.mean()
    assert found[0]["value"] == pytest.approx(groups[20].mean())
    assert (found[0]["lower"], found[0]["upper"]) == pytest.approx((middle - a * spread, middle + a * spread), rel=1e-3)
    lines = found[0]["spread"]
    assert (lines["lower"], lines["centre"], lines["upper"]) == pytest.approx(
        (b3 * spread, spread, b4 * spread), rel=1e-3
    )


def test_single_readings_are_collected_into_subgroups() -> None:
    node = ControlChart(chart="xbar-r", size=3, centre=2, sigma=1)
    assert [p["value"] for p in points(node, 1, 2, 3, 4, 4, 4, 9)] == [2, 4]


@pytest.mark.parametrize(
    ("chart", "centre", "payload", "value", "sigma"),
    [
        ("p", 0.2, {"count": 12, "size": 50}, 0.24, math.sqrt(0.2 * 0.8 / 50)),
        ("np", 0.2, 12, 12, math.sqrt(50 * 0.2 * 0.8)),
        ("c", 9, 12, 12, 3),
        ("u", 2, {"count": 12, "size": 4}, 3, math.sqrt(2 / 4)),
    ],
)
def test_counts_have_the_limits_of_their_distribution(
    chart: Any, centre: float, payload: Any, value: float, sigma: float
) -> None:
    (found,) = points(ControlChart(chart=chart, centre=centre, size=50), payload)
    assert (found["value"], found["sigma"]) == (pytest.approx(value), pytest.approx(sigma))
    assert found["lower"] == pytest.approx(max(0, found["centre"] - 3 * sigma))


def test_an_ewma_chart_follows_its_recursion() -> None:
    # Montgomery, example 9.2: λ 0.1, L 2.7, mean 10, sigma 1, first readings 9.45, 7.99, 9.29, 11.66.
    node = ControlChart(chart="ewma", centre=10, sigma=1, weight=0.1, width=2.7)
    found = points(node, 9.45, 7.99, 9.29, 11.66)
    assert [p["value"] for p in found] == pytest.approx([9.945, 9.7495, 9.70355, 9.899195])
    assert [p["upper"] for p in found[:2]] == pytest.approx([10.27, 10.3633], abs=1e-4)


def test_a_cusum_finds_a_small_shift() -> None:
    # Montgomery, table 9.1: mean 10, sigma 1, k 0.5, h 5: the readings from 21 on have the mean 11; signal at 29.
    readings = [
        9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34, 9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62,
        10.31, 8.52, 10.84, 10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
    ]  # fmt: skip
    node = ControlChart(chart="cusum", centre=10, sigma=1)
    alarms = [r.msg.id for r in messages_of(node, *readings) if r.port == "alarm"]
    assert alarms == ["test-28", "test-29"]
    assert node.sums[0] == pytest.approx(5.30, abs=0.03)


def test_an_alarm_carries_the_points_that_made_it() -> None:
    node = ControlChart(centre=0, sigma=1, rules=["nelson-3"])
    (alarm,) = points(node, 0.0, 0.2, 0.4, 0.6, 0.8, 1.0, port="alarm")
    (evidence,) = alarm["evidence"]
    assert evidence["text"] == "six in a row rising or falling"
    assert [p["value"] for p in evidence["points"]] == [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]


def test_bad_readings_are_left_out_and_a_reset_begins_anew() -> None:
    node = ControlChart(centre=0, sigma=1, rules=["nelson-2"])
    bad = Message(5, quality="bad")
    assert len(points(node, *[0.5] * 8, bad, 0.5, port="alarm")) == 1
    node.on_reset(Message())
    assert points(node, *[0.5] * 8, port="alarm") == []
    learned = ControlChart(baseline=3)
    assert len(points(learned, 1, 2, 3, 2)) == 1
    learned.on_reset(Message("baseline"))
    assert points(learned, 1, 2) == []


def test_state_is_whole() -> None:
    numbers = np.random.default_rng(3).normal(size=60).tolist()
    for chart in ("i-mr", "xbar-s", "ewma", "cusum"):
        node = ControlChart(chart=chart, size=3, baseline=5)
        expected = points(ControlChart(chart=chart, size=3, baseline=5), *numbers)
        found: list[dict[str, Any]] = []
        for number in numbers:
            again = ControlChart(chart=chart, size=3, baseline=5)
            again.restore(node.state())
            node = again
            found += points(node, number)
        assert found == expected


def test_what_cannot_be_is_refused() -> None:
    for options, reason in (
        ({"chart": "xbar-r", "size": 30}, "2 to 25"),
        ({"chart": "p", "centre": 5}, "a share"),
        ({"centre": 5}, "give sigma too"),
    ):
        with pytest.raises(ValueError, match=reason):
            ControlChart(**options)
    with pytest.raises(BadData, match="cannot be"):
        points(ControlChart(chart="np", centre=0.1, size=5), 6)
    with pytest.raises(BadData, match="all values of the baseline are the same"):
        points(ControlChart(baseline=3), 1, 1, 1)
    with pytest.raises(BadData, match="has 5 values"):
        points(ControlChart(chart="xbar-r"), [1, 2])

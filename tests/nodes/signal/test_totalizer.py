"""signal/totalizer against numpy's trapezoids and exact fractions."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import messages_of, running
from flowengine_nodes.signal.totalizer import Totalizer
from tests.nodes.signal.feeding import START, reading, sent

eighths = st.lists(st.tuples(st.integers(1, 800), st.integers(-80_000, 80_000)), min_size=1, max_size=40)
"""Signals whose times and values are multiples of 1/8, so that nothing is rounded before it is added up."""


@settings(max_examples=60)
@given(eighths)
def test_it_is_the_sum_of_trapezoids(pairs: list[tuple[int, int]]) -> None:
    times = np.cumsum([gap for gap, _ in pairs]) / 8
    rates = [value / 8 for _, value in pairs]
    found = [msg.payload for msg in sent(Totalizer(), [reading(t, x) for t, x in zip(times, rates, strict=True)])]
    expected = [float(np.trapezoid(rates[: i + 1], times[: i + 1])) for i in range(len(times))]
    assert found == pytest.approx(expected, rel=1e-12, abs=1e-9)


def test_it_is_exact_over_many_readings() -> None:
    node = Totalizer(per="h", between="step")

    async def main() -> None:
        async with running(node, VirtualClock()):
            for n in range(100_001):
                node.process(Message(0.1, time=START + n))

    VirtualClock().run(main())
    assert node.total + node.rest == pytest.approx(float(Fraction(0.1) * 100_000 / 3600), rel=1e-15)


@settings(max_examples=60)
@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30), st.integers(1, 50))
def test_what_goes_round_leaves_as_a_batch_and_nothing_is_lost(rates: list[int], size: int) -> None:
    node = Totalizer(between="step", roll_over=float(size))
    out = messages_of(node, *[reading(n, float(rate)) for n, rate in enumerate(rates)])
    batches = sum(routed.msg.payload for routed in out if routed.port == "batch")
    totals = [routed.msg.payload for routed in out if routed.port == "out"]
    assert batches + totals[-1] == pytest.approx(sum(rates[:-1]))
    assert all(0 <= total < size for total in totals)


def on(node: Totalizer, steps: list[tuple[str, Any]]) -> list[tuple[str, Any, str]]:
    found: list[tuple[str, Any, str]] = []

    async def main() -> None:
        async with running(node, VirtualClock()):
            for port, msg in steps:
                result = node.process(msg) if port == "in" else node.on_reset(msg)
                for item in [result] if isinstance(result, Message) else result:
                    port_out, out = ("out", item) if isinstance(item, Message) else item
                    found.append((port_out, out.payload, out.quality))

    VirtualClock().run(main())
    return found


def test_a_reset_sends_the_total_and_begins_anew_or_at_a_number() -> None:
    steps = [("in", reading(0, 6.0)), ("in", reading(10, 6.0)), ("reset", reading(10, True)), ("in", reading(20, 6.0))]
    assert on(Totalizer(per="min"), steps) == [
        ("out", 0.0, "good"),
        ("out", 1.0, "good"),
        ("batch", 1.0, "good"),
        ("out", 0.0, "good"),
        ("out", 1.0, "good"),
    ]
    assert on(Totalizer(), [("reset", reading(0, 40))])[-1] == ("out", 40.0, "good")
    with pytest.raises(BadData, match="from 0 to 10"):
        on(Totalizer(roll_over=10), [("reset", reading(0, 40))])


def test_a_bad_reading_is_bridged_and_that_stays_uncertain_until_a_reset() -> None:
    steps = [
        ("in", reading(0, 2.0)),
        ("in", reading(5, None, "bad")),
        ("in", reading(10, 4.0)),
        ("in", reading(11, 4.0)),
        ("reset", reading(11, "now")),
        ("in", reading(12, 4.0)),
    ]
    assert on(Totalizer(), steps) == [
        ("out", 0.0, "good"),
        ("out", 0.0, "bad"),
        ("out", 30.0, "uncertain"),
        ("out", 34.0, "uncertain"),
        ("batch", 34.0, "uncertain"),
        ("out", 0.0, "good"),
        ("out", 4.0, "good"),
    ]


def test_a_long_gap_does_not_count() -> None:
    found = sent(Totalizer(longest_gap=10), [reading(0, 1.0), reading(100, 1.0), reading(105, 1.0)])
    assert [(msg.payload, msg.quality) for msg in found] == [(0.0, "good"), (0.0, "uncertain"), (5.0, "uncertain")]


def test_noise_around_zero_and_backflow_count_as_told() -> None:
    assert sent(Totalizer(cutoff=0.5), [reading(0, 0.4), reading(9, -0.4)])[-1].payload == 0
    assert sent(Totalizer(), [reading(0, -2.0), reading(3, -2.0)])[-1].payload == -6
    assert sent(Totalizer(negative="ignore"), [reading(0, -2.0), reading(3, -2.0)])[-1].payload == 0


def test_the_total_has_its_own_unit_and_follows_a_clock_that_was_set_back() -> None:
    inputs = [reading(500, 1.0, unit="kW"), reading(0, 1.0), reading(2, 1.0)]
    found = sent(Totalizer(unit="kWh"), inputs)
    assert [(msg.payload, msg.quality) for msg in found] == [(0.0, "good"), (0.0, "uncertain"), (2.0, "uncertain")]
    assert found[0].get("unit") == "kWh"
    with pytest.raises(BadData, match="late"):
        sent(Totalizer(), [reading(5, 0.0), reading(4, 5.0)])

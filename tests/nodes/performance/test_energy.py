"""performance/energy: kWh per piece, from power or a meter."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes import Energy
from tests.nodes.performance.shop_floor import Event, observed, of

BAD = Message(None, quality="bad")


def sent(events: list[Event], crashes: tuple[float, ...] = (), **options: Any) -> Any:
    return observed(lambda: Energy(**options), events, 20_000, crashes=crashes)


def test_power_over_time_by_pieces_is_energy_per_piece() -> None:
    """12 kW for half an hour and 0 to 12 kW in a straight line for another are 9 kWh: 0.75 for each of 12 pieces."""
    figures = of("out", sent([(0, "", 0), (1800, "", 12), (2000, "pieces", 12), (3600, "", 12)]))
    assert [one["per_piece"] for one in figures] == [None, None, pytest.approx(0.75)]
    assert figures[-1]["energy"] == pytest.approx(9)


def test_a_meter_rolls_over_and_a_new_one_makes_the_figures_uncertain() -> None:
    found = [
        one.msg
        for one in sent(
            [(0, "", 95), (10, "", 98), (20, "", 5), (30, "", 40), (40, "", 10)], measure="meter", roll_over=100
        )
    ]
    assert [msg.payload["energy"] for msg in found] == [0, 3, 10, 45, 45]
    assert [msg.quality for msg in found] == ["good"] * 4 + ["uncertain"]


def test_what_is_taken_while_the_machine_stands_is_idle() -> None:
    figures = of("out", sent([(0, "", 10), (3600, "", 10), (3601, "running", False), (7200, "", 10)]))
    assert figures[-1]["idle"] == pytest.approx(10)
    assert figures[-1]["energy"] == pytest.approx(20)


def test_a_reset_sends_the_figures_and_begins_them_anew() -> None:
    events: list[Event] = [(0, "", 10), (10, "pieces", 5), (3600, "", 10), (3600, "reset", 1), (7200, "", 10)]
    found = sent(events)
    assert of("batch", found)[0]["per_piece"] == pytest.approx(2)
    assert of("out", found)[-1]["energy"] == pytest.approx(10)
    assert of("out", found)[-1]["pieces"] == 0


def test_a_gap_of_power_makes_the_figures_uncertain_and_a_long_one_does_not_count() -> None:
    found = [one.msg for one in sent([(0, "", 10), (100, "", BAD), (360, "", 10), (9000, "", 10)])]
    assert [(msg.payload["energy"], msg.quality) for msg in found] == [
        (0, "good"),
        (pytest.approx(1), "uncertain"),
        (pytest.approx(1), "uncertain"),
    ]


def test_a_meter_loses_nothing_over_bad_readings() -> None:
    found = [one.msg for one in sent([(0, "", 10), (100, "", BAD), (360, "", 14)], measure="meter")]
    assert (found[-1].payload["energy"], found[-1].quality) == (4, "good")


def test_fewer_than_no_pieces_are_refused() -> None:
    with pytest.raises(BadData, match="counter"):
        messages_of(Energy(), -1, port="pieces")


@given(
    st.lists(st.tuples(st.floats(0, 100), st.integers(0, 9), st.booleans()), min_size=1, max_size=20),
    st.sets(st.integers(0, 19)),
)
def test_energy_is_the_integral_of_power_in_any_portions_and_over_restarts(
    found: list[tuple[float, int, bool]], crashes: set[int]
) -> None:
    events: list[Event] = []
    for n, (power, pieces, reset) in enumerate(found):
        events += [(n * 60, "", power), (n * 60 + 1, "pieces", pieces)]
        if reset:
            events.append((n * 60 + 2, "reset", 1))
    events.append((len(found) * 60, "reset", 1))
    batches = of("batch", sent(events, tuple(n * 60 + 30.0 for n in crashes if n < len(found))))
    powers = [power for power, _, _ in found]
    integral = sum((a + b) / 2 / 60 for a, b in itertools.pairwise(powers))
    assert sum(batch["energy"] for batch in batches) == pytest.approx(integral, abs=1e-3)
    assert sum(batch["pieces"] for batch in batches) == sum(pieces for _, pieces, _ in found)
    assert all(0 <= batch["idle"] <= batch["energy"] for batch in batches)

"""Simulated processes."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.rehearse.process import Process
from flowengine.rehearse.shape import Disturbance, Plant


def first_order(**options: object) -> Process:
    stated = {"input": "a", "output": "b", "gain": 2.0, "time_constant": 10.0, **options}
    return Process(Plant(**stated))  # type: ignore[arg-type]


def test_a_first_order_process_reaches_63_percent_after_its_time_constant() -> None:
    process = first_order()
    process.drive(0, 5)
    assert process.read(10) == pytest.approx(10 * (1 - math.exp(-1)))
    assert process.read(1000) == pytest.approx(10)


def test_nothing_shows_before_the_dead_time() -> None:
    process = first_order(dead_time=3.0, ambient=20.0)
    process.drive(0, 5)
    assert process.read(3) == 20
    assert process.read(3.1) > 20


def test_it_starts_at_its_start_and_goes_to_ambient() -> None:
    process = first_order(start=80.0, ambient=20.0)
    assert process.read(0) == 80
    assert process.read(1000) == pytest.approx(20)


def test_a_load_stays_and_a_shift_is_forgotten() -> None:
    process = first_order(disturb=[Disturbance(at=10, shift=7), Disturbance(at=500, load=1)])
    assert process.read(10) == 7
    assert process.read(499) == pytest.approx(0, abs=1e-6)
    assert process.read(1500) == pytest.approx(2)


def test_an_integrating_process_runs_on() -> None:
    process = Process(Plant(input="a", output="b", kind="integrating", gain=0.5, start=1.0))
    process.drive(0, 4)
    assert process.read(10) == pytest.approx(21)
    process.drive(10, 0)
    assert process.read(99) == pytest.approx(21)


@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(-50, 50)), max_size=5),
    st.lists(st.floats(0, 100), max_size=20),
    st.sampled_from(["first-order", "integrating"]),
)
def test_how_often_it_is_read_changes_nothing(drives: list[tuple[float, float]], looks: list[float], kind: str) -> None:
    options = {"time_constant": 7.0} if kind == "first-order" else {}
    plant = Plant(input="a", output="b", kind=kind, dead_time=2.0, **options)  # type: ignore[arg-type]
    once, often = Process(plant), Process(plant)
    for process in (once, often):
        for when, value in sorted(drives):
            process.drive(when, value)
    for look in sorted(looks):
        often.read(look)
    assert often.read(200) == pytest.approx(once.read(200), rel=1e-9, abs=1e-9)

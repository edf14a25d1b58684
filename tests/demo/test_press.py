"""The press counts, wears, jams and is serviced."""

import itertools
import math

from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine_demo.plant.press import Press, PressParameters
from flowengine_demo.plant.registers import PressState

NO_TROUBLE = PressParameters(jam_share=0.0, bearing_e_fold_s=1e9)
ONE_STATE = {PressState.RUNNING, PressState.IDLE, PressState.FAULT}


@given(st.floats(1.0, 60.0), st.integers(10, 600))
@settings(max_examples=30)
def test_it_makes_as_many_pieces_as_the_line_speed_says(pieces_per_min: float, seconds: int) -> None:
    press = Press(NO_TROUBLE)
    press.pieces_per_min = pieces_per_min
    made = 0
    for _ in range(seconds):
        before = press.counter
        press.step(1.0)
        made += (press.counter - before) % NO_TROUBLE.counter_rollover
    wanted = pieces_per_min * seconds / 60
    assert math.isclose(made, wanted, rel_tol=0.05, abs_tol=1.5)


def test_the_counter_rolls_over_at_its_stated_value() -> None:
    press = Press(PressParameters(first_count=999_998, jam_share=0.0))
    counts = [press.counter]
    while len(counts) < 4:
        press.step(0.5)
        if press.counter != counts[-1]:
            counts.append(press.counter)
    assert counts == [999_998, 999_999, 0, 1]


def test_line_speed_zero_is_idle_and_makes_nothing() -> None:
    press = Press(NO_TROUBLE)
    press.pieces_per_min = 0.0
    before = press.counter
    press.step(600.0)
    assert press.state == PressState.IDLE
    assert press.counter == before
    assert press.vibration_mm_s < 0.2


def test_wear_shows_in_the_vibration_until_the_trip_and_the_fitter_makes_it_new() -> None:
    press = Press(PressParameters(jam_share=0.0))
    press.step(1.0)
    new = press.true_vibration_mm_s
    states: list[PressState] = []
    for _ in range(900):
        press.step(1.0)
        if not states or press.state != states[-1]:
            states.append(press.state)
    due = PressState.SERVICE_DUE
    assert states == [PressState.RUNNING, PressState.RUNNING | due, PressState.FAULT | due, PressState.RUNNING]
    assert press.true_vibration_mm_s < 2 * new


def test_a_service_on_command_resets_the_wear() -> None:
    press = Press(PressParameters(jam_share=0.0))
    press.step(600.0)
    worn = press.true_vibration_mm_s
    press.service()
    press.step(1.0)
    assert press.true_vibration_mm_s < worn / 3


def test_a_jam_stops_the_machine_for_its_time_and_no_piece_is_made_meanwhile() -> None:
    press = Press(PressParameters(jam_share=1.0, jam_s=12.0))
    while PressState.FAULT not in press.state:
        press.step(0.1)
    before = press.counter
    stood = 0
    while PressState.FAULT in press.state:
        press.step(0.1)
        stood += 1
    assert press.counter == before
    assert 11.5 < stood * 0.1 < 12.5


def test_a_worn_bearing_makes_more_rejects() -> None:
    def rejects(wear: float) -> int:
        press = Press(PressParameters(jam_share=0.0, bearing_e_fold_s=1e9))
        press.wear = wear
        press.pieces_per_min = 60.0
        press.step(3000.0)
        return press.rejects

    assert 10 <= rejects(0.0) <= 60
    assert rejects(2.0) > 2 * rejects(0.0)


def test_the_spindle_warms_up_while_running_and_cools_down_to_the_room() -> None:
    press = Press(NO_TROUBLE)
    press.step(1200.0)
    assert 40.0 < press.spindle_degc < 50.0
    press.pieces_per_min = 0.0
    for _ in itertools.repeat(None, 60):
        press.step(60.0)
    assert 20.0 <= press.spindle_degc < 20.1


@given(st.lists(st.tuples(st.floats(-10.0, 100.0), st.floats(0.01, 120.0)), max_size=30), st.integers(0, 1000))
@settings(max_examples=30)
def test_it_is_in_one_state_repeatable_and_its_registers_never_overflow(
    commands: list[tuple[float, float]], seed: int
) -> None:
    first, second = Press(seed=seed), Press(seed=seed)
    for speed, seconds in commands:
        for press in (first, second):
            press.pieces_per_min = speed
            press.step(seconds)
        assert first.state & ~PressState.SERVICE_DUE in ONE_STATE
        assert 0 <= first.counter < first.parameters.counter_rollover
        assert 0 <= first.rejects < 65536
        assert (first.vibration_mm_s, first.counter, first.state) == (
            second.vibration_mm_s,
            second.counter,
            second.state,
        )

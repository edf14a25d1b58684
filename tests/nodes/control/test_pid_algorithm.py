from itertools import pairwise

import control
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.control.pid_algorithm import INFINITE, Pid

values = st.floats(-1e4, 1e4)
steps = st.lists(st.tuples(values, values, st.floats(0, 50)), min_size=1, max_size=40)
controllers = st.builds(
    Pid,
    st.floats(0, 50),
    st.one_of(st.just(INFINITE), st.floats(0.5, 500)),
    st.floats(0, 50),
    low=st.floats(-100, 0),
    high=st.floats(1, 100),
    reverse_acting=st.booleans(),
    dead_band=st.floats(0, 5),
)


def oven(pid: Pid, setpoint: float, seconds: int, temperature: float = 20.0) -> list[float]:
    """Heat a first-order oven (100 % leads to 320 degrees, time constant 200 s, dead time 5 s)."""
    delayed, found = [0.0] * 5, []
    for _ in range(seconds):
        delayed.append(pid.update(temperature, setpoint, 1.0))
        temperature += (20 + 3 * delayed.pop(0) - temperature) / 200
        found.append(temperature)
    return found


@given(controllers, steps)
def test_the_output_is_always_inside_its_limits(pid: Pid, inputs: list[tuple[float, float, float]]) -> None:
    for measured, setpoint, dt in inputs:
        assert pid.low <= pid.update(measured, setpoint, dt) <= pid.high


@given(controllers, steps, values, values, values)
def test_the_change_from_manual_to_automatic_is_bumpless(
    pid: Pid, before: list[tuple[float, float, float]], output: float, measured: float, setpoint: float
) -> None:
    for item in before:
        pid.update(*item)
    tracked = pid.track(output, measured, setpoint)
    assert tracked == min(max(output, pid.low), pid.high)
    if pid.ti < INFINITE:
        assert pid.update(measured, setpoint, 1.0) == pytest.approx(tracked, rel=1e-9, abs=1e-6)


@given(st.floats(0.1, 20), st.floats(1, 300), st.floats(0, 0.25), st.floats(0.1, 60), st.integers(1, 500))
def test_a_long_time_at_the_limit_winds_nothing_up(gain: float, ti: float, share: float, dt: float, count: int) -> None:
    pid = Pid(gain, ti, share * ti, low=0, high=100)
    for _ in range(count):
        pid.update(0.0, 200.0, dt)
    # Back-calculation settles where what comes in through the error leaves through the limit.
    assert abs(pid.integral) <= 100 + gain * 200 * (1 + pid.tt / ti + dt / ti)


@given(st.floats(0.6, 20), st.floats(1, 300), st.floats(0.1, 60), st.integers(1, 500))
def test_a_turned_error_takes_effect_at_the_next_reading(gain: float, ratio: float, dt: float, count: int) -> None:
    pid = Pid(gain, ratio * dt, low=0, high=100)
    for _ in range(count):
        pid.update(0.0, 200.0, dt)
    assert pid.output == 100
    assert pid.update(201.0, 200.0, dt) < 100


def test_after_saturation_the_output_leaves_the_limit_at_once_when_the_error_turns() -> None:
    pid = Pid(2.0, 10.0, low=0, high=100)
    for _ in range(10_000):
        pid.update(0.0, 200.0, 1.0)
    assert pid.output == 100
    assert pid.update(210.0, 200.0, 1.0) < 100


def test_it_brings_an_oven_to_its_setpoint_without_lasting_error() -> None:
    found = oven(Pid(4.0, 120.0, 5.0), setpoint=180, seconds=3000)
    assert found[-1] == pytest.approx(180, abs=0.05)
    assert max(found) < 190


def test_each_term_follows_its_formula() -> None:
    pid = Pid(2.0, 10.0, 5.0, low=-1000, high=1000, derivative_filter=10)
    pid.update(10.0, 12.0, 0.0)
    assert (pid.proportional, pid.integral, pid.derivative) == (4, 0, 0)
    pid.update(11.0, 12.0, 2.0)
    assert pid.proportional == 2
    assert pid.integral == pytest.approx(2 * 2 / 10)
    # Td / (Td + N h) · (0 − K N (y − y'))
    assert pid.derivative == pytest.approx(5 / (5 + 20) * -20)
    assert pid.output == pytest.approx(2 + pid.derivative)  # the integral of this step counts from the next on


def test_inside_its_limits_it_is_the_transfer_function_of_python_control() -> None:
    gain, ti, td, n, h, b, c = 2.0, 10.0, 5.0, 8.0, 0.5, 0.7, 0.2
    setpoint, measured = np.random.default_rng(4).normal(size=(2, 200)).cumsum(axis=1)
    setpoint[0] = measured[0] = 0.0  # both are at rest before
    pid = Pid(gain, ti, td, low=-1e6, high=1e6, derivative_filter=n, weight_p=b, weight_d=c)
    found = [pid.update(y, r, h) for y, r in zip(measured, setpoint, strict=True)]
    integral = control.tf([gain * h / ti], [1, -1], h)  # forward differences
    derivative = control.tf([gain * n * td, -gain * n * td], [td + n * h, -td], h)  # backward, filtered with Td / N
    of_setpoint = control.forced_response(gain * b + integral + c * derivative, U=setpoint).outputs
    of_measured = control.forced_response(gain + integral + derivative, U=measured).outputs
    assert found == pytest.approx((of_setpoint - of_measured).tolist(), rel=1e-9, abs=1e-9)


def test_a_step_of_the_setpoint_does_not_kick_the_derivative() -> None:
    pid = Pid(1.0, td=100.0, low=-1e6, high=1e6)
    pid.update(10.0, 10.0, 1.0)
    assert pid.update(10.0, 20.0, 1.0) == 10


def test_direct_action_raises_the_output_with_the_measurement() -> None:
    cooling = Pid(1.0, reverse_acting=False)
    assert cooling.update(30.0, 20.0, 1.0) > cooling.update(25.0, 20.0, 1.0) > cooling.update(15.0, 20.0, 1.0) == 0


def test_inside_the_dead_band_the_output_rests() -> None:
    pid = Pid(1.0, 10.0, bias=50, dead_band=2)
    assert [pid.update(20 + d, 20.0, 1.0) for d in (-2, 1, 2, 0)] == [50, 50, 50, 50]
    assert pid.update(17.0, 20.0, 1.0) == 51


def test_feedforward_is_added_inside_the_limits() -> None:
    pid = Pid(1.0, bias=10)
    assert pid.update(20.0, 20.0, 1.0, 5.0) == 15
    assert pid.update(20.0, 20.0, 1.0, 500.0) == 100


@given(st.floats(0.5, 50), st.floats(0.01, 200))
def test_a_slow_sample_rate_does_not_make_the_limited_integral_swing(ti: float, dt: float) -> None:
    pid = Pid(1.0, ti, low=0, high=10)
    integrals = []
    for _ in range(50):
        pid.update(0.0, 100.0, dt)
        integrals.append(pid.integral)
    changes = [b - a for a, b in pairwise(integrals)]
    assert all(c >= -1e-9 for c in changes) or all(c <= 1e-9 for c in changes)


@pytest.mark.parametrize("wrong", [{"low": 5, "high": 5}, {"ti": 0}, {"gain": -1}, {"td": -1}, {"dead_band": -1}])
def test_parameters_out_of_range_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be"):
        Pid(**{"gain": 1.0, **wrong})  # type: ignore[arg-type]


def test_on_a_ramp_neither_tracking_nor_other_parameters_bump_the_derivative() -> None:
    def at_299() -> Pid:
        pid = Pid(2.0, 100.0, 5.0, low=-1e6, high=1e6)
        for measured in range(100, 300):
            pid.update(measured, 300.0, 1.0)
        return pid

    free, followed, tuned = at_299(), at_299(), at_299()
    assert free.derivative == pytest.approx(-10)
    before = followed.output
    moved = -free.update(300.0, 300.0, 1.0) + free.update(301.0, 300.0, 1.0)
    followed.track(before, 300.0, 300.0, dt=1.0)
    assert followed.update(301.0, 300.0, 1.0) - before == pytest.approx(moved)
    tuned.retune(4.0, 100.0, 5.0)
    integrated = 2.0 * 1.0 / 100  # of the last reading, an error of 1
    assert tuned.update(300.0, 300.0, 1.0) - before == pytest.approx(4.0 * -1.0 + integrated)

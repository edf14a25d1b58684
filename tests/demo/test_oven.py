"""The oven behaves as an oven does, and a plain PID can hold it."""

from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine_demo.plant.oven import Oven, OvenParameters

STEP_S = 0.05
# One command to the oven: heater percent, door open, how long (s).
COMMANDS = st.lists(st.tuples(st.floats(-50.0, 150.0), st.booleans(), st.floats(0.01, 20.0)), min_size=1, max_size=30)


@dataclass
class PID:
    """Parallel form, 0..100 %, derivative on the measurement; the integral rests while the output is at its limit."""

    kp: float
    ki: float
    kd: float
    period_s: float
    integral: float = 0.0
    last: float | None = None

    def output(self, setpoint: float, reading: float) -> float:
        error = setpoint - reading
        slope = 0.0 if self.last is None else (reading - self.last) / self.period_s
        self.last = reading
        wanted = self.kp * error + self.integral - self.kd * slope
        if not (wanted >= 100 and error > 0) and not (wanted <= 0 and error < 0):
            self.integral += self.ki * error * self.period_s
        return min(100.0, max(0.0, self.kp * error + self.integral - self.kd * slope))


def controlled(
    pid: PID, seed: int, door_opens_s: float, door_closes_s: float, until_s: float
) -> list[tuple[float, float]]:
    """Run the oven from cold to 180 degC; (plant time, true chamber temperature) for each step."""
    oven = Oven(seed=seed)
    trace: list[tuple[float, float]] = []
    steps_per_period = round(pid.period_s / STEP_S)
    for step in range(round(until_s / STEP_S)):
        now = step * STEP_S
        if step % steps_per_period == 0:
            oven.command_percent = pid.output(180.0, oven.chamber_reading_degc)
        oven.door_open = door_opens_s <= now < door_closes_s
        oven.step(STEP_S)
        trace.append((now + STEP_S, oven.chamber_degc))
    return trace


def settled_at(trace: list[tuple[float, float]], from_s: float, until_s: float) -> float:
    """When the temperature came within 2 degC of 180 for good."""
    outside = [at for at, degc in trace if from_s <= at < until_s and abs(degc - 180.0) > 2.0]
    return max(outside, default=from_s)


@pytest.mark.parametrize(
    ("period_s", "kp", "ki", "kd"), [(1.0, 4.0, 0.15, 4.0), (0.5, 4.0, 0.15, 4.0), (1.0, 4.0, 0.2, 0.0)]
)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_pid_reaches_180_degc_within_90_s_and_recovers_from_an_open_door_within_40_s(
    period_s: float, kp: float, ki: float, kd: float, seed: int
) -> None:
    trace = controlled(PID(kp, ki, kd, period_s), seed, door_opens_s=150.0, door_closes_s=160.0, until_s=260.0)
    assert settled_at(trace, 0.0, 150.0) < 90.0
    assert settled_at(trace, 160.0, 260.0) - 160.0 < 40.0
    assert max(degc for at, degc in trace if at < 150.0) < 182.0, "no overshoot worth the name after a cold start"
    assert max(degc for _, degc in trace) < 188.0
    assert min(degc for at, degc in trace if at >= 150.0) < 160.0, "an open door must be worth an alarm"


@given(COMMANDS)
@settings(max_examples=60)
def test_nothing_in_the_oven_gets_colder_than_the_room_or_hotter_than_the_limiter_allows(
    commands: list[tuple[float, bool, float]],
) -> None:
    oven = Oven()
    hottest = oven.parameters.limiter_trip_degc + 15.0  # what is on its way when the limiter trips still arrives
    for percent, door_open, seconds in commands:
        oven.command_percent, oven.door_open = percent, door_open
        oven.step(seconds)
        for degc in (oven.chamber_degc, oven.product_degc):
            assert oven.parameters.ambient_degc - 1e-9 <= degc <= hottest


@given(COMMANDS)
@settings(max_examples=60)
def test_energy_never_falls_and_is_the_power_put_out_over_time(commands: list[tuple[float, bool, float]]) -> None:
    oven = Oven()
    for percent, door_open, seconds in commands:
        oven.command_percent, oven.door_open = percent, door_open
        before = oven.energy_kwh
        oven.step(seconds)
        most = oven.parameters.heater_kw * seconds / 3600 * min(1.0, max(0.0, percent / 100))
        assert before <= oven.energy_kwh <= before + most * (1 + 1e-9) + 1e-12


@given(COMMANDS, st.integers(0, 1000))
@settings(max_examples=20)
def test_the_same_seed_and_the_same_commands_give_the_same_readings(
    commands: list[tuple[float, bool, float]], seed: int
) -> None:
    first, second = Oven(seed=seed), Oven(seed=seed)
    for percent, door_open, seconds in commands:
        for oven in (first, second):
            oven.command_percent, oven.door_open = percent, door_open
            oven.step(seconds)
        assert first.chamber_reading_degc == second.chamber_reading_degc
        assert first.product_reading_degc == second.product_reading_degc


def test_heat_arrives_one_dead_time_after_the_command() -> None:
    oven = Oven()
    oven.command_percent = 100.0
    oven.step(1.4)
    assert oven.chamber_degc == oven.parameters.ambient_degc
    assert oven.energy_kwh > 0
    oven.step(0.3)
    assert oven.chamber_degc > oven.parameters.ambient_degc


def test_the_product_lags_behind_the_chamber_and_both_end_at_the_balance_of_heat() -> None:
    oven = Oven()
    oven.command_percent = 30.0
    oven.step(60.0)
    assert oven.product_degc < oven.chamber_degc
    oven.step(3000.0)
    balance = 20.0 + 0.30 * 6000.0 / oven.parameters.loss_w_per_k
    assert oven.chamber_degc == pytest.approx(balance, abs=0.1)
    assert oven.product_degc == pytest.approx(balance, abs=0.1)


def test_the_limiter_cuts_the_heater_whatever_is_commanded_and_resets_when_cooler() -> None:
    oven = Oven()
    oven.command_percent = 100.0
    while not oven.limiter_tripped:
        oven.step(1.0)
    assert oven.actual_percent == 0.0
    while oven.limiter_tripped:
        oven.step(1.0)
    assert oven.chamber_degc <= oven.parameters.limiter_reset_degc
    assert oven.actual_percent == 100.0


def test_a_command_that_is_no_number_is_zero() -> None:
    oven = Oven()
    oven.command_percent = float("nan")
    assert oven.actual_percent == 0.0
    oven.step(5.0)
    assert oven.energy_kwh == 0.0


def test_an_oven_that_would_oscillate_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        OvenParameters(chamber_j_per_k=1.0)


def test_time_does_not_stand_still_or_run_back() -> None:
    with pytest.raises(ValueError, match="takes time"):
        Oven().step(0.0)

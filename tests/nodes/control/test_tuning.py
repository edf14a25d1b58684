"""The tuning rules against worked examples and python-control; step and relay tests against simulated processes."""

from __future__ import annotations

import math

import control
import numpy as np
import pytest

from flowengine_nodes.control.relay_test import RelayTest
from flowengine_nodes.control.step_test import process_of_step
from flowengine_nodes.control.tuning import (
    Process,
    Ultimate,
    cohen_coon,
    lambda_rule,
    process_of,
    simc,
    tuned_by_model,
    tuned_by_relay,
    tyreus_luyben,
    ziegler_nichols_step,
    ziegler_nichols_ultimate,
)


def ultimate_of(process: Process) -> Ultimate:
    """By python-control, with the dead time as a Padé approximation of order 12."""
    lag = control.tf([process.gain], [process.time_constant, 1])
    dead = control.tf(*control.pade(process.dead_time, 12))
    margins, _, _, crossings, _, _ = control.stability_margins(lag * dead, returnall=True)
    first = min(range(len(crossings)), key=lambda i: crossings[i])
    return Ultimate(float(margins[first]), 2 * math.pi / float(crossings[first]))


def test_simc_gives_the_settings_of_its_paper() -> None:
    # Skogestad 2003, table 4: cases 1 (K 1, θ 1, pure dead time limit aside), first order with τ 8 and θ 1 and others.
    assert simc(Process(1, 8, 1)) == pytest.approx((4, 8, 0))
    assert simc(Process(1, 1e9, 1))[1] == pytest.approx(8)  # nearly integrating: ti = 8 θ
    assert simc(Process(2, 10, 1), tau_c=4) == pytest.approx((1, 10, 0))


def test_the_classical_rules_give_their_tables() -> None:
    process, ultimate = Process(2.0, 20.0, 5.0), Ultimate(8.0, 40.0)
    assert ziegler_nichols_step(process) == pytest.approx((1.2 * 20 / (2 * 5), 10, 2.5))
    assert ziegler_nichols_step(process, False) == pytest.approx((0.9 * 20 / 10, 5 / 0.3, 0))
    assert ziegler_nichols_ultimate(ultimate) == pytest.approx((4.8, 20, 5))
    assert ziegler_nichols_ultimate(ultimate, False) == pytest.approx((3.6, 40 / 1.2, 0))
    assert tyreus_luyben(ultimate) == pytest.approx((8 / 2.2, 88, 40 / 6.3))
    assert tyreus_luyben(ultimate, False) == pytest.approx((2.5, 88, 0))
    assert lambda_rule(process) == pytest.approx((20 / (2 * 25), 20, 0))
    assert lambda_rule(process, 5) == pytest.approx((1, 20, 0))
    # Cohen & Coon for L/T = 1/4, worked out by hand.
    assert cohen_coon(process) == pytest.approx(((4 / 3 + 1 / 16) * 2, 5 * 33.5 / 15, 20 / 11.5))
    assert cohen_coon(process, False) == pytest.approx(((0.9 + 1 / 48) * 2, 5 * 30.75 / 14, 0))


@pytest.mark.parametrize(("gain", "constant", "share"), [(5, 5, 1), (0.2, 100, 0.1), (2, 20, 0.25), (1, 30, 2)])
def test_a_process_and_its_ultimate_gain_belong_together(gain: float, constant: float, share: float) -> None:
    process = Process(gain, constant, constant * share)
    assert tuple(process_of(ultimate_of(process), gain)) == pytest.approx(tuple(process), rel=1e-3)


@pytest.mark.parametrize("rule", ["simc", "lambda", "ziegler-nichols", "ziegler-nichols-pi", "cohen-coon-pi"])
def test_every_rule_makes_a_loop_that_is_stable_with_a_margin(rule: str) -> None:
    process = Process(2.0, 20.0, 5.0)
    kp, ti, td = tuned_by_model(rule, process)  # type: ignore[arg-type]
    s = control.tf("s")
    controller = kp * (1 + 1 / (ti * s) + td * s / (1 + td / 10 * s))
    plant = control.tf([process.gain], [process.time_constant, 1]) * control.tf(*control.pade(process.dead_time, 8))
    margin, phase, _, _ = control.margin(controller * plant)
    assert margin > 1.3
    assert phase > 15


def test_what_a_rule_lacks_is_said() -> None:
    with pytest.raises(ValueError, match="ultimate gain"):
        tuned_by_model("tyreus-luyben", Process(1, 1, 1))
    with pytest.raises(ValueError, match="dead time"):
        tuned_by_model("cohen-coon", Process(1, 1, 0))
    with pytest.raises(ValueError, match="needs the gain"):
        tuned_by_relay("simc", Ultimate(1, 1), None)
    with pytest.raises(ValueError, match="more than 1"):
        process_of(Ultimate(1, 1), 0.5)


@pytest.mark.parametrize("process", [Process(2, 20, 5), Process(-0.5, 60, 30), Process(3, 100, 2)])
def test_a_step_response_gives_its_process(process: Process) -> None:
    end = process.dead_time + 10 * process.time_constant
    times = np.linspace(0, end, 4000)
    after = np.maximum(times - process.dead_time, 0)
    values = 20 + 10 * process.gain * (1 - np.exp(-after / process.time_constant))
    found = process_of_step(times.tolist(), values.tolist(), 10, 20)
    assert found[:2] == pytest.approx(process[:2], rel=0.01)
    assert found.dead_time == pytest.approx(process.dead_time, abs=0.01 * process.time_constant)


def test_a_step_without_answer_is_said() -> None:
    with pytest.raises(ValueError, match="not answered"):
        process_of_step([0, 1, 2], [5, 5, 5], 1, 5)


@pytest.mark.parametrize("process", [Process(2, 20, 5), Process(1, 30, 20)])
def test_a_relay_finds_the_ultimate_gain_and_period_that_python_control_says(process: Process) -> None:
    test = RelayTest(50, 10, 100 * process.gain / 2, 0.05, 3, reverse=True)
    dt, y = 0.05, 50 * process.gain
    way = [50.0] * round(process.dead_time / dt)
    test.centre = y
    for n in range(200_000):
        way.append(test.output)
        y += (process.gain * way.pop(0) - y) * (1 - math.exp(-dt / process.time_constant))
        test.update(n * dt, y)
        if test.ultimate:
            break
    assert test.ultimate is not None
    expected = ultimate_of(process)
    # The describing function is an approximation: Åström & Hägglund name up to 20 %.
    assert test.ultimate.period == pytest.approx(expected.period, rel=0.08)
    assert test.ultimate.gain == pytest.approx(expected.gain, rel=0.2)
    assert RelayTest.restored(test.kept()).ultimate == test.ultimate

"""foresight/degradation: on a wear whose truth is known, and on whole lives of bearings."""

from __future__ import annotations

import json
import math
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest
from scipy.optimize import isotonic_regression

from flowengine import BadData, Message, Routed
from flowengine_nodes.foresight.calibration import Calibration, isotonic
from flowengine_nodes.foresight.degradation import Degradation
from flowengine_nodes.foresight.degradation_model import Wear, learn
from tests.plants.run_to_failure import CALIBRATION, CALIBRATION_OF_FOUR_HOURS, HOUR, LIMIT, history

LIVES = int(os.environ.get("LIVES", "4"))
FIRST = 20_000
"""docs/bearing-wear.md tells of 1,000; the calibrations come from other seeds."""
EXAMPLE = json.loads((Path(__file__).parents[3] / "flows" / "bearing-wear.json").read_text())


def feed(node: Degradation, values: list[float], step: float = HOUR) -> list[Message | Routed]:
    sent: list[Message | Routed] = []
    for number, value in enumerate(values):
        sent += node.process(Message(value, "bearing", number * step)) or []
    return sent


def figures(sent: list[Message | Routed]) -> list[dict[str, float]]:
    return [one.payload for one in sent if isinstance(one, Message)]


def alarms(sent: list[Message | Routed]) -> list[dict[str, float]]:
    return [one.msg.payload for one in sent if isinstance(one, Routed)]


def test_drift_unevenness_and_noise_are_told_apart() -> None:
    dice = random.Random(1)
    level, values = 0.0, []
    for _ in range(4000):
        level += 0.01 + dice.gauss(0, 0.05)
        values.append(level + dice.gauss(0, 0.2))
    found = learn(values, 1.0)
    assert found.drift == pytest.approx(0.01, abs=3 * found.drift_deviation)
    assert found.noise == pytest.approx(0.2, rel=0.1)
    assert found.diffusion == pytest.approx(0.05, rel=0.5)
    assert found.level == pytest.approx(level, abs=0.3)


def test_the_chance_to_fail_is_what_happens_to_many_parts_alike() -> None:
    wear, dice = Wear(0.0, 0.02, 0.004, 0.1, 0.0), random.Random(2)
    failed = 0
    for _ in range(2000):
        drift, level = dice.gauss(wear.drift, wear.drift_deviation), 0.0
        for _ in range(400):
            level += drift / 8 + dice.gauss(0, wear.diffusion / math.sqrt(8))
            if level >= 1.0:
                failed += 1
                break
    assert wear.fails_within(1.0, 50.0) == pytest.approx(failed / 2000, abs=0.04)
    half = wear.time_to(1.0, 0.5, 1e6)
    assert half is not None
    assert wear.fails_within(1.0, half) == pytest.approx(0.5, abs=1e-3)
    assert wear.time_to(1.0, 0.5, 1.0) is None


def test_even_wear_is_foreseen_to_the_hour_and_warned_of_once() -> None:
    # 2 a day towards 100: from 20 that is 40 days; four days before the end the chance passes one half
    node = Degradation(limit=100.0, scale="linear", blocks=48)
    sent = feed(node, [20 + hour / 12 for hour in range(24 * 39)])
    last = figures(sent)[-1]
    assert last["remaining"] == pytest.approx(24 * HOUR, rel=0.1)
    assert last["soonest"] <= last["remaining"] <= last["latest"]
    assert last["rate"] == pytest.approx(2.0, rel=0.02)
    (alarm,) = alarms(sent)
    assert alarm["remaining"] == pytest.approx(96 * HOUR, rel=0.05)
    assert alarm["limit"] == 100.0


def test_a_signal_may_fall_to_its_limit() -> None:
    sent = feed(Degradation(limit=10.0, scale="linear", blocks=48), [50 - hour / 12 for hour in range(24 * 15)])
    assert figures(sent)[-1]["remaining"] == pytest.approx(5 * 24 * HOUR, rel=0.1)
    assert figures(sent)[-1]["rate"] == pytest.approx(-2.0, rel=0.02)


def test_growth_by_a_share_of_itself_is_a_line_in_logarithms() -> None:
    sent = feed(Degradation(limit=8.0, blocks=48), [math.exp(hour / 100) for hour in range(150)])
    assert figures(sent)[-1]["remaining"] == pytest.approx((100 * math.log(8) - 148) * HOUR, rel=0.1)
    assert figures(sent)[-1]["rate"] == pytest.approx(math.expm1(0.24), rel=0.02)


def test_a_new_part_begins_anew() -> None:
    node = Degradation(limit=100.0, scale="linear", blocks=48)
    worn = [20 + hour / 4 for hour in range(300)]
    sent = feed(node, [*worn, *[20 + hour / 4 for hour in range(300)]])
    assert len(alarms(sent)) == 2
    assert len(figures(sent)) == 2 * 300 - 9 - 10


def test_time_in_which_nothing_came_is_wear_that_stood_still_and_a_bad_reading_is_left_out() -> None:
    node = Degradation(limit=100.0, scale="linear", blocks=48)
    feed(node, [20 + hour / 12 for hour in range(100)])
    assert node.process(Message(1e9, "bearing", 100 * HOUR, "bad")) is None
    (found,) = node.process(Message(28.0, "bearing", 110 * HOUR)) or []
    assert isinstance(found, Message)
    assert 0 < found.payload["rate"] < 2.0


def test_what_cannot_be_meant_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Degradation(limit=0.0)
    with pytest.raises(BadData, match="is not more than 0"):
        Degradation(limit=1.0).process(Message(0.0, "t", 0.0))


def of_the_example() -> dict[str, Any]:
    """Return the options of the example flow, a second of the demo taken as the hour that it stands for."""
    options = dict(EXAMPLE["nodes"]["lasts"]["options"])
    for name in ("block", "ahead"):
        usual = re.fullmatch(r"\$\{BEARING_[A-Z]+:-(\d+)\}", EXAMPLE["environment"][name.upper()])
        assert usual is not None
        options[name] = float(usual[1]) * HOUR
    return options


@pytest.mark.parametrize("options", [{"limit": LIMIT, "calibration": CALIBRATION}, of_the_example()])
def test_bearings_are_warned_of_days_before_they_fail_and_probabilities_are_true(options: dict[str, Any]) -> None:
    hits, false_alarms, months, told = 0, 0, 0.0, []
    for seed in range(FIRST, FIRST + LIVES):
        life, node = history(seed), Degradation(**options)
        assert life.failed_at is not None
        months += len(life.readings) / 720
        leads = []
        for hour, reading in enumerate(life.readings):
            for one in node.process(Message(reading, "bearing", hour * HOUR)) or []:
                left = life.failed_at - hour
                if isinstance(one, Routed):
                    leads.append(left)
                else:
                    told.append((one.payload["fails_within"], left * HOUR <= node.ahead))
        hits += any(48 <= lead <= 336 for lead in leads)
        false_alarms += sum(lead > 336 for lead in leads)
    print(
        f"{hits} of {LIVES} warned of, {false_alarms / months:.3f} false a month, error {calibration_error(told):.4f}"
    )
    print(*reliability(told), sep="\n")
    assert hits >= 0.95 * LIVES
    assert false_alarms <= months
    assert calibration_error(told) <= 0.05
    if LIVES >= 200:  # of fewer lives the middle says little: forecasts of one life go wrong together
        assert calibration_error([(chance, came) for chance, came in told if 0.1 <= chance < 0.9]) <= 0.05


def test_the_example_says_what_its_own_curve_makes_of_what_is_learned() -> None:
    options, life = of_the_example(), history(FIRST)
    assert options["calibration"] == CALIBRATION_OF_FOUR_HOURS
    assert (options["block"], options["blocks"], options["ahead"]) == (4 * HOUR, 24, 96 * HOUR)
    said = [one["fails_within"] for one in figures(feed(Degradation(**options), life.readings))]
    learned = [
        one["fails_within"] for one in figures(feed(Degradation(**options | {"calibration": []}), life.readings))
    ]
    assert said == [Calibration(CALIBRATION_OF_FOUR_HOURS).came(chance) for chance in learned]
    assert any(mended > chance + 0.02 for mended, chance in zip(said, learned, strict=True))
    assert any(mended < chance - 0.02 for mended, chance in zip(said, learned, strict=True))


def bins_of(told: list[tuple[float, bool]]) -> dict[int, list[tuple[float, bool]]]:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for chance, came in told:
        bins.setdefault(min(9, int(chance * 10)), []).append((chance, came))
    return bins


def calibration_error(told: list[tuple[float, bool]]) -> float:
    """Expected calibration error in ten bins (Naeini, Cooper, Hauskrecht 2015)."""
    return sum(abs(sum(p - came for p, came in one)) for one in bins_of(told).values()) / len(told)


def reliability(told: list[tuple[float, bool]]) -> list[str]:
    """Return what a reliability diagram shows: of each bin what was said, what came, of how many forecasts."""
    return [
        f"said {sum(p for p, _ in one) / len(one):.2f} came {sum(came for _, came in one) / len(one):.2f} of {len(one)}"
        for _, one in sorted(bins_of(told).items())
    ]


def test_a_calibration_is_a_rising_curve_and_isotonic_regression_finds_it() -> None:
    dice = random.Random(4)
    told = [(said, dice.random() < said * said) for said in (dice.random() for _ in range(20_000))]
    points = isotonic(told)
    assert points == sorted(points)
    assert [came for _, came in points] == sorted(came for _, came in points)
    curve = Calibration(points)
    assert [curve.came(said) for said in (0.25, 0.5, 0.75)] == pytest.approx([0.0625, 0.25, 0.5625], abs=0.03)
    assert [Calibration([]).came(said) for said in (0.0, 0.3, 1.0)] == [0.0, 0.3, 1.0]
    assert (curve.came(0.0), curve.came(1.0)) == (0.0, 1.0)


def test_pools_are_those_of_scipy() -> None:
    dice = random.Random(5)
    told = [((number % 11) / 11 + 0.01, dice.random() < 0.5) for number in range(300)]
    edges = [number / 11 for number in range(12)]
    said = sorted({chance for chance, _ in told})
    means = [[came for chance, came in told if chance == one] for one in said]
    theirs = isotonic_regression([sum(one) / len(one) for one in means], weights=[len(one) for one in means])
    curve = isotonic(told, edges)
    levels = sorted({round(float(one), 3) for one in theirs.x})
    assert sorted({came for _, came in curve}) == pytest.approx(levels, abs=1e-3)


def test_a_calibration_that_falls_is_refused() -> None:
    with pytest.raises(ValueError, match=r"\[0.6, 0.2\] after \[0.4, 0.5\] does not rise"):
        Degradation(limit=1.0, calibration=[[0.4, 0.5], [0.6, 0.2]])


def test_times_are_told_whatever_their_scale() -> None:
    node = Degradation(limit=100.0, scale="linear", block=0.5, blocks=48, ahead=10.0)
    sent = feed(node, [20 + number / 4 for number in range(300)], step=0.5)
    assert figures(sent)[-1]["remaining"] == pytest.approx((100 - 94.5) * 2, rel=0.1)

"""foresight/degradation: on a wear whose truth is known, and on whole lives of bearings."""

from __future__ import annotations

import json
import math
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import isotonic_regression
from statsmodels.api import GLS, add_constant

from flowengine import BadData, Message, Routed
from flowengine_nodes.foresight.calibration import Calibration, isotonic
from flowengine_nodes.foresight.degradation import Degradation
from flowengine_nodes.foresight.degradation_model import RATIOS, Belief, Wear, _with, learn
from tests.plants.run_to_failure import HOUR, LIMIT, History, history, press_history

LIVES = int(os.environ.get("LIVES", "4"))
FIRST = 20_000
"""docs/bearing-wear.md tells of 1,000; the curve of the press comes from other seeds."""
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
    (_, likeliest) = max(found.parts, key=lambda part: part[0])
    assert found.drift == pytest.approx(0.01, abs=3 * likeliest.drift_deviation)
    assert found.noise == pytest.approx(0.2, rel=0.1)
    assert likeliest.diffusion == pytest.approx(0.05, rel=0.5)
    assert found.level == pytest.approx(level, abs=0.3)


@pytest.mark.parametrize("ratio", RATIOS)
def test_level_drift_and_how_well_they_are_known_are_those_of_statsmodels(ratio: float) -> None:
    # The measurements are a line and what deviates from it: noise, and steps that add up from the newest backwards.
    dice, ages = np.random.default_rng(3), np.arange(29.0, -1.0, -1.0)
    values = np.cumsum(0.1 + dice.normal(0, 0.2, 30)) + dice.normal(0, 0.3, 30)
    theirs = GLS(values, add_constant(-ages), np.eye(30) + ratio * np.minimum.outer(ages, ages)).fit()
    likelihood, mine = _with(ratio, np.diff(values).tolist(), float(values[-1]), 1.0)
    assert (mine.level, mine.drift) == pytest.approx(tuple(theirs.params), rel=1e-9)
    assert mine.drift_deviation == pytest.approx(theirs.bse[1], rel=1e-9)
    known = mine.level_deviation**2 + (mine.level_by_drift * mine.drift_deviation) ** 2
    assert math.sqrt(known) == pytest.approx(theirs.bse[0], rel=1e-9)
    assert mine.level_by_drift == pytest.approx(theirs.cov_params()[0, 1] / theirs.cov_params()[1, 1], rel=1e-9)
    assert mine.noise == pytest.approx(math.sqrt(theirs.scale), rel=1e-9)
    # with level, drift and scale integrated out (Harville, Biometrika 61 (1974) 383)
    spreads = [np.linalg.slogdet(one)[1] for one in (theirs.model.sigma, theirs.normalized_cov_params)]
    assert likelihood == pytest.approx(-(spreads[0] - spreads[1] + 28 * math.log(theirs.ssr)) / 2, rel=1e-9)


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


def test_the_times_to_the_limit_are_when_the_probabilities_are_reached() -> None:
    even, uneven = Wear(0.0, 0.02, 1e-5, 1e-6, 0.0), Wear(0.0, 0.02, 0.004, 0.1, 0.0)
    shares = [1e-6, 0.05, 0.5, 0.95]
    for belief in (Belief([(1.0, even)]), Belief([(1.0, uneven)]), Belief([(0.7, even), (0.3, uneven)])):
        found = belief.times_to(1.0, shares, 1e6)
        times = [time for time in found if time is not None]
        assert times == sorted(times)
        for share, time in zip(shares, times, strict=True):
            assert belief.fails_within(1.0, time * 0.998) <= share * 1.01
            assert belief.fails_within(1.0, time * 1.002) >= share * 0.99
        assert belief.times_to(1.0, shares, 0.01) == [None] * 4
        assert belief.times_to(-1.0, shares, 1e6) == pytest.approx([1e-3] * 4)


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


def test_a_part_is_warned_of_once_while_the_warning_may_yet_come_true_and_again_after_it_did_not() -> None:
    rises, stands = [20 + hour for hour in range(60)], [80.0] * 120
    options: dict[str, Any] = {"limit": 100.0, "scale": "linear", "blocks": 20}
    again = [81.0 + hour for hour in range(15)]
    for ahead, warnings in ((400 * HOUR, 1), (24 * HOUR, 2)):
        sent = feed(Degradation(ahead=ahead, **options), [*rises, *stands, *again])
        chances = [one["fails_within"] for one in figures(sent)]
        assert len(alarms(sent)) == warnings, chances


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


def forecasts(node: Degradation, life: History) -> tuple[list[tuple[float, bool]], list[float]]:
    """Return each chance that was told, with whether it came true, and how many hours before the end it warned."""
    told, leads = [], []
    assert life.failed_at is not None
    for number, reading in enumerate(life.readings):
        if reading <= 0.3:
            continue  # it stands: the flow leaves that out
        hour = number * life.every
        for one in node.process(Message(reading, "bearing", hour * HOUR)) or []:
            left = life.failed_at - hour
            if isinstance(one, Routed):
                leads.append(left)
            else:
                told.append((one.payload["fails_within"], left * HOUR <= node.ahead))
    return told, leads


BLOCKS_OF_AN_HOUR = {"limit": LIMIT}
BLOCKS_OF_FOUR_HOURS = of_the_example() | {"calibration": []}


@pytest.mark.parametrize(
    ("lives", "options"),
    [(history, BLOCKS_OF_AN_HOUR), (history, BLOCKS_OF_FOUR_HOURS), (press_history, of_the_example())],
    ids=["an hour", "four hours", "the press"],
)
def test_bearings_are_warned_of_days_before_they_fail_and_probabilities_are_true(
    lives: Callable[[int], History], options: dict[str, Any]
) -> None:
    hits, false_alarms, twice, months, told = 0, 0, 0, 0.0, []
    for seed in range(FIRST, FIRST + LIVES):
        life = lives(seed)
        chances, leads = forecasts(Degradation(**options), life)
        months += len(life.readings) * life.every / 720
        told += chances
        hits += any(48 <= lead <= 336 for lead in leads)
        false_alarms += sum(lead > 336 for lead in leads)
        twice += len(leads) > 1
    middle = calibration_error([(chance, came) for chance, came in told if 0.1 <= chance < 0.9])
    print(f"of {LIVES} warned of {hits}, twice {twice}; {false_alarms / months:.4f} false a month")
    print(f"error {calibration_error(told):.4f}, between 0.1 and 0.9 {middle:.4f}", *reliability(told), sep="\n")
    assert hits >= 0.95 * LIVES
    assert false_alarms <= months
    assert twice <= (0 if lives is press_history else 0.1 * LIVES)
    assert calibration_error(told) <= 0.05
    if LIVES >= 200:  # of fewer lives the middle says little: forecasts of one life go wrong together
        assert middle <= 0.05


@pytest.mark.skipif(LIVES < 1000, reason="the curve comes from 1,000 lives")
def test_the_curve_of_the_press_is_what_came_of_other_lives() -> None:
    told = [one for seed in range(7000, 8000) for one in forecasts(press_as_learned(), press_history(seed))[0]]
    assert np.array(isotonic(told)) == pytest.approx(np.array(of_the_example()["calibration"]), abs=0.002)


def press_as_learned() -> Degradation:
    return Degradation(**of_the_example() | {"calibration": []})


def test_the_example_says_what_its_own_curve_makes_of_what_is_learned() -> None:
    options, life = of_the_example(), press_history(FIRST)
    assert (options["block"], options["blocks"], options["ahead"]) == (4 * HOUR, 24, 96 * HOUR)
    said = [chance for chance, _ in forecasts(Degradation(**options), life)[0]]
    learned = [chance for chance, _ in forecasts(press_as_learned(), life)[0]]
    assert said == [Calibration(options["calibration"]).came(chance) for chance in learned]
    assert any(mended > chance + 0.02 for mended, chance in zip(said, learned, strict=True))


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

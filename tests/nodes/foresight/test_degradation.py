"""foresight/degradation: on a wear whose truth is known, and on whole lives of bearings."""

from __future__ import annotations

import math
import os
import random

import pytest

from flowengine import BadData, Message, Routed
from flowengine_nodes.foresight.degradation import Degradation
from flowengine_nodes.foresight.degradation_model import Wear, learn
from tests.plants.run_to_failure import HOUR, LIMIT, history

LIVES = int(os.environ.get("LIVES", "4"))
"""docs/bearing-wear.md tells of 60."""


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


def test_bearings_are_warned_of_days_before_they_fail_and_probabilities_are_true() -> None:
    hits, false_alarms, months, told = 0, 0, 0.0, []
    for seed in range(5000, 5000 + LIVES):
        life, node = history(seed), Degradation(limit=LIMIT)
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
    assert hits >= 0.95 * LIVES
    assert false_alarms <= months
    assert calibration_error(told) <= 0.05


def calibration_error(told: list[tuple[float, bool]]) -> float:
    """Expected calibration error in ten bins (Naeini, Cooper, Hauskrecht 2015)."""
    bins: dict[int, list[tuple[float, bool]]] = {}
    for chance, came in told:
        bins.setdefault(min(9, int(chance * 10)), []).append((chance, came))
    return sum(abs(sum(p for p, _ in one) - sum(came for _, came in one)) for one in bins.values()) / len(told)


def test_times_are_told_whatever_their_scale() -> None:
    node = Degradation(limit=100.0, scale="linear", block=0.5, blocks=48, ahead=10.0)
    sent = feed(node, [20 + number / 4 for number in range(300)], step=0.5)
    assert figures(sent)[-1]["remaining"] == pytest.approx((100 - 94.5) * 2, rel=0.1)

import math
from typing import Any

import pytest

from flowengine import Message
from flowengine.clock import VIRTUAL_EPOCH
from flowengine.testing import messages_of
from flowengine_nodes.control.validate import Validate


def judged(node: Validate, *values: Any, **how: Any) -> list[tuple[Any, str, str]]:
    return [(r.msg.payload, r.msg.quality, r.msg.get("reason", "")) for r in messages_of(node, *values, **how)]


def test_plausible_readings_pass_unchanged() -> None:
    assert judged(Validate(low=0, high=400, rate=20), 100, 110, every=1) == [(100, "good", ""), (110, "good", "")]


def test_a_reading_out_of_range_is_bad_and_says_why() -> None:
    assert judged(Validate(low=0, high=400), -1, 500) == [
        (-1, "bad", "out of range: -1 is below 0"),
        (500, "bad", "out of range: 500 is above 400"),
    ]


@pytest.mark.parametrize("value", [None, "x", math.nan, True])
def test_what_is_no_number_is_bad_but_not_dropped(value: Any) -> None:
    ((_, quality, reason),) = judged(Validate(), value)
    assert quality == "bad"
    assert reason.startswith("not a number")


def test_a_change_too_fast_is_uncertain() -> None:
    found = judged(Validate(rate=20), 100, 150, 152, every=1)
    assert [quality for _, quality, _ in found] == ["good", "uncertain", "good"]
    assert found[1][2] == "too fast: +50 per second, at most 20"


def test_a_frozen_value_is_uncertain_until_it_moves() -> None:
    found = judged(Validate(frozen=2, frozen_change=0.1), 5, 5.05, 5, 5, 6, every=1)
    assert [quality for _, quality, _ in found] == ["good", "good", "good", "uncertain", "good"]


def test_missing_readings_are_reported_once_with_the_last_value() -> None:
    found = messages_of(Validate(stale=10), 7, seconds=100)
    assert [(r.msg.payload, r.msg.quality, r.msg.time - VIRTUAL_EPOCH) for r in found] == [
        (7, "good", 0),
        (7, "bad", 10),
    ]
    assert found[1].msg.get("reason") == "stale: no reading for 10 s"


def test_readings_that_never_come_are_reported_and_later_ones_watched_again() -> None:
    assert judged(Validate(stale=10), seconds=30) == [(None, "bad", "stale: no reading for 10 s")]
    assert len(judged(Validate(stale=10), 1, 2, every=30, seconds=30)) == 4


@pytest.mark.parametrize(("seconds", "found"), [(6.9, []), (7.1, [(180, "bad", "stale: no reading for 10 s")])])
def test_the_time_in_which_the_engine_was_away_makes_no_reading_stale(seconds: float, found: list[Any]) -> None:
    node = Validate(stale=10)
    node.restore({"awaited": [[VIRTUAL_EPOCH - 3600, 7.0], Message(180)]})
    assert judged(node, seconds=seconds) == found


def test_regular_readings_are_never_stale() -> None:
    assert len(judged(Validate(stale=10), *range(50), every=9.5)) == 50


def test_a_reading_is_never_made_better_and_reasons_add_up() -> None:
    worse = Message(500, quality="bad", properties={"reason": "sensor fault"})
    ((_, quality, reason),) = judged(Validate(high=400, out_of_range="uncertain"), worse)
    assert quality == "bad"
    assert reason == "sensor fault; out of range: 500 is above 400"


def test_the_first_reading_after_a_gap_is_marked_whatever_came_before_it() -> None:
    times = [(0, 1.0, "good"), (5, None, "bad"), (10, 1.0, "good"), (20.5, 1.0, "good"), (21, 1.0, "good")]
    inputs = [Message(value, time=1000.0 + t, quality=quality) for t, value, quality in times]  # type: ignore[arg-type]
    found = [routed.msg for routed in messages_of(Validate(gap=10), *inputs)]
    assert [msg.quality for msg in found] == ["good", "bad", "good", "uncertain", "good"]
    assert found[3].get("reason") == "gap: 10.5 s since the last reading"


def at(*readings: tuple[float, Any]) -> list[Message]:
    return [Message(value, time=1e9 + seconds) for seconds, value in readings]


def test_a_late_reading_is_compared_with_none_and_none_with_it() -> None:
    late = at((0, 100.0), (50, 100.0), (30, 20.0), (51, 101.0))
    assert [quality for _, quality, _ in judged(Validate(gap=50, rate=2), *late)] == ["good"] * 4


def test_the_way_back_from_a_reading_that_cannot_be_is_not_too_fast() -> None:
    found = judged(Validate(low=0, high=400, rate=20), *at((0, 100.0), (1, 9999.0), (2, 101.0), (3, 150.0)))
    assert [quality for _, quality, _ in found] == ["good", "bad", "good", "uncertain"]


def test_a_clock_set_back_lets_no_frozen_value_pass() -> None:
    found = judged(Validate(frozen=10), *at((0, 5.0), (-3600, 5.0), (-3595, 5.0), (-3580, 5.0)))
    assert [quality for _, quality, _ in found] == ["good", "good", "good", "uncertain"]

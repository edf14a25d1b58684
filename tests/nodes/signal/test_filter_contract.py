"""What all filters of the signal room keep to: bad readings, doubt, late readings, topics, the form for chains."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import outputs_of
from flowengine_nodes.signal.ewma import Ewma
from flowengine_nodes.signal.kalman import Kalman
from flowengine_nodes.signal.median import Median
from flowengine_nodes.signal.moving_average import MovingAverage
from flowengine_nodes.signal.readings import Filter, PerTopic
from flowengine_nodes.signal.savitzky_golay import SavitzkyGolay
from tests.nodes.signal.feeding import ByForm, by_call, reading, sent

Make = Callable[[], Filter]

FILTERS: dict[str, Make] = {
    "ewma": lambda: Ewma(time_constant=3),
    "ewma by count": lambda: Ewma(by="count", weight=0.5),
    "moving average": lambda: MovingAverage(count=3),
    "moving average by time": lambda: MovingAverage(by="time", seconds=3),
    "moving average weighed by time": lambda: MovingAverage(by="time", seconds=3, weigh="time"),
    "median": lambda: Median(count=3),
    "kalman": lambda: Kalman(noise=1, drift=0.5),
}
BY_TIME = {"ewma", "moving average by time", "moving average weighed by time", "kalman"}
every_filter = pytest.mark.parametrize("name", FILTERS)


@every_filter
def test_the_first_reading_is_the_first_result(name: str) -> None:
    assert [msg.payload for msg in sent(FILTERS[name](), [reading(0, 7)])] == [7.0]


@every_filter
def test_a_bad_reading_leaves_empty_and_changes_nothing(name: str) -> None:
    good = [reading(0, 1.0), reading(1, 2.0), reading(3, 4.0), reading(4, 5.0)]
    for bad in (reading(2, 99.0, "bad"), reading(2, None, "bad"), reading(2, math.nan), reading(2, math.inf)):
        mixed = sent(FILTERS[name](), [*good[:2], bad, *good[2:]])
        assert (mixed[2].payload, mixed[2].quality) == (None, "bad")
        assert [msg.payload for msg in mixed[:2] + mixed[3:]] == [msg.payload for msg in sent(FILTERS[name](), good)]
        assert {msg.quality for msg in mixed[:2] + mixed[3:]} == {"good"}


@every_filter
def test_what_says_it_is_good_and_is_no_number_is_refused(name: str) -> None:
    wrong: Any
    for wrong in ("warm", True, {}, None, "9" * 350):
        with pytest.raises(BadData, match="not a number"):
            outputs_of(FILTERS[name](), wrong)


@every_filter
def test_an_uncertain_reading_counts_and_makes_results_uncertain_for_a_while(name: str) -> None:
    inputs = [reading(0, 1.0), reading(1, 2.0, "uncertain"), *[reading(n, 3.0) for n in range(2, 60)]]
    qualities = [msg.quality for msg in sent(FILTERS[name](), inputs)]
    assert qualities[:2] == ["good", "uncertain"]
    assert qualities[-1] == "good"
    if name != "kalman":
        assert qualities[2] == "uncertain"
    if "average" in name or name == "median":
        assert qualities[2:5] == ["uncertain", "uncertain", "good"]


@every_filter
def test_a_number_beyond_any_sensor_is_no_reading_and_the_largest_ones_are_forgotten_again(name: str) -> None:
    beyond = sent(FILTERS[name](), [reading(0, 1.0), reading(1, 1e151), reading(2, -(10**200)), reading(3, 1.0)])
    assert [(msg.payload, msg.quality) for msg in beyond[1:3]] == [(None, "bad")] * 2
    inputs = [reading(n, value) for n, value in enumerate([1.0, 1e150, -1e150, 1e150, *[1.0] * 1500])]
    found = [msg.payload for msg in sent(FILTERS[name](), inputs)]
    assert all(map(math.isfinite, found))
    assert found[-1] == pytest.approx(1.0)


SHORTER: dict[str, tuple[Callable[[], PerTopic], Callable[[], PerTopic]]] = {
    "moving average": (lambda: MovingAverage(count=5), lambda: MovingAverage(count=3)),
    "moving average by time": (
        lambda: MovingAverage(by="time", seconds=5),
        lambda: MovingAverage(by="time", seconds=3),
    ),
    "median": (lambda: Median(count=5), lambda: Median(count=3)),
    "polynomial": (lambda: SavitzkyGolay(count=5, degree=1), lambda: SavitzkyGolay(count=3, degree=1)),
}


@pytest.mark.parametrize("seen", range(1, 12))
@pytest.mark.parametrize("name", SHORTER)
def test_a_deploy_that_changes_the_window_goes_on_with_the_newest_readings(name: str, seen: int) -> None:
    numbers = [float(n * n % 7) for n in range(40)]
    for before, after in (SHORTER[name], SHORTER[name][::-1]):
        old, new = before(), after()
        inputs = [reading(n, value) for n, value in enumerate(numbers)]
        for msg in inputs[:seen]:
            old.process(msg)
        new.restore(copy.deepcopy(old.state()))
        found = [by_call(new, msg) for msg in inputs[seen:]]
        assert found[5:] == [by_call(fresh, msg) for fresh in [after()] for msg in inputs][seen + 5 :]


def test_a_window_by_count_does_not_become_one_by_time() -> None:
    old = MovingAverage(count=3)
    old.process(reading(0, 1.0))
    with pytest.raises(ValueError, match="nothing in common"):
        MovingAverage(by="time").restore(old.state())


def test_doubt_by_time_does_not_become_doubt_for_as_many_readings() -> None:
    old, new = Ewma(), Ewma(by="count", weight=0.5)
    old.process(reading(0, 1.0))
    old.process(reading(1, 1.0, "uncertain"))
    new.restore(old.state())
    qualities = [new.process(reading(n, 1.0)).quality for n in range(2, 20)]
    assert (qualities[0], qualities[-1]) == ("uncertain", "good")


@pytest.mark.parametrize("name", sorted(BY_TIME))
def test_a_late_reading_is_refused_and_a_clock_that_was_set_back_is_followed(name: str) -> None:
    with pytest.raises(BadData, match=r"late: 2\.5 s older"):
        sent(FILTERS[name](), [reading(10, 1.0), reading(7.5, 2.0)])
    after = sent(FILTERS[name](), [reading(9000, 1.0), *[reading(n, 3.0) for n in range(200)]])
    assert after[-1].payload == pytest.approx(3.0, abs=0.1)


@every_filter
def test_topics_are_signals_of_their_own_and_their_number_is_bounded(name: str) -> None:
    node = FILTERS[name]()
    mixed = [reading(n, float(n)).replace(topic=topic) for n in range(5) for topic in "ab"]
    found = sent(node, [msg.with_payload(msg.payload * (1 if msg.topic == "a" else 10)) for msg in mixed])
    a = [msg.payload for msg in found if msg.topic == "a"]
    b = [msg.payload for msg in found if msg.topic == "b"]
    if name != "kalman":
        assert b == pytest.approx([10 * x for x in a])
    node = FILTERS[name]()
    node.most_topics = 1
    with pytest.raises(BadData, match="one more than 1"):
        sent(node, [reading(0, 1.0), reading(0, 1.0).replace(topic="b")])


@settings(max_examples=40)
@given(data=st.data())
@pytest.mark.parametrize("name", [name for name in FILTERS if name != "kalman"])
def test_the_form_for_chains_does_what_a_call_does(
    name: str,
    data: st.DataObject,
    messages: st.SearchStrategy[Message],
) -> None:
    inputs = data.draw(st.lists(messages, max_size=12))
    plain = [reading(n, 1.5 * n, "uncertain" if n == 3 else "good") for n in range(8)]
    called, formed, restored = FILTERS[name](), FILTERS[name](), FILTERS[name]()
    by_form = ByForm(formed)
    for msg in [*inputs, *plain]:
        assert by_form(msg) == by_call(called, msg)
    assert repr(formed.state()) == repr(called.state())
    restored.restore(copy.deepcopy(called.state()))
    by_form = ByForm(restored)
    for msg in [*plain[3:], *inputs]:
        later = msg.replace(time=msg.time + 10)
        assert by_form(later) == by_call(called, later)

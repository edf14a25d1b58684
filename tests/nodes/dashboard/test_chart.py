from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine_nodes.dashboard.chart import MOST_SERIES, Chart
from flowengine_nodes.dashboard.trend import Trend


def series(node: Chart) -> dict[str, tuple[list[float], list[Any]]]:
    return {found["name"]: (found["t"], found["v"]) for found in node.shown()["series"]}


def test_every_topic_is_a_line_with_its_own_name() -> None:
    node = Chart(names={"plant/oven/temperature": "Temperature"})
    node.take(Message(20.0, topic="plant/oven/temperature", time=1.0, properties={"unit": "degC"}))
    node.take(Message(180, topic="setpoint", time=2.0))
    assert series(node) == {"Temperature": ([1.0], [20.0]), "setpoint": ([2.0], [180.0])}
    assert node.shown()["unit"] == "degC"


def test_a_bad_reading_is_a_gap_whatever_it_says() -> None:
    node = Chart()
    for time, msg in enumerate([Message(1.0), Message(None, quality="bad"), Message(3.0)]):
        node.take(msg.replace(time=time * 60.0))
    assert series(node)[""][1] == [1.0, None, 3.0]


def test_what_is_no_number_is_refused() -> None:
    with pytest.raises(BadData, match="is not a number"):
        Chart().take(Message("open"))


def test_so_many_lines_and_no_more() -> None:
    node = Chart()
    for n in range(MOST_SERIES):
        node.take(Message(n, topic=f"t{n}"))
    with pytest.raises(BadData, match="one more"):
        node.take(Message(1, topic="another"))


def test_a_spike_is_kept_however_many_readings_come() -> None:
    trend = Trend(span=600, most=60)
    for n in range(100_000):
        trend.add(n * 0.005, 1000.0 if n == 54_321 else -1000.0 if n == 12_345 else 0.0)
    _, values = trend.points()
    assert {1000.0, -1000.0} <= set(values)
    assert len(values) <= 60


@given(
    st.lists(st.tuples(st.floats(0, 50), st.none() | st.floats(-1e6, 1e6)), min_size=1, max_size=300),
    st.integers(20, 90),
)
def test_a_line_is_bounded_in_order_within_its_span_and_ends_with_the_newest(
    steps: list[tuple[float, float | None]], most: int
) -> None:
    trend = Trend(span=100, most=most)
    now, newest = 0.0, None
    for step, value in steps:
        now, newest = now + step, value
        trend.add(now, value)
    times, values = trend.points()
    assert len(times) <= most
    assert times == sorted(times)
    assert times[0] >= now - 100 - 100 / (most / 3 - 2)
    assert newest in [value for time, value in zip(times, values, strict=True) if time == now]


def test_what_comes_late_is_left_out_but_a_clock_that_was_set_back_begins_anew() -> None:
    trend = Trend(span=100, most=60)
    for time in (50.0, 49.0, 51.0):
        trend.add(time, time)
    assert trend.points()[0] == [50.0, 51.0]
    trend.add(4e12, 1.0)  # milliseconds in place of seconds
    trend.add(52.0, 2.0)
    trend.add(53.0, 3.0)
    assert trend.points()[0] == [52.0, 53.0]


def test_a_scale_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="low 3 must be below high 2"):
        Chart(low=3, high=2)


def test_what_came_after_a_mark_is_all_that_a_page_needs_to_have_the_same_picture() -> None:
    node = Chart(span=60, points=30)
    page: dict[str, list[tuple[float, Any]]] = {}
    mark = 0
    for n in range(501):
        node.take(Message(float(n % 17), topic="a", time=n * 0.7))
        node.take(
            Message(None, quality="bad", topic="b", time=n * 0.7) if n % 9 == 0 else Message(n, topic="b", time=n * 0.7)
        )
        if n % 5:
            continue
        mark, news = node.shown_after(mark)
        for line in news["series"]:
            kept = [point for point in page.get(line["name"], []) if news["more"] and point[0] < line["t"][0]]
            page[line["name"]] = kept + list(zip(line["t"], line["v"], strict=True))
    for name, (times, values) in series(node).items():
        assert set(zip(times, values, strict=True)) <= set(page[name])
        assert [time for time, _ in page[name]] == sorted(time for time, _ in page[name])
        assert len(page[name]) < 500 * 0.7 / 60 * 40  # the newest point of a stretch may stay: three each, not all
    assert node.shown_after(mark) == (mark, None)


def test_lines_come_in_the_order_of_their_names() -> None:
    node = Chart(names={"b": "B", "a": "A"})
    for topic in ("c", "a", "b"):
        node.take(Message(1, topic=topic))
    assert list(series(node)) == ["B", "A", "c"]

import math
import statistics
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import messages_of, outputs_of, running
from flowengine_nodes.windows.window import Window
from tests.steps import steps


def at(seconds: float, value: Any, **fields: Any) -> Message:
    return Message(value, time=VIRTUAL_EPOCH + seconds, **fields)


def window(**options: Any) -> Window:
    return Window(**{"statistics": ["mean", "count"], **options})


def bounds(msg: Message) -> tuple[float, float]:
    return msg.get("window.begin") - VIRTUAL_EPOCH, msg.get("window.end") - VIRTUAL_EPOCH


def test_a_tumbling_window_by_count_gives_a_result_for_every_so_many() -> None:
    assert outputs_of(window(count=2), 1, 3, 5, 7, 9) == [{"mean": 2, "count": 2}, {"mean": 6, "count": 2}]


def test_every_statistic_can_be_asked_for() -> None:
    names = [
        "mean",
        "min",
        "max",
        "sum",
        "count",
        "stddev",
        "median",
        "first",
        "last",
        "range",
        "rate",
        "bad",
        "duration",
    ]
    (found,) = outputs_of(Window(count=4, statistics=names, percentiles=[25, 99.9]), 4, 1, 3, 2, every=1)  # type: ignore[arg-type]
    assert found == {
        "mean": 2.5,
        "min": 1,
        "max": 4,
        "sum": 10,
        "count": 4,
        "stddev": pytest.approx(math.sqrt(5 / 3)),
        "median": 2.5,
        "first": 4,
        "last": 2,
        "range": 3,
        "rate": pytest.approx(4 / 3),
        "bad": 0,
        "duration": 3,
        "p25": 1.75,
        "p99.9": pytest.approx(3.997),
    }


def test_the_deviation_is_of_a_sample_or_a_population() -> None:
    assert outputs_of(Window(count=2, statistics=["stddev"], deviation="population"), 1, 3) == [{"stddev": 1}]
    assert outputs_of(Window(count=1, statistics=["stddev"]), 1) == [{"stddev": None}]


def test_a_single_figure_can_be_the_payload() -> None:
    assert outputs_of(Window(count=2, statistics=["max"], output="value"), 1, 3) == [3]


def test_a_tumbling_window_by_time_closes_by_the_clock_at_multiples_of_its_length() -> None:
    found = [r.msg for r in messages_of(window(seconds=10), 1, 2, 3, every=4, seconds=15)]
    assert [m.payload for m in found] == [{"mean": 2, "count": 3}]
    assert bounds(found[0]) == (0, 10)
    assert found[0].time == VIRTUAL_EPOCH + 10


def test_windows_by_time_follow_one_another_and_empty_ones_send_nothing() -> None:
    found = [r.msg for r in messages_of(window(seconds=10), *range(7), every=15, seconds=20)]
    assert [bounds(m)[0] for m in found] == [0, 10, 30, 40, 60, 70, 90]
    assert all(m.payload["count"] == 1 for m in found)


def test_message_time_decides_when_asked() -> None:
    node = window(seconds=10, time_of="message")
    found = [r.msg for r in messages_of(node, at(1, 1), at(9, 3), at(25, 5), at(31, 7))]
    assert [(bounds(m), m.payload["mean"]) for m in found] == [((0, 10), 2), ((20, 30), 5)]


def test_late_readings_are_waited_for_and_then_refused() -> None:
    node = window(seconds=10, time_of="message", lateness=5)
    found = messages_of(node, at(1, 1), at(12, 5), at(9, 3), at(15, 5))
    assert [r.msg.payload for r in found] == [{"mean": 2, "count": 2}]
    with pytest.raises(BadData, match="late by 7 s"):
        messages_of(window(seconds=10, time_of="message"), at(1, 1), at(12, 5), at(5, 3))


def test_a_sliding_window_by_count_gives_a_result_with_each_reading() -> None:
    found = messages_of(window(shape="sliding", count=2), 1, 3, 5)
    assert [(r.msg.payload["mean"], r.msg.get("partial")) for r in found] == [(1, True), (2, None), (4, None)]


def test_a_sliding_window_can_speak_less_often() -> None:
    assert outputs_of(window(shape="sliding", count=3, every=2), 1, 2, 3, 4) == [
        {"mean": 1.5, "count": 2},
        {"mean": 3, "count": 3},
    ]


def test_a_sliding_window_by_time_forgets_what_is_older() -> None:
    found = outputs_of(window(shape="sliding", seconds=2.5), 1, 2, 3, 4, every=1)
    assert [f["mean"] for f in found] == [1, 1.5, 2, 3]


def test_a_sliding_window_by_time_speaks_by_the_clock_until_it_is_empty() -> None:
    node = window(shape="sliding", seconds=10, every=5)
    found = [r.msg for r in messages_of(node, 1, 3, every=4, seconds=60)]
    assert [(bounds(m), m.payload["mean"]) for m in found] == [((-5, 5), 2), ((0, 10), 3)]


def test_a_session_ends_with_silence() -> None:
    node = Window(shape="session", gap=5, statistics=["count", "duration"])
    found = messages_of(node, 1, 1, 1, every=4, seconds=20)
    assert [(r.msg.payload, bounds(r.msg)) for r in found] == [({"count": 3, "duration": 8}, (0, 8))]
    node = Window(shape="session", gap=5, statistics=["count"], time_of="message")
    assert outputs_of(node, at(0, 1), at(4, 1), at(20, 1), flush=True) == [{"count": 2}, {"count": 1}]


def test_each_key_has_its_own_windows() -> None:
    node = window(count=2, key="topic")
    found = messages_of(node, *[Message(n, topic="ab"[n % 2]) for n in range(4)])
    assert [(r.msg.topic, r.msg.get("window.key"), r.msg.payload["mean"]) for r in found] == [
        ("a", "a", 1),
        ("b", "b", 2),
    ]


def test_one_key_too_many_closes_the_one_silent_longest() -> None:
    node = window(count=9, key="topic", most_keys=2)
    found = messages_of(node, *[Message(1, topic=t) for t in "abac"], every=1)
    assert [(r.msg.topic, r.msg.get("partial")) for r in found] == [("b", True)]


def test_bad_readings_are_left_out_counted_and_shown_in_the_quality() -> None:
    inputs = [Message(1.0), Message(99.0, quality="bad"), Message(math.nan), Message(3.0)]
    node = Window(count=4, statistics=["mean", "count", "bad"])
    (found,) = messages_of(node, *inputs)
    assert (found.msg.payload, found.msg.quality) == ({"mean": 2, "count": 2, "bad": 2}, "uncertain")
    assert messages_of(window(count=4, bad_share=0.5), *inputs)[0].msg.quality == "good"
    (none,) = messages_of(window(count=1), Message(1.0, quality="bad"))
    assert (none.msg.payload, none.msg.quality) == ({"mean": None, "count": 0}, "bad")
    assert messages_of(window(count=1), Message(1.0, quality="uncertain"))[0].msg.quality == "uncertain"


def test_what_is_no_number_is_refused() -> None:
    for value in ("x", True, None, [1]):
        with pytest.raises(BadData, match="not a number"):
            outputs_of(window(count=2), value)
    with pytest.raises(BadData, match=r"no payload\.t"):
        outputs_of(window(count=2, property="payload.t"), {})


@pytest.mark.parametrize(
    "options",
    [
        {"count": 9},
        {"seconds": 60},
        {"shape": "session", "gap": 60},
        {"shape": "sliding", "count": 9, "every": 9},
        {"shape": "sliding", "seconds": 90, "every": 60},
    ],
)
def test_an_incomplete_window_leaves_as_partial_when_the_flow_stops(options: dict[str, Any]) -> None:
    (found,) = messages_of(window(**options), 1, 3, every=1, flush=True)
    assert (found.msg.payload, found.msg.get("partial")) == ({"mean": 2, "count": 2}, True)


def test_too_many_values_cut_a_window_short() -> None:
    node = Window(seconds=100, statistics=["median"], most_values=2)
    found = messages_of(node, 1, 2, 3, flush=True)
    assert [(r.msg.payload["median"], r.msg.get("partial")) for r in found] == [(1.5, True), (3, True)]
    node = window(shape="sliding", seconds=100, most_values=2)
    assert [(r.msg.payload["mean"], r.msg.get("partial")) for r in messages_of(node, 1, 2, 3)] == [
        (1, None),
        (1.5, None),
        (2.5, True),
    ]


@pytest.mark.parametrize(
    "options",
    [
        {"count": 3},
        {"seconds": 30},
        {"seconds": 30, "statistics": ["median", "mean", "count"]},
        {"shape": "session", "gap": 10},
        {"shape": "sliding", "count": 3, "every": 3},
        {"shape": "sliding", "seconds": 60, "every": 30, "percentiles": [50]},
        {"count": 3, "key": "topic"},
    ],
)
def test_windows_survive_a_restart(options: dict[str, Any]) -> None:
    def result(restart: bool) -> list[Any]:
        node, clock = window(**options), VirtualClock()

        async def main() -> list[Any]:
            nonlocal node
            async with running(node, clock) as host:
                node.process(Message(1.0, topic="t", time=clock.now()))
                await clock.sleep(1)
                node.process(Message(2.0, topic="t", time=clock.now(), quality="uncertain"))
                kept = msgspec.json.encode(node.state())
            if restart:
                node = window(**options)
                node.restore(msgspec.json.decode(kept))
                async with running(node, clock) as host:
                    return await rest(node, host)
            async with running(node, clock) as host:
                return await rest(node, host)

        async def rest(node: Window, host: Any) -> list[Any]:
            await clock.sleep(1)
            found = list(node.process(Message(6.0, topic="t", time=clock.now())) or [])
            await clock.sleep(40)
            found += [r.msg for r in host.emitted]
            return [(m.payload, m.quality, m.time) for m in found]

        return clock.run(main())

    assert result(restart=True) == result(restart=False) != []


def test_setting_the_wall_clock_closes_no_window() -> None:
    class SettableClock(VirtualClock):
        offset = 0.0

        def now(self) -> float:
            return super().now() + self.offset

    node, clock = window(seconds=10), SettableClock()

    async def main() -> None:
        async with running(node, clock) as host:
            node.process(Message(1))
            clock.offset = -3600
            await clock.sleep(4)
            node.process(Message(3))
            await clock.sleep(10)
            assert [r.msg.payload for r in host.emitted] == [{"mean": 2, "count": 2}]

    clock.run(main())


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40))
def test_a_tumbling_result_has_the_figures_of_the_standard_library(values: list[float]) -> None:
    names = ["mean", "min", "max", "sum", "stddev"]
    (found,) = outputs_of(Window(count=len(values), statistics=names), *values)  # type: ignore[arg-type]
    assert (found["min"], found["max"]) == (min(values), max(values))
    assert found["sum"] == pytest.approx(math.fsum(values), rel=1e-9, abs=1e-6)
    assert found["mean"] == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-6)
    assert found["stddev"] == pytest.approx(statistics.stdev(values), rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=40), st.integers(1, 10))
def test_a_sliding_result_is_that_of_the_last_values(values: list[float], size: int) -> None:
    found = outputs_of(Window(shape="sliding", count=size, statistics=["mean", "min", "median"]), *values)
    for n, figures in enumerate(found):
        inside = sorted(values[max(0, n + 1 - size) : n + 1])
        assert figures["mean"] == pytest.approx(sum(inside) / len(inside), rel=1e-6, abs=1e-6)
        assert figures["min"] == inside[0]
        assert inside[(len(inside) - 1) // 2] <= figures["median"] <= inside[len(inside) // 2]


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({}, "either count or seconds"),
        ({"count": 1, "seconds": 1}, "either count or seconds"),
        ({"shape": "session"}, "needs gap"),
        ({"shape": "session", "gap": 1, "count": 3}, "no length"),
        ({"count": 2, "every": 1}, "sliding"),
        ({"count": 2, "statistics": []}, "at least one"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        window(**options)


def test_a_long_sliding_window_costs_no_more_per_reading_than_a_short_one() -> None:
    def work(size: int) -> int:
        node = window(shape="sliding", count=size, every=1000)
        return steps(lambda: outputs_of(node, *[float(n % 97) for n in range(4000)]))

    assert work(2000) < 1.1 * work(10)

"""control/staging: as many machines as are needed, their hours shared."""

from __future__ import annotations

import copy
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Routed
from flowengine_nodes.control.staging import LONGEST_GAP, Staging

NAMES = ["a", "b", "c"]
START = 1_767_225_600.0


def made(**options: Any) -> Staging:
    return Staging(machines=NAMES, **{"low": 6.0, "high": 7.0, "delay": 0.0, **options})


def on(node: Staging, second: float, value: Any, quality: Any = "good") -> str:
    """Give a reading; returns the machines that are commanded on."""
    emitted = node.process(Message(value, "p", START + second, quality))
    assert isinstance(emitted, list)
    return "".join(msg.topic for msg in emitted if isinstance(msg, Message) and msg.payload)


def told(node: Staging, second: float, value: float) -> Any:
    emitted = node.process(Message(value, "p", START + second))
    assert isinstance(emitted, list)
    return next(one.msg.payload for one in emitted if isinstance(one, Routed))


def test_one_more_goes_on_below_the_band_and_one_fewer_above_it_each_after_the_delay() -> None:
    node = made(delay=2)
    assert [on(node, n, 5.0) for n in range(7)] == ["", "", "a", "a", "ab", "ab", "abc"]
    assert [on(node, 7 + n, 6.5) for n in range(3)] == ["abc"] * 3
    assert [on(node, 10 + n, 8.0) for n in range(5)] == ["abc", "abc", "bc", "bc", "c"]


def test_chillers_are_engaged_above() -> None:
    node = made(engage="above")
    assert [on(node, 0, 8.0), on(node, 1, 6.5), on(node, 2, 5.0)] == ["a", "a", ""]


def test_the_one_with_the_fewest_hours_leads_and_the_one_with_the_most_goes_first() -> None:
    node = made()
    for name, hours in zip(NAMES, (30, 10, 20), strict=True):
        node.on_hours(Message(hours, f"hall/{name}"))
    assert [on(node, n, 5.0) for n in range(3)] == ["b", "bc", "abc"]
    assert [on(node, 3 + n, 8.0) for n in range(3)] == ["bc", "b", ""]


def test_hours_are_counted_by_command_or_by_what_runs() -> None:
    node = made()
    on(node, 0, 5.0)
    node.on_running(Message(True, "b"))
    for n in range(60):
        on(node, n * 60, 6.5)
    hours = {name: one["hours"] for name, one in told(node, 3600, 6.5)["machines"].items()}
    assert hours == {"a": 1.0, "b": 1.0, "c": 0.0}
    on(node, 20_000, 6.5)
    assert told(node, 20_000, 6.5)["machines"]["a"]["hours"] == 1.0, "hours that nobody watched do not count"


def test_one_that_has_run_long_is_relieved_without_a_need() -> None:
    node = made(rotate=0.5)
    on(node, 0, 5.0)
    runs = [on(node, n * 60, 6.5) for n in range(1, 70)]
    assert "".join(dict.fromkeys(runs)) == "abc"
    assert runs[:29] == ["a"] * 29
    assert runs[31:60] == ["b"] * 29


def test_one_that_is_lost_goes_off_at_once_and_another_takes_its_place() -> None:
    node = made(minimum_on=1000)
    on(node, 0, 5.0)
    node.on_available(Message(False, "a"))
    assert on(node, 1, 6.5) == "b"
    for name in "bc":
        node.on_available(Message(False, name))
    state = told(node, 2, 6.5)
    assert (state["on"], state["missing"]) == (0, 1)
    assert not any(one["available"] for one in state["machines"].values())
    node.on_available(Message(None, "c", quality="bad"))
    assert on(node, 3, 6.5) == "", "what is not known leaves it as it was"
    node.on_available(Message(True, "c"))
    assert on(node, 4, 6.5) == "c"


def test_one_more_is_needed_where_all_are_on_and_the_measurement_does_not_come_back() -> None:
    node = made(delay=2)
    assert [on(node, n, 5.0) for n in range(7)][-1] == "abc"
    rising = [told(node, 7 + n, 5.05 + n * 0.05)["missing"] for n in range(6)]
    assert rising == [0] * 6, "those that are on suffice"
    standing = [told(node, 13 + n, 5.3)["missing"] for n in range(5)]
    assert standing == [0, 1, 1, 1, 1]
    assert told(node, 18, 5.5)["missing"] == 0, "it comes back"


def test_with_bad_readings_all_stay_and_then_the_fallback() -> None:
    node = made(fallback=1, fallback_after=3)
    on(node, 0, 5.0)
    on(node, 1, 5.0)
    assert [on(node, 2 + n, None, "bad") for n in range(5)] == ["ab", "ab", "ab", "b", "b"]
    assert on(node, 7, 6.5) == "b"


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="less than high"):
        made(low=7)
    with pytest.raises(ValueError, match="named twice"):
        Staging(machines=["a", "a"], low=0, high=1)
    node = made()
    with pytest.raises(BadData, match="none of the machines: a, b, c"):
        node.on_running(Message(True, "d"))
    with pytest.raises(BadData, match="no hours"):
        node.on_hours(Message(-1, "a"))


def test_only_what_changes_is_sent_where_that_is_asked_for() -> None:
    node = made(send="changes")
    assert len(node.process(Message(6.5, "p", START))) == 4  # type: ignore[arg-type]
    assert len(node.process(Message(6.5, "p", START + 1))) == 1  # type: ignore[arg-type]


readings = st.lists(st.floats(5, 8), min_size=1, max_size=60)


@settings(max_examples=40)
@given(readings, st.integers(0, 5), st.integers(0, 5), st.integers(0, 59))
def test_no_time_is_shorter_than_its_minimum_and_a_restart_changes_nothing(
    values: list[float], shortest_on: int, shortest_off: int, restart: int
) -> None:
    options = {"minimum_on": float(shortest_on), "minimum_off": float(shortest_off), "rotate": 0.001}
    node, other = made(**options), made(**options)
    seen: dict[str, list[tuple[int, bool]]] = {name: [] for name in NAMES}
    for n, value in enumerate(values):
        if n == restart:
            state = copy.deepcopy(node.state())
            node = made(**options)
            node.restore(state)
        names = on(node, n, value)
        assert names == on(other, n, value)
        for name in NAMES:
            if not seen[name] or seen[name][-1][1] != (name in names):
                seen[name].append((n, name in names))
    for changes in seen.values():
        for (begin, state_), (end, _) in pairwise(changes[1:]):
            assert end - begin >= (shortest_on if state_ else shortest_off)


@pytest.mark.parametrize("away", [-3600, 3600])
def test_readings_of_another_time_shorten_a_minimum_time_by_no_more_than_the_longest_gap(away: int) -> None:
    node = made(minimum_off=300)
    node.on_available(Message(False, "b"))
    node.on_available(Message(False, "c"))
    assert [on(node, 0, 5.0), on(node, 10, 8.0)] == ["a", ""]
    on(node, 20 + away, 5.0)  # a clock that is set, or a reading that was kept somewhere
    assert on(node, 30, 5.0) == ""
    seconds = next(n for n in range(31, 400) if on(node, n, 5.0))
    assert 310 - LONGEST_GAP <= seconds <= 310 + LONGEST_GAP

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine_nodes.dashboard.alarms import MOST, Alarms


def alarm(name: str, state: str = "active", time: float = 1.0, **more: Any) -> Message:
    return Message({"alarm": name, "area": "oven", "state": state, **more}, time=time)


def names(node: Alarms, which: str = "alarms") -> list[str]:
    return [found["alarm"] for found in node.shown()[which]]


def test_what_stands_is_listed_by_priority_then_the_newest_first() -> None:
    node = Alarms()
    for name, priority, time in (("a", "low", 1), ("b", "high", 2), ("c", "high", 3), ("d", "medium", 4)):
        node.take(alarm(name, priority=priority, time=time))
    assert names(node) == ["c", "b", "d", "a"]


def test_an_alarm_that_is_repeated_stands_since_it_began() -> None:
    node = Alarms()
    node.take(alarm("hot", time=1.0))
    node.take(alarm("hot", time=9.0, value=231))
    (found,) = node.shown()["alarms"]
    assert (found["since"], found["value"]) == (1.0, 231)


def test_a_cleared_one_goes_below_and_only_some_stay() -> None:
    node = Alarms(cleared=2)
    for n in range(3):
        node.take(alarm(f"a{n}", time=n))
        node.take(alarm(f"a{n}", "cleared", time=n + 10))
    assert names(node) == []
    assert names(node, "cleared") == ["a2", "a1"]
    assert node.shown()["cleared"][0]["until"] == 12


def test_one_that_is_cleared_without_having_stood_says_nothing() -> None:
    node = Alarms()
    node.take(alarm("hot", "cleared"))
    assert node.shown() == {"alarms": [], "cleared": []}


def test_the_list_is_bounded() -> None:
    node = Alarms()
    for n in range(MOST + 50):
        node.take(alarm(f"a{n}"))
    assert len(names(node)) == MOST


@pytest.mark.parametrize("payload", ["active", {"state": "active"}, {"alarm": "hot", "state": "maybe"}, None])
def test_what_is_no_alarm_is_refused(payload: object) -> None:
    with pytest.raises(BadData, match=r"alarm is"):
        Alarms().take(Message(payload))

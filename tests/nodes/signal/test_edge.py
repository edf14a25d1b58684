"""signal/edge: the message with which a signal goes on or off."""

from __future__ import annotations

import pytest

from flowengine import BadData
from flowengine.testing import messages_of, outputs_of
from flowengine_nodes.signal.edge import Edge
from tests.nodes.signal.feeding import reading, sent


def test_only_the_edge_that_is_wanted_passes() -> None:
    levels = [0, 1, 1, 0, 2, 0]
    assert outputs_of(Edge(), *levels) == [1, 2]
    assert outputs_of(Edge(edges="falling"), *levels) == [0, 0]
    edges = [routed.msg.get("edge") for routed in messages_of(Edge(edges="both"), *levels)]
    assert edges == ["rising", "falling", "rising", "falling"]


def test_edges_are_counted_by_topic() -> None:
    inputs = [reading(n, n % 2 == 1).replace(topic=topic) for n in range(6) for topic in ("a", "b")]
    assert [msg.get("count") for msg in sent(Edge(count=True), inputs)] == [1, 1, 2, 2, 3, 3]


def test_the_first_message_is_an_edge_only_if_told_so() -> None:
    assert outputs_of(Edge(), True, False, True) == [True]
    assert outputs_of(Edge(first=True), True, False, True) == [True, True]


def test_bad_readings_are_not_looked_at() -> None:
    assert sent(Edge(), [reading(0, True), reading(1, False, "bad"), reading(2, True)]) == []


def test_words_are_understood_and_others_refused() -> None:
    assert outputs_of(Edge(), "off", "ON", "false", "1") == ["ON", "1"]
    with pytest.raises(BadData, match="neither on nor off"):
        outputs_of(Edge(), "open")

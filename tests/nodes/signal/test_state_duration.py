"""signal/state-duration: how long a signal was in each state."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.testing import messages_of
from flowengine_nodes.signal.state_duration import StateDuration
from tests.nodes.signal.feeding import START, reading


def ports(node: StateDuration, *inputs: Message) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {"out": [], "totals": []}
    for routed in messages_of(node, *inputs):
        found[routed.port].append(routed.msg.payload)
    return found


def test_the_state_that_has_ended_is_sent_with_its_time() -> None:
    found = ports(StateDuration(), reading(0, "run"), reading(5, "run"), reading(8, "idle"), reading(10, "run"))
    assert found["out"] == [
        {"state": "run", "seconds": 8.0, "begin": START, "end": START + 8, "next": "idle", "count": 1},
        {"state": "idle", "seconds": 2.0, "begin": START + 8, "end": START + 10, "next": "run", "count": 1},
    ]
    assert found["totals"] == [{"run": 8.0, "idle": 0.0}, {"run": 8.0, "idle": 2.0}]


def test_bad_readings_are_a_state_of_their_own() -> None:
    inputs = [reading(0, True), reading(4, None, "bad"), reading(6, None, "bad"), reading(9, True)]
    out = messages_of(StateDuration(), *inputs)
    assert [(r.msg.payload["state"], r.msg.payload["seconds"], r.msg.quality) for r in out if r.port == "out"] == [
        ("true", 4.0, "uncertain"),
        ("unknown", 5.0, "uncertain"),
    ]
    assert next(r.msg for r in reversed(out) if r.port == "totals").quality == "uncertain"


def test_a_reset_sends_the_totals_and_the_state_goes_on() -> None:
    node = StateDuration(totals="never")
    ports(node, reading(0, 1), reading(5, 0), reading(7, 0))
    sent = node.on_reset(Message(topic="t"))
    assert [routed.msg.payload for routed in sent] == [{"1": 5.0, "0": 2.0}]
    assert ports(node, reading(10, 1))["out"] == [
        {"state": "0", "seconds": 5.0, "begin": START + 5, "end": START + 10, "next": "1", "count": 1}
    ]
    assert node.on_reset(Message(topic="t"))[0].msg.payload == {"0": 3.0, "1": 0.0}


def test_states_are_bounded_and_late_readings_refused() -> None:
    found = ports(StateDuration(most_states=3), *[reading(n, f"s{n}") for n in range(6)])
    assert found["totals"][-1] == {"s0": 1.0, "s1": 1.0, "other": 3.0}
    with pytest.raises(BadData, match="late"):
        ports(StateDuration(), reading(4, 0), reading(3, 0))


def test_after_a_clock_set_back_the_time_goes_on() -> None:
    found = ports(StateDuration(), reading(500, 0), reading(510, 0), reading(0, 0), reading(5, 1))
    assert found["out"][0]["seconds"] == 15.0


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 50), st.sampled_from("abc")), min_size=2, max_size=40))
def test_the_totals_add_up_to_the_time(pairs: list[tuple[int, str]]) -> None:
    times = [sum(gap for gap, _ in pairs[: i + 1]) for i in range(len(pairs))]
    inputs = [reading(t, state) for t, (_, state) in zip(times, pairs, strict=True)]
    totals = ports(StateDuration(totals="reading"), *inputs)["totals"][-1]
    assert sum(totals.values()) == times[-1] - times[0]

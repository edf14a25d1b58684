"""Nodes that offer a form for chains do the same in a chain as when they are called."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import Transform
from flowengine.clock import VirtualClock
from flowengine.testing import RecordingHost
from flowengine_nodes.signal.debounce import Debounce
from flowengine_nodes.signal.edge import Edge
from flowengine_nodes.signal.ewma import Ewma
from flowengine_nodes.signal.hysteresis import Hysteresis
from flowengine_nodes.signal.rate_of_change import RateOfChange
from tests.nodes.signal.feeding import ByForm, by_call, reading

NODES: dict[str, Callable[[], Transform]] = {
    "hysteresis": lambda: Hysteresis(on=2, off=1),
    "hysteresis downwards": lambda: Hysteresis(on=1, off=2, bad="on"),
    "hysteresis by change": lambda: Hysteresis(on=2, off=1, send="changes"),
    "edge": lambda: Edge(edges="both", count=True),
    "debounce": lambda: Debounce(seconds=1),
    "rate of change": lambda: RateOfChange(longest_gap=3, per="min"),
    "rate of change over a span": lambda: RateOfChange(seconds=3),
    "ewma of steps": lambda: Ewma(time_constant=3, between="step"),
}

payloads: st.SearchStrategy[Any] = st.one_of(
    st.sampled_from([0, 1, 2, 0.0, 1.0, 1.5, 2.0, True, False, "on", "off", "1", None, float("inf"), float("nan"), {}]),
    st.floats(),
)
messages = st.lists(
    st.tuples(
        st.sampled_from([0, 1, 1, 1, 1, 5, -1, -100]),
        payloads,
        st.sampled_from(["good", "good", "good", "uncertain", "bad"]),
        st.sampled_from("ab"),
    ),
    max_size=30,
)


@settings(max_examples=60)
@given(data=messages)
@pytest.mark.parametrize("name", NODES)
def test_the_form_does_what_a_call_does(name: str, data: list[tuple[float, Any, Any, str]]) -> None:
    called, formed = _started(NODES[name]()), _started(NODES[name]())
    by_form, now = ByForm(formed), 0.0
    for seconds, payload, quality, topic in data:
        now += seconds
        msg = reading(now, payload, quality, unit="degC").replace(topic=topic)
        assert by_form(msg) == by_call(called, msg)
        if not isinstance(called, Debounce):  # what it remembers while nothing waits plays no role
            assert repr(called.state()) == repr(formed.state())


def _started(node: Transform) -> Transform:
    node._host = RecordingHost(_Still())  # type: ignore[misc]
    return node


class _Still(VirtualClock):
    """A clock whose timers never run down."""

    def call_later(self, seconds: float, call: Callable[..., object], *args: Any) -> Any:
        return _Timer()

    def monotonic(self) -> float:
        return 0.0


class _Timer:
    def cancel(self) -> None:
        """Nothing waits."""

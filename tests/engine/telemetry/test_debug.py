"""The debug stream and the ways of messages: newest first to go in, oldest first to go."""

from __future__ import annotations

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.errors import BadData
from flowengine.telemetry.debug import MOST_A_SECOND, MOST_ITEMS, DebugRing
from flowengine.telemetry.observer import Observer
from flowengine.telemetry.traces import MOST_HOPS, MOST_TRACES, Traces


def test_the_stream_keeps_the_newest_items_and_numbers_them() -> None:
    ring = DebugRing()
    for number in range(MOST_ITEMS + 100):
        ring.add(0.0, "f", "n", "value", "", value=number)
    items = ring.since(0)
    assert [item.seq for item in items] == list(range(101, MOST_ITEMS + 101))
    assert [item.value for item in ring.since(ring.last - 2)] == [MOST_ITEMS + 98, MOST_ITEMS + 99]
    assert [item.seq for item in ring.since(0, most=1)] == [ring.last]
    assert ring.since(ring.last) == []
    assert ring.since(ring.last + 5) == []


def test_a_node_that_shows_too_much_is_cut_off_for_the_rest_of_its_second() -> None:
    clock = VirtualClock()
    observer = Observer(clock)
    for _ in range(1000):
        observer.shown("f", "loud", 1, None, "payload")
    observer.shown("f", "calm", 2, None, "payload")
    assert observer.debug.dropped == 1000 - MOST_A_SECOND
    assert observer.debug.since(0)[-1].node == "calm"
    clock.elapsed += 1.0
    observer.shown("f", "loud", 3, None, "payload")
    assert observer.debug.since(0)[-1].value == 3


def test_a_failure_is_an_item_and_a_hop() -> None:
    observer = Observer(VirtualClock())
    observer.failed("f", "n", BadData("too hot"), Message(300, id="m1"), "in")
    (item,) = observer.debug.since(0)
    assert (item.level, item.text, item.value) == ("error", "too hot", 300)
    assert item.msg is not None
    (hop,) = observer.trace(item.msg.id).hops
    assert (hop.node, hop.what, hop.text) == ("n", "failed", "too hot")
    observer.failed("f", "n", RuntimeError(), None)
    assert observer.debug.since(0)[-1].text == "RuntimeError"


def test_traces_are_bounded_in_number_and_in_length() -> None:
    traces = Traces()
    for number in range(MOST_TRACES + 1):
        traces.add(0.0, "f", "n", "out", "out", Message(id=str(number)))
    assert traces.trace("0").hops == ()
    for _ in range(MOST_HOPS * 2):
        traces.add(0.0, "f", "n", "out", "out", Message(id="1"))
    assert len(traces.trace("1").hops) == MOST_HOPS
    assert len(traces.trace(str(MOST_TRACES)).hops) == 1


def test_the_last_to_go_forgets_what_was_seen() -> None:
    observer = Observer(VirtualClock())
    first, second = observer.watch("f"), observer.watch("f")
    observer.sight("f").leaving("n", "out")(Message(1, id="m"))
    assert not observer.unwatch(first)
    assert not observer.unwatch(first)
    assert observer.sight("f").left
    assert observer.unwatch(second)
    assert not observer.sight("f").left

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import BadData, Message, Routed
from flowengine.clock import VirtualClock
from flowengine.testing import RecordingHost, running
from flowengine_nodes.timing.rate_limit import RateLimit


def passed(
    node: RateLimit, inputs: list[tuple[float, Message]], until: float
) -> tuple[list[tuple[float, str, Any]], RecordingHost]:
    """Give messages at times and return when which payload left by which port."""
    clock = VirtualClock()
    left: list[tuple[float, str, Any]] = []

    def note(port: str, msg: Message) -> None:
        left.append((round(clock.monotonic(), 6), port, msg.payload))

    async def main() -> RecordingHost:
        async with running(node, clock) as host:
            host.emit = note  # type: ignore[method-assign]
            for at, msg in inputs:
                await clock.sleep(at - clock.monotonic())
                result = node.process(msg)
                for item in result if isinstance(result, list) else [result] if result is not None else []:
                    note(*item) if isinstance(item, Routed) else note("out", item)
            await clock.sleep(until - clock.monotonic())
            return host

    return left, clock.run(main())


def burst(count: int) -> list[tuple[float, Message]]:
    return [(0.0, Message(n)) for n in range(count)]


def test_what_comes_too_fast_waits_its_turn() -> None:
    assert passed(RateLimit(rate=2, per=1), burst(4), 10)[0] == [
        (0, "out", 0),
        (0.5, "out", 1),
        (1.0, "out", 2),
        (1.5, "out", 3),
    ]


def test_a_burst_may_pass_at_once_after_a_pause() -> None:
    left, _ = passed(RateLimit(rate=1, per=1, burst=3), burst(5), 10)
    assert [t for t, _, _ in left] == [0, 0, 0, 1, 2]


def test_drop_drops_and_counts() -> None:
    node = RateLimit(when_over="drop")
    left, host = passed(node, [*burst(3), (1.0, Message(9))], 10)
    assert left == [(0, "out", 0), (1, "out", 9)]
    assert host.drops == {"over-rate": 2}
    assert host.failures == []


def test_output_sends_the_rest_by_the_second_port() -> None:
    assert passed(RateLimit(when_over="output"), burst(2), 10)[0] == [(0, "out", 0), (0, "over", 1)]


def test_latest_sends_only_the_newest_of_each_span() -> None:
    inputs = [(t / 10, Message(t)) for t in range(25)]
    assert passed(RateLimit(when_over="latest"), inputs, 10)[0] == [
        (0, "out", 0),
        (1.0, "out", 9),
        (2.0, "out", 19),
        (3.0, "out", 24),
    ]


def test_each_topic_has_its_own_limit() -> None:
    inputs = [(0.0, Message(n, topic="ab"[n % 2])) for n in range(4)]
    left, _ = passed(RateLimit(per_topic=True), inputs, 10)
    assert left == [(0, "out", 0), (0, "out", 1), (1, "out", 2), (1, "out", 3)]


def test_topics_are_bounded_and_idle_ones_make_room() -> None:
    node = RateLimit(per_topic=True, topics=2, when_over="drop")
    with pytest.raises(BadData, match="one more than 2"):
        passed(node, [(0.0, Message(1, topic=t)) for t in "abc"], 1)
    node = RateLimit(per_topic=True, topics=2, when_over="drop")
    assert len(passed(node, [(n * 2.0, Message(1, topic=t)) for n, t in enumerate("abcdef")], 20)[0]) == 6


def test_a_full_queue_makes_dead_letters() -> None:
    left, host = passed(RateLimit(size=1, full="drop-oldest"), burst(3), 10)
    assert [p for _, _, p in left] == [0, 2]
    assert [m and m.payload for _, m in host.failures] == [1]
    with pytest.raises(BadData, match="more than 1 messages"):
        passed(RateLimit(size=1, full="drop-newest"), burst(3), 10)


def test_reset_flush_and_rate_are_obeyed() -> None:
    left, _ = passed(RateLimit(), [*burst(3), (0.5, Message(properties={"reset": True}))], 10)
    assert left == [(0, "out", 0)]
    left, _ = passed(RateLimit(), [*burst(3), (0.5, Message(properties={"flush": 1}))], 10)
    assert left == [(0, "out", 0), (0.5, "out", 1), (1.0, "out", 2)]
    faster = Message("x", properties={"rate": 0.1})
    left, _ = passed(RateLimit(allow_rate=True), [(0.0, faster), (0.0, Message(1)), (0.0, Message(2))], 10)
    assert [t for t, _, _ in left] == pytest.approx([0, 0.1, 0.2])


def test_what_is_queued_survives_a_restart() -> None:
    node, clock = RateLimit(), VirtualClock()

    async def before() -> bytes:
        async with running(node, clock):
            for n in range(3):
                node.process(Message(n))
            return msgspec.json.encode(node.state())

    after = RateLimit()
    after.restore(msgspec.json.decode(clock.run(before())))
    assert [p for _, _, p in passed(after, [], 10)[0]] == [1, 2]


@settings(max_examples=50)
@given(st.lists(st.floats(0, 3), max_size=40), st.integers(1, 4))
def test_never_more_than_burst_and_rate_allow_in_any_span(gaps: list[float], most: int) -> None:
    at, inputs = 0.0, []
    for n, gap in enumerate(gaps):
        at += gap
        inputs.append((at, Message(n)))
    left, _ = passed(RateLimit(rate=1, per=1, burst=most), inputs, at + 100)
    times = [t for t, _, _ in left]
    assert [p for _, _, p in left] == list(range(len(gaps)))
    for i, begin in enumerate(times):
        for j in range(i, len(times)):
            assert j - i + 1 <= most + (times[j] - begin) + 1e-4

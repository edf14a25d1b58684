from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import RecordingHost, messages_of, outputs_of, running
from flowengine_nodes.timing.delay import Delay


def timed(
    node: Delay, inputs: list[tuple[float, Message]], until: float
) -> tuple[list[tuple[float, Any]], RecordingHost]:
    """Give messages at times and return when which payload left."""
    clock = VirtualClock()
    left: list[tuple[float, Any]] = []

    async def main() -> RecordingHost:
        async with running(node, clock) as host:
            keep = host.emit
            host.emit = lambda port, msg: (left.append((round(clock.monotonic(), 6), msg.payload)), keep(port, msg))[1]  # type: ignore[method-assign,func-returns-value]
            for at, msg in inputs:
                await clock.sleep(at - clock.monotonic())
                left.extend((round(clock.monotonic(), 6), m.payload) for m in node.process(msg) or [])
            await clock.sleep(until - clock.monotonic())
            return host

    return left, clock.run(main())


def test_delay_passes_each_message_on_after_the_time() -> None:
    left, _ = timed(Delay(delay=5), [(0, Message("a")), (1, Message("b"))], 20)
    assert left == [(5, "a"), (6, "b")]


def test_delay_takes_the_time_from_the_message() -> None:
    slow, fast = Message("slow", properties={"delay": 3}), Message("fast", properties={"delay": 1})
    left, _ = timed(Delay(mode="message", delay=2), [(0, slow), (0, fast), (0, Message("usual"))], 20)
    assert left == [(1, "fast"), (2, "usual"), (3, "slow")]


def test_delay_reads_milliseconds_as_node_red_has_them() -> None:
    msg = Message("a", properties={"delay": 1500})
    left, _ = timed(Delay(mode="message", property_unit="ms"), [(0, msg)], 20)
    assert left == [(1.5, "a")]


def test_delay_refuses_a_time_that_is_none() -> None:
    with pytest.raises(BadData, match=r"msg\.delay is 'soon'"):
        messages_of(Delay(mode="message"), Message(1, properties={"delay": "soon"}))


def test_random_delays_stay_inside_their_bounds_and_repeat_with_a_seed() -> None:
    inputs = [(0.0, Message(n)) for n in range(50)]
    left, _ = timed(Delay(mode="random", shortest=1, longest=2, seed=7), inputs, 20)
    assert len(left) == 50
    assert all(1 <= t <= 2 for t, _ in left)
    assert left == timed(Delay(mode="random", shortest=1, longest=2, seed=7), inputs, 20)[0]


@given(st.lists(st.integers(0, 5), max_size=30))
def test_messages_due_together_leave_in_the_order_they_came(delays: list[int]) -> None:
    inputs = [(0.0, Message(n, properties={"delay": d})) for n, d in enumerate(delays)]
    left, _ = timed(Delay(mode="message"), inputs, 20)
    assert left == sorted(((float(d), n) for n, d in enumerate(delays)))


def test_one_message_too_many_goes_to_the_dead_letters() -> None:
    for full, dropped, passed in (("drop-oldest", 1, [2, 3]), ("drop-newest", 3, [1, 2])):
        node = Delay(delay=1, size=2, full=full)  # type: ignore[arg-type]
        left, host = timed(node, [(0, Message(n)) for n in (1, 2, 3)], 5)
        assert [payload for _, payload in left] == passed
        assert [(type(error), msg and msg.payload) for error, msg in host.failures] == [(BadData, dropped)]


def test_reset_drops_what_is_held_and_flush_sends_it_at_once() -> None:
    inputs = [(0.0, Message(n)) for n in range(4)]
    assert timed(Delay(), [*inputs, (1, Message(properties={"reset": True}))], 20)[0] == []
    left, _ = timed(Delay(), [*inputs, (1, Message(properties={"flush": 3}))], 20)
    assert left == [(1, 0), (1, 1), (1, 2), (5, 3)]
    left, _ = timed(Delay(), [*inputs, (1, Message(properties={"flush": True}))], 20)
    assert left == [(1, 0), (1, 1), (1, 2), (1, 3)]


def test_what_is_held_is_handed_over_when_the_flow_stops() -> None:
    node = Delay()
    assert outputs_of(node, 1, 2, flush=True) == []
    assert [m.payload for m in node.unsent()] == [1, 2]
    assert node.unsent() == []


def test_what_is_held_survives_a_restart_with_the_time_left() -> None:
    node, clock = Delay(delay=5), VirtualClock()

    async def before() -> bytes:
        async with running(node, clock):
            node.process(Message("a", topic="t", id="1"))
            await clock.sleep(2)
            return msgspec.json.encode(node.state())

    after = Delay(delay=5)
    after.restore(msgspec.json.decode(clock.run(before())))
    left, _ = timed(after, [], 20)
    assert left == [(3, "a")]

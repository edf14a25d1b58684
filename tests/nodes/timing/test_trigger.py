from typing import Any

import msgspec
import pytest

from flowengine import BadData, Message
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.timing.trigger import Trigger

Sent = list[tuple[float, str, Any]]


def sent(node: Trigger, inputs: list[tuple[float, Message]], until: float) -> Sent:
    """Give messages at times and return when which payload left by which port."""
    clock = VirtualClock()
    left: Sent = []

    def note(port: str, msg: Message) -> None:
        left.append((round(clock.monotonic(), 6), port, msg.payload))

    async def main() -> None:
        async with running(node, clock) as host:
            host.emit = note  # type: ignore[method-assign]
            for at, msg in inputs:
                await clock.sleep(at - clock.monotonic())
                result = node.process(msg)
                if result is not None:
                    note("out", result)
            await clock.sleep(until - clock.monotonic())

    clock.run(main())
    return left


def go(*times: float, **properties: Any) -> list[tuple[float, Message]]:
    return [(t, Message(f"at {t:g}", properties=properties)) for t in times]


def test_trigger_sends_one_value_then_another() -> None:
    assert sent(Trigger(), go(1.0), 5) == [(1, "out", 1), (1.25, "out", 0)]


def test_messages_in_between_are_ignored() -> None:
    assert sent(Trigger(duration=2), go(0, 1, 1.5, 3), 9) == [
        (0, "out", 1),
        (2, "out", 0),
        (3, "out", 1),
        (5, "out", 0),
    ]


def test_extend_starts_the_time_anew() -> None:
    assert sent(Trigger(duration=2, extend=True), go(0, 1, 2.5), 9) == [(0, "out", 1), (4.5, "out", 0)]


def test_extend_by_a_shorter_time_ends_sooner() -> None:
    node = Trigger(duration=5, extend=True, override=True)
    assert sent(node, [*go(0), *go(1, delay=1)], 9) == [(0, "out", 1), (2, "out", 0)]


def test_the_message_itself_can_be_sent_first_and_last_and_by_the_second_output() -> None:
    node = Trigger(send="message", then="message", duration=2, second_output=True)
    assert sent(node, go(0, 1), 9) == [(0, "out", "at 0"), (2, "second", "at 0")]
    node = Trigger(send="nothing", then="latest", duration=2)
    assert sent(node, go(0, 1), 9) == [(2, "out", "at 1")]


def test_block_waits_for_a_reset() -> None:
    node = Trigger(mode="block")
    assert sent(node, [*go(0, 5), *go(6, reset=True), *go(7)], 9) == [(0, "out", 1), (7, "out", 1)]


def test_a_payload_can_reset() -> None:
    node = Trigger(mode="block", reset_payload="stop")
    assert sent(node, [*go(0), (1, Message("stop")), *go(2)], 9) == [(0, "out", 1), (2, "out", 1)]


def test_resend_sends_again_until_reset_and_takes_a_new_message() -> None:
    node = Trigger(mode="resend", send="message", duration=1)
    assert sent(node, [*go(0), *go(1.5), *go(3.0, reset=True)], 9) == [
        (0, "out", "at 0"),
        (1, "out", "at 0"),
        (1.5, "out", "at 1.5"),
        (2.5, "out", "at 1.5"),
    ]


def test_override_takes_the_duration_from_the_message() -> None:
    assert sent(Trigger(override=True), go(0, delay=3), 9) == [(0, "out", 1), (3, "out", 0)]
    assert sent(Trigger(override=True, override_unit="ms"), go(0, delay=3000), 9) == [(0, "out", 1), (3, "out", 0)]


def test_each_topic_has_its_own_trigger_within_a_bound() -> None:
    def on(topic: str) -> Message:
        return Message(topic, topic=topic)

    node = Trigger(by="topic", duration=2, then="message")
    assert sent(node, [(0, on("a")), (1, on("b"))], 9) == [
        (0, "out", 1),
        (1, "out", 1),
        (2, "out", "a"),
        (3, "out", "b"),
    ]
    with pytest.raises(BadData, match="one more than 2"):
        sent(Trigger(by="topic", topics=2), [(0, on(t)) for t in "abc"], 1)


def test_a_reset_without_topic_resets_all_topics() -> None:
    inputs = [(0.0, Message(1, topic=t)) for t in "ab"]
    node = Trigger(by="topic", duration=2)
    assert len(sent(node, [*inputs, (1, Message(properties={"reset": 1}, topic="a"))], 9)) == 3
    node = Trigger(by="topic", duration=2)
    assert len(sent(node, [*inputs, (1, Message(properties={"reset": 1}))], 9)) == 2


def test_a_trigger_that_is_set_off_survives_a_restart() -> None:
    node, clock = Trigger(duration=10), VirtualClock()

    async def before() -> bytes:
        async with running(node, clock):
            node.process(Message("go"))
            await clock.sleep(4)
            return msgspec.json.encode(node.state())

    after = Trigger(duration=10)
    after.restore(msgspec.json.decode(clock.run(before())))
    assert sent(after, go(1), 20) == [(6, "out", 0)]

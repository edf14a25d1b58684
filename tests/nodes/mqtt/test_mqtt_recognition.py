"""What the broker sends again although the flow has it is recognised, and nothing else is."""

from __future__ import annotations

import pytest

from flowengine_nodes.mqtt.incoming import ASK_AFTER, Delivery, Incoming
from flowengine_nodes.mqtt.recognition import Recognition


def message(packet_id: int, payload: bytes = b"x", topic: str = "t", again: bool = False) -> Delivery:
    return Delivery(packet_id, 1, topic, payload, {"dup": True} if again else {})


def never(delivery: Delivery) -> bool:
    return False


def test_a_message_that_was_taken_is_known_when_it_comes_again_also_after_a_restart() -> None:
    known: dict[int, int] = {}
    Recognition(known, never).note(message(5))
    assert Recognition(known, never).knows(message(5, again=True))


@pytest.mark.parametrize(
    "other",
    [
        message(5),
        message(6, again=True),
        message(5, b"y", again=True),
        message(5, topic="u", again=True),
    ],
    ids=["a new message", "another identifier", "another payload", "another topic"],
)
def test_only_the_same_message_marked_as_a_duplicate_is_known(other: Delivery) -> None:
    recognition = Recognition({}, never)
    recognition.note(message(5))
    assert not recognition.knows(other)


def test_a_message_is_remembered_until_the_broker_has_heard_of_it_and_all_before_it() -> None:
    heard: set[int] = set()
    known: dict[int, int] = {}
    recognition = Recognition(known, lambda delivery: delivery.packet_id in heard)
    for packet_id in range(1, 6):
        recognition.note(message(packet_id))
    heard |= {1, 2, 4}
    recognition.note(message(6))
    assert list(known) == [3, 4, 5, 6]


def test_what_the_broker_does_not_send_again_before_something_new_is_forgotten() -> None:
    known = {packet_id: 0 for packet_id in range(1, 4)}
    again = Recognition(known, never)
    first = message(9)
    again.note(first)  # of this connection
    assert not again.knows(message(10))
    assert list(known) == [9]


def test_a_broker_that_gives_identifiers_away_again_at_once_is_not_trusted() -> None:
    """It has heard the acknowledgement: the same reading sent twice is two messages."""
    known: dict[int, int] = {}
    recognition = Recognition(known, never)
    for _ in range(3):
        assert not recognition.knows(message(1, b"21.5"))
        recognition.note(message(1, b"21.5"))
    assert known == {}
    assert not recognition.knows(message(1, b"21.5", again=True))


def test_after_a_cut_what_was_acknowledged_may_come_again_and_in_a_new_session_nothing() -> None:
    for goes_on in (True, False):
        known: dict[int, int] = {}
        recognition = Recognition(known, never)
        acknowledged = message(1)
        acknowledged.acknowledged = 1
        recognition.note(acknowledged)
        recognition.connected(goes_on)
        assert recognition.knows(message(1, again=True)) is goes_on


def test_the_broker_has_heard_what_was_acknowledged_before_a_ping_that_it_answers() -> None:
    incoming = Incoming()
    pings: list[int] = []

    def ping() -> None:
        pings.append(len(pings))
        incoming.pinged()

    incoming.connected(lambda packet: None, session_present=True, ping=ping)
    found = [incoming.accept(0x32, packet_id, "t", b"", {}) for packet_id in range(1, ASK_AFTER + 2)]
    deliveries = [delivery for delivery in found if delivery is not None]
    last = deliveries.pop()
    last.busy = 1
    incoming.settle()
    assert len(pings) == 1
    last.busy = 0
    incoming.settle()
    assert not incoming.heard(deliveries[0])
    incoming.on_pingresp(0xD0, b"", 0, 0)
    assert all(map(incoming.heard, deliveries))
    assert not incoming.heard(last)

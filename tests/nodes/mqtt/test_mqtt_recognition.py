"""What the broker sends again although the flow has it is recognised, and nothing else is."""

from __future__ import annotations

import pytest

from flowengine_nodes.mqtt.incoming import Delivery
from flowengine_nodes.mqtt.recognition import Recognition


def message(packet_id: int, payload: bytes = b"x", topic: str = "t", again: bool = False) -> Delivery:
    return Delivery(packet_id, 1, topic, payload, {"dup": True} if again else {})


def test_a_message_that_was_taken_is_known_when_it_comes_again_also_after_a_restart() -> None:
    known: dict[int, int] = {}
    Recognition(known, 10).note(message(5))
    assert Recognition(known, 10).knows(message(5, again=True))


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
    recognition = Recognition({}, 10)
    recognition.note(message(5))
    assert not recognition.knows(other)


def test_only_as_many_are_remembered_as_the_broker_may_have_unacknowledged() -> None:
    known: dict[int, int] = {}
    recognition = Recognition(known, 3)
    for packet_id in range(1, 7):
        recognition.note(message(packet_id))
    assert list(known) == [4, 5, 6]


def test_a_broker_that_gives_identifiers_away_again_at_once_is_not_trusted() -> None:
    """It has heard the acknowledgement: the same reading sent twice is two messages."""
    known: dict[int, int] = {}
    recognition = Recognition(known, 3)
    for _ in range(3):
        assert not recognition.knows(message(1, b"21.5"))
        recognition.note(message(1, b"21.5"))
    assert known == {}
    assert not recognition.knows(message(1, b"21.5", again=True))


def test_a_new_session_of_the_broker_begins_with_nothing_known() -> None:
    recognition = Recognition({}, 3)
    recognition.note(message(1))
    recognition.forget()
    assert not recognition.knows(message(1, again=True))

"""Packets and properties: there and back, and as the standard's own examples have them."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.mqtt import packets, properties
from flowengine_nodes.mqtt.packets import Connack, Connect, Will
from flowengine_nodes.mqtt.wire import Malformed, Reader, packet, text

MQTT_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=50)
OF_A_MESSAGE = st.fixed_dictionaries(
    {},
    optional={
        "message_expiry": st.integers(0, 0xFFFFFFFF),
        "content_type": MQTT_TEXT,
        "response_topic": MQTT_TEXT,
        "correlation_data": st.binary(max_size=100),
        "user_properties": st.dictionaries(
            MQTT_TEXT, MQTT_TEXT | st.lists(MQTT_TEXT, min_size=2, max_size=3), min_size=1, max_size=5
        ),
        "receive_maximum": st.integers(0, 0xFFFF),
        "subscription_identifier": st.lists(st.integers(1, 268_435_455), min_size=1, max_size=3),
    },
)


@given(OF_A_MESSAGE)
def test_properties_come_back_as_they_went(values: dict[str, Any]) -> None:
    raw = properties.encode(values)
    assert properties.decode(Reader(raw, 0, len(raw))) == values


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"\x02\x7f\x00", "unknown property 0x7f"),
        (b"\x06\x21\x00\x01\x21\x00\x02", "receive_maximum occurs twice"),
        (b"\x05\x21\x00", "longer than their packet"),
        (b"\x02\x21\x00", "in the middle of a field"),
    ],
)
def test_properties_that_break_the_rules_are_refused(raw: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        properties.decode(Reader(raw, 0, len(raw)))


def test_a_value_that_does_not_fit_is_named() -> None:
    with pytest.raises(ValueError, match="message_expiry 4294967296 does not fit"):
        properties.encode({"message_expiry": 1 << 32})


def test_connect_is_that_of_the_standard() -> None:
    raw = Connect(version=4, client_id="ab", clean_start=False, keepalive=10, username="u", password="p").encode()
    assert raw == b"\x10\x14\x00\x04MQTT\x04\xc0\x00\x0a\x00\x02ab\x00\x01u\x00\x01p"


def test_connect_carries_a_last_will() -> None:
    will = Will("t", b"gone", 2, True, {"will_delay": 5})
    raw = Connect(version=5, client_id="", will=will, properties={"session_expiry": 1}).encode()
    flags = 0x02 | 0x04 | 2 << 3 | 1 << 5
    head = b"\x00\x04MQTT\x05" + bytes((flags,)) + b"\x00\x3c" + b"\x05\x11\x00\x00\x00\x01" + b"\x00\x00"
    assert raw == packet(0x10, head + b"\x05\x18\x00\x00\x00\x05" + b"\x00\x01t" + b"\x00\x04gone")


@pytest.mark.parametrize("size", [0, 1, 120, 127, 128, 16_383, 16_384, 300_000])
@pytest.mark.parametrize("qos", [0, 1])
def test_a_publish_of_any_size_has_the_right_length(size: int, qos: int) -> None:
    raw = packets.publish(0x30 | qos << 1, text("a/b"), 7, b"", b"x" * size)
    body = text("a/b") + (b"\x00\x07" if qos else b"") + b"x" * size
    assert raw == packet(0x30 | qos << 1, body)


def test_acknowledgements_have_the_flags_the_standard_wants() -> None:
    assert packets.acknowledge(packets.PUBACK, 0x1234) == b"\x40\x02\x12\x34"
    assert packets.acknowledge(packets.PUBREL, 1) == b"\x62\x02\x00\x01"


def test_a_refusal_in_the_old_form_is_understood_by_a_version_5_client() -> None:
    assert Connack.decode(5, b"\x00\x01", 0, 2) == Connack(False, 1, {})


@given(st.binary(max_size=40), st.sampled_from([4, 5]))
def test_no_bytes_make_a_decoder_fail_otherwise_than_as_malformed(raw: bytes, version: int) -> None:
    for decode in (
        lambda: Connack.decode(version, raw, 0, len(raw)),
        lambda: packets.granted(version, raw, 0, len(raw)),
        lambda: packets.acknowledged(raw, 0, len(raw)),
        lambda: packets.disconnected(raw, 0, len(raw)),
    ):
        with contextlib.suppress(Malformed):
            decode()

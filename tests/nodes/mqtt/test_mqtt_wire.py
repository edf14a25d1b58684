"""The byte level: fields, streams cut anywhere, and bytes that are not MQTT."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.mqtt.reasons import PACKET_TOO_LARGE
from flowengine_nodes.mqtt.wire import (
    LARGEST_VARINT,
    Malformed,
    PacketStream,
    Reader,
    binary,
    packet,
    text,
    varint,
)

MQTT_TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300)


class Seen:
    """Takes packets and keeps them."""

    def __init__(self, largest: int = 1 << 20) -> None:
        self.packets: list[tuple[int, bytes]] = []
        self.stream = PacketStream([self._take] * 16, largest)

    def _take(self, first: int, data: bytes, start: int, end: int) -> None:
        self.packets.append((first, data[start:end]))


@given(st.integers(0, LARGEST_VARINT))
def test_a_variable_byte_integer_comes_back_as_it_went(number: int) -> None:
    raw = varint(number)
    assert Reader(raw, 0, len(raw)).varint() == number


@pytest.mark.parametrize(
    ("number", "raw"),
    [
        (0, b"\x00"),
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16383, b"\xff\x7f"),
        (16384, b"\x80\x80\x01"),
        (268_435_455, b"\xff\xff\xff\x7f"),
    ],
)
def test_variable_byte_integers_are_those_of_the_standard(number: int, raw: bytes) -> None:
    assert varint(number) == raw  # MQTT 5.0, table 1-1


@given(MQTT_TEXT, st.binary(max_size=300))
def test_text_and_binary_come_back_as_they_went(value: str, raw: bytes) -> None:
    data = text(value) + binary(raw)
    reader = Reader(data, 0, len(data))
    assert (reader.text(), reader.binary(), reader.rest()) == (value, raw, b"")


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=400)), max_size=20), st.data())
def test_a_stream_cut_anywhere_gives_the_same_packets(packets: list[tuple[int, bytes]], data: st.DataObject) -> None:
    raw = b"".join(packet(first, body) for first, body in packets)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=12)))
    seen = Seen()
    for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True):
        seen.stream.feed(raw[start:end])
    assert seen.packets == packets


def test_a_large_packet_arrives_whole_from_small_pieces() -> None:
    body = bytes(range(256)) * 2000
    raw, seen = packet(0x30, body), Seen()
    for start in range(0, len(raw), 1000):
        seen.stream.feed(raw[start : start + 1000])
    assert seen.packets == [(0x30, body)]


def test_a_packet_that_is_announced_too_large_is_refused_before_it_arrives() -> None:
    with pytest.raises(Malformed, match="at most 1048576") as caught:
        Seen().stream.feed(b"\x30" + varint(LARGEST_VARINT))
    assert caught.value.code == PACKET_TOO_LARGE


def test_a_length_of_more_than_four_bytes_is_refused() -> None:
    with pytest.raises(Malformed, match="four bytes"):
        Seen().stream.feed(b"\x30\xff\xff\xff\xff\x01")


@pytest.mark.parametrize("raw", [b"\x00\x02\xff\xfe", b"\x00\x01\x00", b"\x00\x03\xed\xa0\x80"])
def test_text_that_mqtt_forbids_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        Reader(raw, 0, len(raw)).text()


def test_text_with_a_nul_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="NUL"):
        text("a\0b")

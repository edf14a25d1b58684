"""MQTT packets to bytes and back, for protocol levels 4 (3.1.1) and 5.

MQTT 3.1.1 and 5.0, chapter 3. A PUBLISH that comes in is read in `reception.py`, on the fast path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from flowengine_nodes.mqtt import properties as props
from flowengine_nodes.mqtt.wire import Malformed, Reader, binary, packet, text, varint

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(8, 16)

PING: Final = bytes((PINGREQ << 4, 0))

RETAIN, DUPLICATE = 0x01, 0x08
"""Bits of a PUBLISH's first byte; QoS is in bits 1 and 2."""


class Will(msgspec.Struct, frozen=True):
    """What the broker publishes when the client is gone without a goodbye."""

    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    properties: Mapping[str, Any] = {}


class Connect(msgspec.Struct, frozen=True, kw_only=True):
    """The first packet of a connection."""

    version: int
    client_id: str
    clean_start: bool = True
    keepalive: int = 60
    username: str | None = None
    password: str | None = None
    will: Will | None = None
    properties: Mapping[str, Any] = {}

    def encode(self) -> bytes:
        """Return the packet.

        Raises:
            ValueError: a field does not fit on the wire.
        """
        five = self.version == 5
        flags = 0x02 if self.clean_start else 0
        body = text(self.client_id)
        if self.will is not None:
            flags |= 0x04 | self.will.qos << 3 | self.will.retain << 5
            body += props.encode(self.will.properties) if five else b""
            body += text(self.will.topic) + binary(self.will.payload)
        if self.username is not None:
            flags |= 0x80
            body += text(self.username)
        if self.password is not None:
            flags |= 0x40
            body += binary(self.password.encode())
        head = text("MQTT") + bytes((self.version, flags)) + self.keepalive.to_bytes(2, "big")
        return packet(CONNECT << 4, head + (props.encode(self.properties) if five else b"") + body)


class Connack(msgspec.Struct, frozen=True):
    """The broker's answer to CONNECT."""

    session_present: bool
    code: int
    properties: dict[str, Any] = {}

    @classmethod
    def decode(cls, version: int, data: bytes, start: int, end: int) -> Connack:
        """Read a CONNACK.

        Raises:
            Malformed: it breaks the rules.
        """
        reader = Reader(data, start, end)
        flags, code = reader.number(1), reader.number(1)
        if flags > 1:
            raise Malformed(f"CONNACK with unknown flags 0x{flags:02x}")
        # A broker that knows only 3.1.1 refuses version 5 with its own short answer.
        return cls(flags == 1, code, props.decode(reader) if version == 5 and reader.at < end else {})


def publish(first: int, topic: bytes, packet_id: int, properties: bytes, payload: bytes) -> bytes:
    """Return a PUBLISH: first byte with its flags, topic with its length in front, id (used for QoS 1 and 2).

    `properties` are encoded with their length for version 5, empty for 3.1.1.
    """
    if first & 0x06:
        body = b"%b%c%c%b%b" % (topic, packet_id >> 8, packet_id & 255, properties, payload)
    else:
        body = topic + properties + payload
    size = len(body)
    if size < 128:
        return b"%c%c%b" % (first, size, body)
    return bytes((first,)) + varint(size) + body


def acknowledge(kind: int, packet_id: int) -> bytes:
    """Return a PUBACK, PUBREC, PUBREL or PUBCOMP that says success."""
    return b"%c\x02%c%c" % (kind << 4 | (2 if kind == PUBREL else 0), packet_id >> 8, packet_id & 255)


def acknowledged(data: bytes, start: int, end: int) -> tuple[int, int]:
    """Read a PUBACK, PUBREC, PUBREL or PUBCOMP: packet id and reason code (0 where none is given).

    Raises:
        Malformed: it is too short, or its id is 0.
    """
    if end - start < 2:
        raise Malformed("an acknowledgement without packet identifier")
    packet_id = data[start] << 8 | data[start + 1]
    if not packet_id:
        raise Malformed("packet identifier 0")
    return packet_id, data[start + 2] if end - start > 2 else 0


def subscribe(version: int, packet_id: int, filter: str, options: int, identifier: int = 0) -> bytes:
    """Return a SUBSCRIBE to one filter; `options` is the byte of MQTT 5.0 section 3.8.3.1 (3.1.1: the QoS)."""
    body = packet_id.to_bytes(2, "big")
    if version == 5:
        body += props.encode({"subscription_identifier": identifier or None})
    return packet(SUBSCRIBE << 4 | 2, body + text(filter) + bytes((options,)))


def unsubscribe(version: int, packet_id: int, filter: str) -> bytes:
    """Return an UNSUBSCRIBE from one filter."""
    body = packet_id.to_bytes(2, "big") + (b"\0" if version == 5 else b"")
    return packet(UNSUBSCRIBE << 4 | 2, body + text(filter))


def granted(version: int, data: bytes, start: int, end: int) -> tuple[int, list[int], str]:
    """Read a SUBACK or UNSUBACK: packet id, a code for each filter, and what the broker adds in words.

    Raises:
        Malformed: it is too short.
    """
    reader = Reader(data, start, end)
    packet_id = reader.number(2)
    found = props.decode(reader) if version == 5 else {}
    return packet_id, list(reader.rest()), found.get("reason_string", "")


def disconnect(version: int, code: int = 0, properties: Mapping[str, Any] = {}) -> bytes:
    """Return a DISCONNECT; 3.1.1 has no codes."""
    if version != 5 or (not code and not properties):
        return bytes((DISCONNECT << 4, 0))
    return packet(DISCONNECT << 4, bytes((code,)) + props.encode(properties))


def disconnected(data: bytes, start: int, end: int) -> tuple[int, str]:
    """Read the broker's DISCONNECT (MQTT 5): reason code and what the broker adds in words.

    Raises:
        Malformed: it breaks the rules.
    """
    reader = Reader(data, start, end)
    code = reader.number(1) if start < end else 0
    found = props.decode(reader) if reader.at < end else {}
    return code, found.get("reason_string", "") or found.get("server_reference", "")

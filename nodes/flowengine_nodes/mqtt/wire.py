"""The data types of MQTT's wire, and packets cut out of a byte stream.

MQTT 5.0 section 1.5 (data representation) and 2.1.4 (remaining length); the same in 3.1.1 as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from flowengine_nodes.mqtt.reasons import MALFORMED_PACKET, PACKET_TOO_LARGE

LARGEST_VARINT: Final = 268_435_455

PacketFunction = Callable[[int, bytes, int, int], None]
"""Takes a packet: its first byte, and the bytes that hold its body from start to end."""


class Malformed(ValueError):
    """The other side sent what is not MQTT; `code` is the reason code to close the connection with."""

    def __init__(self, text: str, code: int = MALFORMED_PACKET) -> None:
        super().__init__(text)
        self.code = code


def varint(number: int) -> bytes:
    """Encode a variable byte integer, 0..268 435 455."""
    if number < 128:
        return bytes((number,))
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def binary(value: bytes) -> bytes:
    """Encode bytes with their length in front.

    Raises:
        ValueError: more than 65 535 bytes.
    """
    if len(value) > 0xFFFF:
        raise ValueError(f"{value[:30]!r}... has {len(value)} bytes; MQTT allows 65535 here")
    return len(value).to_bytes(2, "big") + value


def text(value: str) -> bytes:
    """Encode text with its length in front.

    Raises:
        ValueError: too long, or holds a NUL or half a surrogate pair, which MQTT forbids.
    """
    if "\0" in value:
        raise ValueError(f"{value[:60]!r} holds a NUL character, which MQTT forbids")
    return binary(value.encode())


def packet(first: int, body: bytes) -> bytes:
    """Put the fixed header in front of a packet's body."""
    return bytes((first,)) + varint(len(body)) + body


class Reader:
    """Reads fields one after the other, never past the end it was given.

    Raises (every method):
        Malformed: the packet ends too early or a field breaks the rules.
    """

    def __init__(self, data: bytes, start: int, end: int) -> None:
        self.data, self.at, self.end = data, start, end

    def number(self, size: int) -> int:
        """Read a big-endian integer of `size` bytes."""
        return int.from_bytes(self.take(size), "big")

    def take(self, size: int) -> bytes:
        """Read `size` bytes."""
        start, self.at = self.at, self.at + size
        if self.at > self.end:
            raise Malformed("a packet ends in the middle of a field")
        return self.data[start : self.at]

    def varint(self) -> int:
        """Read a variable byte integer."""
        value = 0
        for shift in (0, 7, 14, 21):
            byte = self.number(1)
            value |= (byte & 127) << shift
            if byte < 128:
                return value
        raise Malformed("a variable byte integer has more than four bytes")

    def binary(self) -> bytes:
        """Read bytes with their length in front."""
        return self.take(self.number(2))

    def text(self) -> str:
        """Read text with its length in front."""
        return decode_text(self.binary())

    def rest(self) -> bytes:
        """Read all that is left."""
        return self.take(self.end - self.at)


def decode_text(raw: bytes) -> str:
    """Decode MQTT text.

    Raises:
        Malformed: not UTF-8, or holds a NUL.
    """
    try:
        value = raw.decode()
    except UnicodeDecodeError as error:
        raise Malformed(f"text is not UTF-8: {raw[:30]!r}") from error
    if "\0" in value:
        raise Malformed("text holds a NUL character")
    return value


class PacketStream:
    """Cuts what arrives into packets and gives each to the function for its type.

    What has arrived of an incomplete packet is kept, at most `largest` bytes; nothing is copied twice.
    """

    def __init__(self, functions: Sequence[PacketFunction], largest: int) -> None:
        self._functions = functions
        self._largest = largest
        self._parts: list[bytes] = []
        self._have = 0
        self._need = 0

    def feed(self, data: bytes) -> None:
        """Take the next piece of the stream, of any size.

        Raises:
            Malformed: this is not MQTT, or a packet is larger than allowed; the stream is of no more use.
        """
        if self._parts:
            self._parts.append(data)
            self._have += len(data)
            if self._have < self._need:
                return
            data = b"".join(self._parts)
            self._parts.clear()
        functions = self._functions
        start, end, need = 0, len(data), 2
        while end - start >= 2:
            size, body = data[start + 1], start + 2
            if size >= 128:
                size, body = self._long_size(data, start, end)
                if not body:
                    need = end - start + 1
                    break
            stop = body + size
            if stop > end:
                need = stop - start
                break
            first = data[start]
            functions[first >> 4](first, data, body, stop)
            start, need = stop, 2
        if start < end:
            self._parts.append(data[start:])
            self._have, self._need = end - start, need

    def _long_size(self, data: bytes, start: int, end: int) -> tuple[int, int]:
        """Return a size of more than one byte and where the body begins; 0 when it has not all arrived."""
        size = 0
        for place in range(4):
            at = start + 1 + place
            if at >= end:
                return 0, 0
            size |= (data[at] & 127) << 7 * place
            if data[at] < 128:
                if size > self._largest:
                    raise Malformed(f"a packet of {size} bytes; at most {self._largest} are taken", PACKET_TOO_LARGE)
                return size, at + 1
        raise Malformed("the remaining length has more than four bytes")

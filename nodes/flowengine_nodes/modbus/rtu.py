"""Modbus RTU framing, as the master of a serial line or of a gateway that passes the bytes on over TCP.

Source: MODBUS over Serial Line V1.02, 2.5.1 (RTU mode) and 6.2 (CRC). A frame has no transaction id, so nothing tells
a late answer from the one that is waited for: what comes while nothing is asked is thrown away, and after a timeout
`Line` keeps the line silent before it asks again.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, cast

from flowengine_nodes.modbus.turns import Exchange

if TYPE_CHECKING:
    from flowengine_nodes.modbus.line import Line

_MOST_REST = 512


def _crc_table() -> list[int]:
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = byte >> 1 ^ 0xA001 if byte & 1 else byte >> 1
        table.append(byte)
    return table


_TABLE = _crc_table()


def crc(data: bytes) -> bytes:
    """Return the two check bytes of a frame, low byte first as they are sent."""
    value = 0xFFFF
    for byte in data:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value.to_bytes(2, "little")


def frame(unit: int, pdu: bytes) -> bytes:
    """Return a whole frame."""
    body = bytes([unit]) + pdu
    return body + crc(body)


class Rtu(asyncio.Protocol):
    """One line with one request under way."""

    tells_apart = False

    def __init__(self, line: Line) -> None:
        self.made: asyncio.Future[None] | None = None
        """Done when the line is open, for transports that say so later."""
        self._line = line
        self._exchange: Exchange | None = None
        self._rest = b""
        self._reason = "the line was closed"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear that the line is open."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclass
        self._line.opened(self)
        if self.made is not None:
            self.made.set_result(None)

    def send(self, exchange: Exchange) -> None:
        """Send a request."""
        self._exchange = exchange
        self._rest = b""
        self._transport.write(frame(exchange.request.unit, exchange.request.pdu))

    def forget(self, exchange: Exchange) -> None:
        """Believe no answer to this request any more."""
        if self._exchange is exchange:
            self._exchange = None

    def data_received(self, data: bytes) -> None:
        """Look for the answer in what has come since the request was sent."""
        exchange = self._exchange
        if exchange is None:
            self._line.counts.stray += 1
            self._line.heard()
            return
        self._rest = (self._rest + data)[-_MOST_REST:]
        exchange.noise = len(self._rest)
        answer = self._answer(exchange)
        if answer is not None:
            self._exchange = None
            self._line.answered(exchange, exchange.request.unit, answer)

    def _answer(self, exchange: Exchange) -> bytes | None:
        """Return the answer's PDU. Converters add stray bytes in front when they turn round, so every start is tried:
        unit, function, size and CRC must all fit.
        """
        request, rest = exchange.request, self._rest
        start = rest.find(request.unit)
        while 0 <= start <= len(rest) - 5:
            function = rest[start + 1]
            if function == request.function:
                end = start + 1 + request.size
                fits = request.writes or rest[start + 2] == request.size - 2
            else:
                end = start + 3
                fits = function == request.function | 0x80
            if fits and rest[end : end + 2] == crc(rest[start:end]):
                return rest[start + 1 : end]
            start = rest.find(request.unit, start + 1)
        return None

    def close(self, reason: str) -> None:
        """Close the line."""
        self._reason = reason
        self._transport.abort()
        self._line.lost(self, reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the line is gone."""
        self._line.lost(self, str(exc) if exc else self._reason)

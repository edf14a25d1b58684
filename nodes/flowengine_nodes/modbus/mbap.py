"""Modbus TCP framing, as a client: each request has a transaction id, and only its own answer is believed.

Source: MODBUS Messaging on TCP/IP Implementation Guide V1.0b, 3.1.3 (MBAP header). TLS carries the same frames
(MODBUS/TCP Security Protocol Specification v36: "the mbap ADU is unchanged").
"""

from __future__ import annotations

import asyncio
import struct
from typing import TYPE_CHECKING, cast

from flowengine_nodes.modbus.turns import Exchange

if TYPE_CHECKING:
    from flowengine_nodes.modbus.line import Line

_header = struct.Struct(">HHHB")


class Mbap(asyncio.Protocol):
    """One connection. Answers may come in any order, in pieces or several at once; strangers are dropped."""

    tells_apart = True
    """Whether an answer says which request it belongs to."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._waiting: dict[int, Exchange] = {}
        self._number = 0
        self._rest = b""
        self._reason = "the device closed the connection"

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hear that the connection stands."""
        self._transport = cast(asyncio.WriteTransport, transport)  # uvloop's are no subclass
        self._line.opened(self)

    def send(self, exchange: Exchange) -> None:
        """Send a request."""
        self._number = number = self._number + 1 & 0xFFFF
        exchange.number = number
        self._waiting[number] = exchange
        request = exchange.request
        self._transport.write(_header.pack(number, 0, len(request.pdu) + 1, request.unit) + request.pdu)

    def forget(self, exchange: Exchange) -> None:
        """Believe no answer to this request any more."""
        self._waiting.pop(exchange.number, None)

    def data_received(self, data: bytes) -> None:
        """Give every whole answer to its request."""
        if self._rest:
            data = self._rest + data
        start, size = 0, len(data)
        while size - start >= 7:
            number, protocol, length, unit = _header.unpack_from(data, start)
            if protocol or not 3 <= length <= 254:
                self._line.counts.garbage += 1
                self.close(f"the device sent '{data[start : start + 16].hex(' ')}', which is no Modbus TCP")
                return
            end = start + 6 + length
            if end > size:
                break
            exchange = self._waiting.pop(number, None)
            if exchange is None:
                self._line.counts.stray += 1
                self._line.heard()
            else:
                self._line.answered(exchange, unit, data[start + 7 : end])
            start = end
        self._rest = data[start:]

    def close(self, reason: str) -> None:
        """Close the connection."""
        self._reason = reason
        self._rest = b""
        self._transport.abort()
        self._line.lost(self, reason)

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear that the connection is gone."""
        self._line.lost(self, str(exc) if exc else self._reason)

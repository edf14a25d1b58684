"""Requests and answers of the Modbus application protocol, without the frame around them. Pure.

Source: MODBUS Application Protocol Specification V1.1b3, sections 6 (functions) and 7 (exception codes).
"""

from __future__ import annotations

import struct
from functools import lru_cache
from typing import Literal

from flowengine import NodeError, Refused, Retryable
from flowengine_nodes.modbus.requests import Span

Table = Literal["holding", "input", "coil", "discrete"]

READ = {"coil": 1, "discrete": 2, "holding": 3, "input": 4}
FUNCTIONS = {
    1: "read coils",
    2: "read discrete inputs",
    3: "read holding registers",
    4: "read input registers",
    5: "write single coil",
    6: "write single register",
    15: "write multiple coils",
    16: "write multiple registers",
    22: "mask write register",
}
TARGET_SILENT = 11
BUSY = {5, 6, 10, TARGET_SILENT}
"""Exception codes that may be gone the next time."""
EXCEPTIONS = {
    1: "illegal function: the device does not know it",
    2: "illegal data address: the device has nothing there",
    3: "illegal data value: the device does not accept this value or count",
    4: "device failure",
    5: "acknowledge: accepted, but it takes long",
    6: "device busy",
    7: "negative acknowledge",
    8: "memory parity error",
    10: "gateway path unavailable",
    TARGET_SILENT: "gateway target device failed to respond",
}

_two = struct.Struct(">BHH")


class WrongAnswer(Exception):
    """What came is no answer to what was asked."""


class Request:
    """One request, ready to be framed, and what its answer must look like."""

    __slots__ = ("bits", "echo", "function", "pdu", "size", "span", "unit", "writes")

    def __init__(self, unit: int, span: Span, pdu: bytes, *, size: int = 0, echo: bytes = b"") -> None:
        self.unit = unit
        self.span = span
        self.pdu = pdu
        self.function = pdu[0]
        self.echo = echo
        """The whole answer to a write."""
        self.size = size or len(echo)
        """Bytes of a good answer."""
        self.writes = bool(echo)
        self.bits = pdu[0] in (1, 2)

    def __str__(self) -> str:
        first, last = self.span.address, self.span.end - 1
        where = f"address {first}" if first == last else f"addresses {first} to {last}"
        return f"{FUNCTIONS[self.function]} (function {self.function}), {where}"

    def data(self, answer: bytes) -> bytes:
        """Return the contents that an answer brings; of a write, nothing.

        Raises:
            Refused, Retryable: the device answered with an exception code.
            WrongAnswer: it is not the answer to this request.
        """
        if len(answer) == self.size and answer[0] == self.function:
            if not self.writes and answer[1] == self.size - 2:
                return answer[2:]
            if answer == self.echo:
                return b""
        if len(answer) == 2 and answer[0] == self.function | 0x80:
            raise refusal(self, answer[1])
        raise WrongAnswer(f"'{answer.hex(' '):.60}' is no answer to {self}")


def refusal(request: Request, code: int) -> NodeError:
    """Return the error for an exception code, in words."""
    meaning = EXCEPTIONS.get(code, "not in the standard; see the device's manual")
    text = f"unit {request.unit} refused to {request}: exception code {code}, {meaning}"
    return Retryable(text) if code in BUSY else Refused(text)


@lru_cache(maxsize=8192)
def read(unit: int, function: int, span: Span) -> Request:
    """Return the request that reads a span of a table; `READ` has the function of each table."""
    size = (span.size + 7) // 8 if function in (1, 2) else 2 * span.size
    return Request(unit, span, _two.pack(function, *span), size=2 + size)


def write_registers(unit: int, address: int, data: bytes, *, single: bool) -> Request:
    """Return the request that writes registers, by function 6 (one register) or 16."""
    span = Span(address, len(data) // 2)
    if single:
        pdu = struct.pack(">BH", 6, address) + data
        return Request(unit, span, pdu, echo=pdu)
    return Request(unit, span, _two.pack(16, *span) + bytes([len(data)]) + data, echo=_two.pack(16, *span))


def write_coils(unit: int, address: int, data: bytes, count: int, *, single: bool) -> Request:
    """Return the request that writes packed bits to coils, by function 5 (one coil) or 15."""
    span = Span(address, count)
    if single:
        pdu = _two.pack(5, address, 0xFF00 if data[0] & 1 else 0)
        return Request(unit, span, pdu, echo=pdu)
    return Request(unit, span, _two.pack(15, *span) + bytes([len(data)]) + data, echo=_two.pack(15, *span))


def mask_register(unit: int, address: int, keep: int, set_bits: int) -> Request:
    """Return the request that changes single bits of a register in the device: (old & keep) | set_bits."""
    pdu = struct.pack(">BHHH", 22, address, keep, set_bits)
    return Request(unit, Span(address, 1), pdu, echo=pdu)

"""What a Modbus request asks of a unit, and the answer: function codes 1 to 6, 15, 16 and 43, without any socket.

After the MODBUS Application Protocol Specification V1.1b3, sections 6 and 7. The plant has its own server because
pymodbus' (3.16) answers only the first of two requests sent in a row, goes deaf on a connection after garbage and
returns exceptions with function code 0; also, a client is best tested against another's idea of the protocol.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from typing import Protocol

from flowengine_demo.plant.registers import Table
from flowengine_demo.plant.tables import IllegalAddressError, Tables

ILLEGAL_FUNCTION, ILLEGAL_ADDRESS, ILLEGAL_VALUE = 1, 2, 3
GATEWAY_NO_RESPONSE = 0x0B
_READ_IDENTIFICATION = 0x0E
_LONGEST = 253
"""Bytes of a PDU at most (section 4.1)."""
_LAST_OF_LEVEL = {1: 0x02, 2: 0x7F, 3: 0xFF}
_COIL_WORDS = {0x0000: 0, 0xFF00: 1}


class Unit(Protocol):
    """One device behind the server."""

    tables: Tables
    identity: Mapping[int, str]
    """What it says of itself (function 43/14): object id -> text."""

    def written(self, table: Table, addresses: range) -> None:
        """A client has just written these addresses."""


class _Refusal(Exception):
    def __init__(self, code: int) -> None:
        self.code = code


def answer(unit: Unit | None, pdu: bytes) -> bytes:
    """The response to one request; `unit` is None if nobody has the unit id that was called."""
    function = pdu[0]
    handler = _HANDLERS.get(function)
    try:
        if unit is None:
            raise _Refusal(GATEWAY_NO_RESPONSE)
        if handler is None:
            raise _Refusal(ILLEGAL_FUNCTION)
        return handler(unit, pdu)
    except _Refusal as refusal:
        return _exception(function, refusal.code)
    except IllegalAddressError:
        return _exception(function, ILLEGAL_ADDRESS)


def _exception(function: int, code: int) -> bytes:
    return bytes((function | 0x80, code))


def _address_and_number(pdu: bytes, length: int | None = 5) -> tuple[int, int]:
    if len(pdu) < 5 or (length is not None and len(pdu) != length):
        raise _Refusal(ILLEGAL_VALUE)
    address, number = struct.unpack(">HH", pdu[1:5])
    return address, number


def _reader_of_bits(table: Table) -> Callable[[Unit, bytes], bytes]:
    def read(unit: Unit, pdu: bytes) -> bytes:
        address, count = _address_and_number(pdu)
        if not 1 <= count <= 2000:
            raise _Refusal(ILLEGAL_VALUE)
        bits = unit.tables.read(table, address, count)
        size = (count + 7) // 8
        packed = sum(bit << at for at, bit in enumerate(bits)).to_bytes(size, "little")  # lowest address in bit 0
        return bytes((pdu[0], size)) + packed

    return read


def _reader_of_words(table: Table) -> Callable[[Unit, bytes], bytes]:
    def read(unit: Unit, pdu: bytes) -> bytes:
        address, count = _address_and_number(pdu)
        if not 1 <= count <= 125:
            raise _Refusal(ILLEGAL_VALUE)
        words = unit.tables.read(table, address, count)
        return bytes((pdu[0], 2 * count)) + struct.pack(f">{count}H", *words)

    return read


def _write_coil(unit: Unit, pdu: bytes) -> bytes:
    address, word = _address_and_number(pdu)
    if word not in _COIL_WORDS:
        raise _Refusal(ILLEGAL_VALUE)
    _write(unit, Table.COIL, address, [_COIL_WORDS[word]])
    return pdu


def _write_register(unit: Unit, pdu: bytes) -> bytes:
    address, word = _address_and_number(pdu)
    _write(unit, Table.HOLDING, address, [word])
    return pdu


def _write_coils(unit: Unit, pdu: bytes) -> bytes:
    address, count = _address_and_number(pdu, length=None)
    size = (count + 7) // 8
    if not 1 <= count <= 1968 or len(pdu) != 6 + size or pdu[5] != size:
        raise _Refusal(ILLEGAL_VALUE)
    packed = int.from_bytes(pdu[6:], "little")
    _write(unit, Table.COIL, address, [packed >> at & 1 for at in range(count)])
    return pdu[:5]


def _write_registers(unit: Unit, pdu: bytes) -> bytes:
    address, count = _address_and_number(pdu, length=None)
    if not 1 <= count <= 123 or len(pdu) != 6 + 2 * count or pdu[5] != 2 * count:
        raise _Refusal(ILLEGAL_VALUE)
    _write(unit, Table.HOLDING, address, list(struct.unpack(f">{count}H", pdu[6:])))
    return pdu[:5]


def _identify(unit: Unit, pdu: bytes) -> bytes:
    """Answer 43/14 (section 6.21): objects of a level from the one asked for, as many as fit, or a single one."""
    if len(pdu) != 4 or pdu[1] != _READ_IDENTIFICATION or not 1 <= pdu[2] <= 4:
        raise _Refusal(ILLEGAL_FUNCTION if len(pdu) > 1 and pdu[1] != _READ_IDENTIFICATION else ILLEGAL_VALUE)
    level, first = pdu[2], pdu[3]
    if level == 4:
        chosen = [first]
        if first not in unit.identity:
            raise _Refusal(ILLEGAL_ADDRESS)
    else:
        chosen = [number for number in unit.identity if first <= number <= _LAST_OF_LEVEL[level]]
    texts = [(number, unit.identity[number].encode()) for number in chosen]
    conformity = 0x83 if max(unit.identity) > _LAST_OF_LEVEL[2] else 0x82  # the highest level, and single objects
    objects, count, more, following = b"", 0, 0, 0
    for number, text in texts:
        if 7 + len(objects) + 2 + len(text) > _LONGEST:
            more, following = 0xFF, number
            break
        objects += bytes((number, len(text))) + text
        count += 1
    return bytes((pdu[0], _READ_IDENTIFICATION, level, conformity, more, following, count)) + objects


def _write(unit: Unit, table: Table, address: int, values: list[int]) -> None:
    unit.tables.write(table, address, values)
    unit.written(table, range(address, address + len(values)))


_HANDLERS: dict[int, Callable[[Unit, bytes], bytes]] = {
    1: _reader_of_bits(Table.COIL),
    2: _reader_of_bits(Table.DISCRETE),
    3: _reader_of_words(Table.HOLDING),
    4: _reader_of_words(Table.INPUT),
    5: _write_coil,
    6: _write_register,
    15: _write_coils,
    16: _write_registers,
    43: _identify,
}

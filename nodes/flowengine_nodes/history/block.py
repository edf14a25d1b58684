"""A block: many samples of one tag as few bytes, and back.

Times are kept as differences of their differences, values as the XOR with the one before, after Pelkonen et al.,
"Gorilla: a fast, scalable, in-memory time series database" (VLDB 2015); in place of Gorilla's bit strings the bytes
are put in order of significance and deflated (zlib), which the standard library does at the speed of C.
"""

from __future__ import annotations

import struct
import sys
import zlib
from array import array
from collections.abc import Sequence
from itertools import accumulate, chain
from operator import sub, xor
from typing import Final, NamedTuple

LONGEST: Final = 1 << 20
"""Rows in a block at most."""

FURTHEST: Final = 1 << 53
"""Microseconds from 1970 at most, either way: 285 years."""

_VERSION: Final = 1
_HEAD: Final = struct.Struct("<BBI")  # version, columns, rows; behind it the checksum of the rest, then the rest
_SUM: Final = struct.Struct("<I")


class Damaged(Exception):
    """Bytes that are no whole block."""


class Block(NamedTuple):
    """Rows with a time each, any number of columns of floats, and a quality."""

    times: Sequence[int]
    """Microseconds since 1970-01-01 UTC."""
    columns: Sequence[Sequence[float]]
    quality: bytes
    """A byte for each row: 0 good, 1 uncertain, 2 bad."""


def pack(block: Block) -> bytes:
    """Return a block as bytes, with a checksum. Every bit of a float is kept.

    Raises:
        OverflowError: a time is further than `FURTHEST`.
    """
    times, rows = block.times, len(block.times)
    steps = list(map(sub, times[1:], times))
    parts = [_by_significance(array("q", [*times[:1], *steps[:1], *map(sub, steps[1:], steps)]))]
    for column in block.columns:
        bits = array("Q", array("d", column).tobytes())
        parts.append(_by_significance(array("Q", [*bits[:1], *map(xor, bits[1:], bits)])))
    body = zlib.compress(b"".join([*parts, block.quality]), 1)
    head = _HEAD.pack(_VERSION, len(block.columns), rows)
    return head + _SUM.pack(zlib.crc32(body, zlib.crc32(head))) + body


def unpack(data: bytes) -> Block:
    """Return the block that `pack` made these bytes of.

    Raises:
        Damaged: they are not what it made.
    """
    begin = _HEAD.size + _SUM.size
    if len(data) < begin:
        raise Damaged("cut short")
    version, columns, rows = _HEAD.unpack_from(data)
    body = data[begin:]
    if zlib.crc32(body, zlib.crc32(data[: _HEAD.size])) != _SUM.unpack_from(data, _HEAD.size)[0]:
        raise Damaged("the checksum does not fit")
    width = 8 * rows
    size = width * (columns + 1) + rows
    if version != _VERSION or rows > LONGEST:
        raise Damaged(f"version {version} with {rows} rows is not known")
    try:
        plain = zlib.decompressobj().decompress(body, size + 1)
    except zlib.error as error:
        raise Damaged(str(error)) from None
    if len(plain) != size:
        raise Damaged("it holds more or less than it says")
    jumps = _from_significance("q", plain[:width])
    times = list(accumulate(chain(jumps[:1], accumulate(jumps[1:]))))
    found = []
    for place in range(1, columns + 1):
        bits = array("Q", accumulate(_from_significance("Q", plain[place * width : (place + 1) * width]), xor))
        found.append(array("d", bits.tobytes()))
    return Block(times, found, plain[size - rows :])


def _by_significance(numbers: array[int]) -> bytes:
    """Return the lowest bytes of all numbers, then the next ones: what hardly changes comes to stand together."""
    if sys.byteorder == "big":
        numbers.byteswap()
    data = numbers.tobytes()
    return b"".join(data[place::8] for place in range(8))


def _from_significance(kind: str, data: bytes) -> array[int]:
    plain, rows = bytearray(len(data)), len(data) // 8
    for place in range(8 if rows else 0):
        plain[place::8] = data[place * rows : (place + 1) * rows]
    numbers = array(kind, bytes(plain))
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers

"""The fewest requests for what is to be read. Pure.

A request reads one unbroken range of one table of one unit, 125 registers or 2000 bits at most. A value is never torn
over two requests, since the device may change it in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

MOST_REGISTERS = 125
MOST_BITS = 2000
MOST_WRITTEN_REGISTERS = 123
MOST_WRITTEN_BITS = 1968


class Span(NamedTuple):
    """Neighbouring addresses: `size` of them from `address` on."""

    address: int
    size: int

    @property
    def end(self) -> int:
        """The first address behind it."""
        return self.address + self.size


class Group(NamedTuple):
    """Spans that one request reads, and what it reads."""

    span: Span
    members: list[int]
    """Positions in the list that was given to `coalesce`."""


def coalesce(spans: Sequence[Span], most: int, gap: int = 0) -> list[Group]:
    """Return the fewest groups so that every span lies whole in one, each without holes wider than `gap`.

    The leftmost span must begin a request; whatever can be reached from it without a hole and ends within the limit
    may as well go along, since nothing further right needs it as a bridge. So the greedy sweep is the optimum.

    Args:
        spans: what to read, in any order, each at most `most` long; they may overlap or be the same.
        most: addresses in one request at most.
        gap: addresses nobody asked for that may be read along between two spans.
    """
    left = sorted(range(len(spans)), key=lambda i: spans[i])
    groups: list[Group] = []
    while left:
        start, end = spans[left[0]].address, spans[left[0]].end
        members: list[int] = []
        later: list[int] = []
        for i in left:
            span = spans[i]
            if span.address <= end + gap and span.end - start <= most:
                members.append(i)
                end = max(end, span.end)
            else:
                later.append(i)
        groups.append(Group(Span(start, end - start), members))
        left = later
    return groups


def split(span: Span, most: int, step: int = 1) -> list[Span]:
    """Return a long span as pieces of at most `most`, each a multiple of `step` (the size of one value) but the last.

    Raises:
        ValueError: one value alone is longer than a request may be.
    """
    if step > most and span.size > most:
        raise ValueError(f"a value of {step} registers does not fit a request of {most}")
    if span.size <= most:
        return [span]
    stride = most // step * step
    return [Span(at, min(stride, span.end - at)) for at in range(span.address, span.end, stride)]


def cut_registers(data: bytes, outer: Span, inner: Span) -> bytes:
    """Return the part of a request's registers that belongs to a span inside it."""
    at = 2 * (inner.address - outer.address)
    return data[at : at + 2 * inner.size]


def cut_bits(data: bytes, outer: Span, inner: Span) -> bytes:
    """Return the part of a request's bits that belongs to a span inside it, packed anew from bit 0."""
    row = int.from_bytes(data, "little") >> (inner.address - outer.address)
    return (row & (1 << inner.size) - 1).to_bytes((inner.size + 7) // 8, "little")

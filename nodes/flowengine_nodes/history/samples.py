"""What goes into a historian and comes out of it: samples, and summaries of many."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from itertools import compress
from typing import Any, Final, NamedTuple

from flowengine import Quality
from flowengine_nodes.history.block import Block

SECOND: Final = 1_000_000
"""A second in the unit of times, microseconds."""

QUALITIES: Final[tuple[Quality, ...]] = ("good", "uncertain", "bad")
GOOD, UNCERTAIN, BAD = range(3)


class Sample(NamedTuple):
    """One value of a tag at a time."""

    tag: str
    time: int
    """Microseconds since 1970-01-01 UTC."""
    value: float
    """NaN: there was none."""
    quality: int
    """Where it stands in `QUALITIES`."""


class Row(NamedTuple):
    """A sample, or a summary of those in an interval, as a query gives it."""

    time: int
    value: float
    """Of a summary the arithmetic mean; NaN: there is none."""
    quality: int
    low: float = math.nan
    high: float = math.nan
    made_of: int | None = None
    """How many samples were summed up; None: it is a sample itself."""


class Summary:
    """Minimum, maximum, sum and count of the samples in an interval that are not bad."""

    __slots__ = ("count", "doubtful", "high", "low", "total")

    def __init__(self) -> None:
        self.low, self.high, self.total, self.count = math.inf, -math.inf, 0.0, 0
        self.doubtful = False
        """Whether some of the samples were uncertain or bad."""

    def add(self, low: float, high: float, total: float, count: int, quality: int) -> None:
        """Take in samples that have been summed up already."""
        self.doubtful = self.doubtful or quality != GOOD
        if count:
            self.low, self.high = min(self.low, low), max(self.high, high)
            self.total += total
            self.count += count

    @property
    def quality(self) -> int:
        """Good if all were, bad if none could be used, else uncertain."""
        return BAD if not self.count else UNCERTAIN if self.doubtful else GOOD

    def row(self, time: int) -> Row:
        """Return it as the row of the interval that begins at a time."""
        if not self.count:
            return Row(time, math.nan, BAD, made_of=0)
        return Row(time, self.total / self.count, self.quality, self.low, self.high, self.count)


def fold(block: Block, level: int, origin: int, width: int, into: dict[int, Summary]) -> None:
    """Sum up the rows of a block, sorted by time, by the intervals of a width that begin at `origin`."""
    times = block.times
    begin = 0
    while begin < len(times):
        at = origin + (times[begin] - origin) // width * width
        end = bisect_left(times, at + width, begin)
        summary = into.setdefault(at, Summary())
        columns, kinds = [column[begin:end] for column in block.columns], block.quality[begin:end]
        summary.add(*(_of_summaries(columns) if level else _of_values(columns[0], kinds)), max(kinds))
        begin = end


def _of_values(values: Sequence[float], kinds: bytes) -> tuple[float, float, float, int]:
    """Return minimum, maximum, sum and count of those that are not bad."""
    if BAD in kinds:
        values = [value for value, kind in zip(values, kinds, strict=True) if kind != BAD]
    return min(values, default=0.0), max(values, default=0.0), sum(values), len(values)


def _of_summaries(columns: Sequence[Sequence[float]]) -> tuple[float, float, float, int]:
    """Return the same of summaries, those of no values aside."""
    low, high, total, count = columns
    if 0.0 in count:
        low, high = list(compress(low, count)), list(compress(high, count))
    return min(low, default=0.0), max(high, default=0.0), sum(total), int(sum(count))


def summaries_as_block(summaries: dict[int, Summary]) -> Block:
    """Return summaries as a block with the columns minimum, maximum, sum and count."""
    times = sorted(summaries)
    found = [summaries[time] for time in times]
    columns: list[list[Any]] = [
        [one.low if one.count else 0.0 for one in found],
        [one.high if one.count else 0.0 for one in found],
        [one.total for one in found],
        [float(one.count) for one in found],
    ]
    return Block(times, columns, bytes(one.quality for one in found))


def rows_of(block: Block, level: int) -> list[Row]:
    """Return each row of a block as it is."""
    if not level:
        return [Row(*each) for each in zip(block.times, block.columns[0], block.quality, strict=True)]
    found = []
    for time, low, high, total, count, quality in zip(block.times, *block.columns, block.quality, strict=True):
        summary = Summary()
        summary.add(low, high, total, int(count), quality)
        found.append(summary.row(time))
    return found


def merged(blocks: Sequence[Block]) -> Block:
    """Return blocks of samples as one, sorted; of two samples at one time the later block's counts."""
    if len(blocks) == 1 and all(map(int.__lt__, blocks[0].times, blocks[0].times[1:])):
        return blocks[0]
    newest = {
        time: (value, quality)
        for block in blocks
        for time, value, quality in zip(block.times, block.columns[0], block.quality, strict=True)
    }
    times = sorted(newest)
    return Block(times, [[newest[time][0] for time in times]], bytes(newest[time][1] for time in times))


def part_of(block: Block, begin: int, end: int) -> Block:
    """Return the rows of a sorted block with times from `begin` up to, not including, `end`."""
    first, behind = bisect_left(block.times, begin), bisect_left(block.times, end)
    if first == 0 and behind == len(block.times):
        return block
    cut = slice(first, behind)
    return Block(block.times[cut], [column[cut] for column in block.columns], block.quality[cut])

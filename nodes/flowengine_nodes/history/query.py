"""What an archive is asked: the newest value, values of a span, or summaries of its intervals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from heapq import merge
from itertools import islice
from typing import Final

from flowengine import BadData
from flowengine_nodes.history.samples import SECOND, Row, Summary, fold, part_of, rows_of
from flowengine_nodes.history.stored import HOURS, MINUTES, RAW, Stored

MOST_READ: Final = 5_000_000
"""Rows that one query reads at most: some seconds, in which nothing is written."""

_EVER: Final = 1 << 62


def last(archive: Stored, tag: str, at: int = _EVER) -> list[Row]:
    """Return the newest row of a tag at or before a time, or none."""
    with archive.lock:
        id = archive.id_of(tag)
        for level in (RAW, MINUTES, HOURS):
            # The block that begins last has a row there, and what is newer is in one that reaches beyond that.
            query = "SELECT max(first) FROM block WHERE tag = ? AND level = ? AND first <= ?"
            newest = archive.db.execute(query, (id, level, at)).fetchone()[0]
            begin = -_EVER if newest is None else newest
            found = [
                row
                for block in archive.blocks(id, level, begin, at)
                for row in rows_of(part_of(block, -_EVER, at + 1), level)[-1:]
            ]
            if found:
                return [max(found, key=lambda row: row.time)]
    return []


def values(archive: Stored, tag: str, begin: int, end: int, most: int) -> list[Row]:
    """Return what is kept of a span, both ends included, in order of time: samples, and summaries of what is old.

    Raises:
        BadData: that is more than `most` rows.
    """
    with archive.lock:
        found = list(islice(rows(archive, tag, begin, end), most + 1))
    if len(found) > most:
        raise BadData(
            f"'{tag:.60}' has more than {most} values in this span: ask for a shorter one, raise 'most', "
            "or ask for an aggregate"
        )
    return found


def rows(archive: Stored, tag: str, begin: int, end: int) -> Iterator[Row]:
    """Give the same one by one, unpacked as they are asked for; to be used under the archive's lock."""
    id = archive.id_of(tag)
    summed_up = [
        row
        for level in (HOURS, MINUTES)
        for block in archive.blocks(id, level, begin, end)
        for row in rows_of(part_of(block, begin, end + 1), level)
    ]
    summed_up.sort(key=lambda row: row.time)  # late values have begun blocks of their own
    samples = (
        row for block in archive.blocks(id, RAW, begin, end) for row in rows_of(part_of(block, begin, end + 1), RAW)
    )
    return merge(summed_up, samples, key=lambda row: row.time)


def aggregate(archive: Stored, tag: str, begin: int, end: int, interval: float, most: int) -> list[Row]:
    """Return summaries of the intervals of a span in which there was anything, both ends included.

    Intervals of `interval` seconds begin at its multiples since 1970 UTC; 0 cuts the span into `most` equal ones.

    Raises:
        BadData: there would be more than `most`, or too much would have to be read.
    """
    if interval:
        width, origin = max(1, round(interval * SECOND)), 0
        if (intervals := end // width - begin // width + 1) > most:
            raise BadData(
                f"{intervals} intervals of {interval:g} s, and at most {most} are allowed: choose longer ones"
            )
    else:
        width, origin = max(1, math.ceil((end - begin + 1) / most)), begin
    with archive.lock:
        id = archive.id_of(tag)
        if (rows := archive.count(id, begin, end)) > MOST_READ:
            raise BadData(f"'{tag:.60}' has {rows} values in this span, and {MOST_READ} are read at most: shorten it")
        summaries: dict[int, Summary] = {}
        for level in (HOURS, MINUTES, RAW):
            for block in archive.blocks(id, level, begin, end):
                fold(part_of(block, begin, end + 1), level, origin, width, summaries)
    return [summaries[at].row(at) for at in sorted(summaries)]

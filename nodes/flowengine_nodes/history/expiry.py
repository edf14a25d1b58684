"""What becomes of old samples: summaries per minute, then per hour, then nothing; and the size of the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from flowengine_nodes.history.archive import NOTHING, Archive
from flowengine_nodes.history.samples import SECOND, Summary, fold, merged, part_of, summaries_as_block
from flowengine_nodes.history.stored import HOURS, MINUTES, RAW

DAY: Final = 86_400
_WIDTH: Final = {MINUTES: 60 * SECOND, HOURS: 3600 * SECOND}
_EVER: Final = 1 << 62
_AT_ONCE: Final = 100
"""Blocks that are summed up in one transaction, so that writers need not wait long."""


class Retention(NamedTuple):
    """For how many days each level is kept; 0: for ever."""

    raw: float = 30
    minutes: float = 365
    hours: float = 0


def expire(archive: Archive, keep: Retention, now: float) -> Iterator[None]:
    """Sum up, and at last delete, what is older than it is kept; `now` in seconds since 1970.

    Yields between two steps, in which others may write: a step is a transaction of some blocks of one tag.
    """
    for level, days in ((RAW, keep.raw), (MINUTES, keep.minutes), (HOURS, keep.hours)):
        if days:
            # Whole hours, so that no interval is summed up in two halves.
            before = int((now - days * DAY) // 3600) * 3600 * SECOND
            with archive.lock:
                query = "SELECT DISTINCT tag FROM block WHERE level = ? AND first < ?"
                old = archive.db.execute(query, (level, before)).fetchall()
            for (tag,) in old:
                more = True
                while more:
                    more = _age(archive, tag, level, before)
                    yield


def shrink(archive: Archive, most: int) -> bool:
    """Delete the oldest blocks, of whatever tag and level, until the file uses no more than so many bytes.

    Returns whether it was too large.
    """
    with archive.lock:
        shrunk = False
        while (used := size(archive)) > most:
            blocks = archive.db.execute("SELECT count(*) FROM block").fetchone()[0]
            if not blocks:
                break
            with archive.transaction():
                query = "DELETE FROM block WHERE id IN (SELECT id FROM block ORDER BY last LIMIT ?)"
                archive.db.execute(query, (max(1, (used - most) * blocks // used),))
            shrunk = True
    return shrunk


def size(archive: Archive) -> int:
    """Return how many bytes of the file are in use; what is free in it is used again."""
    pages, free, each = (
        archive.db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - free) * each)


def _age(archive: Archive, tag: int, level: int, before: int) -> bool:
    """Do that to some blocks of a tag; returns whether there may be more."""
    query = "SELECT id, data FROM block WHERE tag = ? AND level = ? AND first < ? ORDER BY first LIMIT ?"
    with archive.lock, archive.transaction():
        old = archive.db.execute(query, (tag, level, before, _AT_ONCE)).fetchall()
        past = []
        for id, data in sorted(old):
            block = archive.unpacked(data) or NOTHING
            past.append(part_of(block, -_EVER, before))
            archive.replace(id, part_of(block, before, _EVER))
        if level != HOURS and any(block.times for block in past):
            summaries: dict[int, Summary] = {}
            for block in [merged(past)] if level == RAW else past:
                fold(block, level, 0, _WIDTH[level + 1], summaries)
            archive.store(tag, level + 1, summaries_as_block(summaries))
    return len(old) == _AT_ONCE

"""What stands in an archive, as it is asked for: blocks of a tag, and what the journal holds of it."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from typing import Final

from flowengine_nodes.history.block import Block, Damaged, unpack
from flowengine_nodes.history.samples import merged

RAW, MINUTES, HOURS = range(3)
"""Levels: samples as they came, summaries per minute, summaries per hour."""

APPLICATION: Final = int.from_bytes(b"feha", "big")
"""How SQLite's header says whose file it is."""

Span = tuple[int, int, int]
"""The first time of a block, its id, and its last time."""

_YOUNG: Final = 1 << 62
"""Stands for the id of what is in the journal: written later than any block."""


class Stored:
    """Samples of many tags, to be looked at. Safe to use from any thread under `lock`."""

    db: sqlite3.Connection

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.damaged = 0
        """Blocks and rows of the journal that could not be read, and are left out."""
        self._young: dict[int, tuple[list[int], list[float], bytearray]] = {}
        """What the journal holds, by tag."""
        self.unsettled = 0
        """Samples in the journal."""

    def id_of(self, tag: str) -> int:
        """Return the number of a tag; 0: nothing is kept of it."""
        found = self.db.execute("SELECT id FROM tag WHERE name = ?", (tag,)).fetchone()
        return 0 if found is None else int(found[0])

    def blocks(self, tag: int, level: int, begin: int, end: int) -> Iterator[Block]:
        """Give the blocks of a tag that have to do with a span, both ends included, in order of time.

        Blocks of samples that overlap come as one; summaries come as they are. To be used under `lock`.
        """
        query = "SELECT first, id, last FROM block WHERE tag = ? AND level = ? AND last >= ? AND first <= ?"
        spans: list[Span] = sorted(self.db.execute(query, (tag, level, begin, end)))
        young = self._young_of(tag) if level == RAW and tag in self._young else None
        if young is not None and young.times[0] <= end and young.times[-1] >= begin:
            spans.append((young.times[0], _YOUNG, young.times[-1]))
            spans.sort()
        for group in _overlapping(spans) if level == RAW else ([span] for span in spans):
            found: list[Block] = []
            for _, id, _ in sorted(group, key=lambda span: span[1]):  # in the order they were written
                if young is not None and id == _YOUNG:
                    found.append(young)
                    continue
                block = self.unpacked(self.db.execute("SELECT data FROM block WHERE id = ?", (id,)).fetchone()[0])
                if block is not None:
                    found.append(block)
            if found:
                yield merged(found) if level == RAW else found[0]

    def count(self, tag: int, begin: int, end: int) -> int:
        """Return about how many rows the blocks of a span hold, so that nobody begins what would take too long."""
        query = "SELECT sum(count) FROM block WHERE tag = ? AND level = ? AND last >= ? AND first <= ?"
        with self.lock:
            return sum(self.db.execute(query, (tag, level, begin, end)).fetchone()[0] or 0 for level in range(3))

    def unpacked(self, data: bytes) -> Block | None:
        """Return the block that stands on disk; None: it is damaged, which is counted."""
        try:
            return unpack(data)
        except Damaged:
            self.damaged += 1
            return None

    def _read_journal(self) -> None:
        """Remember what the journal holds."""
        for (data,) in self.db.execute("SELECT data FROM journal ORDER BY id"):
            self._remember(self.unpacked(data))

    def _remember(self, block: Block | None) -> None:
        if block is None:
            return
        young = self._young
        tags = map(int, block.columns[0])
        for tag, time, value, quality in zip(tags, block.times, block.columns[1], block.quality, strict=True):
            kept = young.get(tag)
            if kept is None:
                kept = young[tag] = [], [], bytearray()
            kept[0].append(time)
            kept[1].append(value)
            kept[2].append(quality)
        self.unsettled += len(block.times)

    def _young_of(self, tag: int) -> Block:
        times, values, quality = self._young[tag]
        return merged([Block(times, [values], bytes(quality))])


def _overlapping(spans: list[Span]) -> Iterator[list[Span]]:
    """Put spans that overlap, given in order of their beginnings, into groups."""
    group: list[Span] = []
    furthest = 0
    for span in spans:
        if group and span[0] > furthest:
            yield group
            group = []
        furthest = span[2] if not group else max(furthest, span[2])
        group.append(span)
    if group:
        yield group

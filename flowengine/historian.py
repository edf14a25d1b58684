"""What a historian is to those who ask it from outside of the flow that writes: tags, values, summaries.

A connection that keeps values over time says so by `Connection.historian`. It is read in another process than the one
that writes, while that runs or after it has fallen, so a reader must neither wait for the writer nor hold it up.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import NamedTuple, Protocol

from flowengine.message import Quality


class Reading(NamedTuple):
    """A value of a tag at a time, or what those of an interval come to."""

    time: float
    """Seconds since 1970-01-01 UTC; of a summary the begin of its interval."""
    value: float | None
    """Of a summary the arithmetic mean; None: there is no number."""
    quality: Quality
    low: float | None = None
    high: float | None = None
    made_of: int | None = None
    """How many values were summed up, bad ones aside; None: it is a value itself."""


class Historian(Protocol):
    """What is kept, as of one instant. Times are seconds since 1970-01-01 UTC, both ends included.

    Each call may wait for the disk, and raises Retryable when nothing can be read now.
    """

    def tags(self) -> list[str]:
        """Return all tags, sorted."""

    def knows(self, tag: str) -> bool:
        """Say whether there is such a tag."""

    def last(self, tag: str) -> Reading | None:
        """Return the newest value of a tag; None: nothing is kept of it."""

    def about(self, tag: str, begin: float, end: float) -> int:
        """Return about how many values and summaries a span holds, at no cost: who asks too much hears so at once."""

    def values(self, tag: str, begin: float, end: float) -> Iterator[Reading]:
        """Give what is kept of a tag, in order of time, read as asked for: values, and summaries of what is old."""

    def summaries(self, tag: str, begin: float, end: float, interval: float) -> list[Reading]:
        """Return minimum, maximum and mean of each interval in which there is anything.

        Intervals of so many seconds begin at multiples of that since 1970. Raises BadData when more would have to be
        read than one question may.
        """


Opening = AbstractContextManager[Historian]
"""Opens a historian to be read when it is entered, and not before; raises Retryable where it cannot be read now."""

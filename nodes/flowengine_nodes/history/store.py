"""The connection `history/store`: the file of a historian, written in batches."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from msgspec import Meta

from flowengine import ADVANCED, BadData, Connection, Opening, Reach, Retryable, unit
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.beside import beside
from flowengine_nodes.history.block import FURTHEST
from flowengine_nodes.history.expiry import Retention, expire, shrink
from flowengine_nodes.history.samples import SECOND, Sample

T = TypeVar("T")

BATCH: Final = 5000
"""Samples that are written at once without waiting for more."""

_JOURNAL: Final = 100_000
"""Samples in the journal at most, before they become blocks."""

_JOURNAL_AGE: Final = 600.0
"""Seconds that samples stay in the journal at most."""

_SHORTEST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
"""Seconds between tries to open or write the file."""

_HOUR: Final = 3600.0
_LAST: Final = object()
"""What comes behind the last step."""

_DAYS: Final = unit("d")


class HistoryStore(Connection, type="history/store"):
    """The file in which a historian keeps values over time, shared by all nodes that name it.

    Values are kept as they came for `raw` days, then as minimum, maximum, mean and count per minute, then per hour.
    Beyond `largest` the oldest go, whatever they are. All of it is compressed in one SQLite file, which one running
    engine has for itself; while the file is in use elsewhere or moved away, or its disk is full, nodes wait and the
    status says why.

    A value counts as written when it is on disk: a crash, a kill or a power failure loses none of those. Of two values
    of a tag with the same time the later counts.

    It is read from outside, too, also while the flow is stopped: by charts of the operators' page, as CSV or Parquet,
    by Grafana. Who may see a flow sees all that stands in its files.

    Example: file /var/lib/plant/history.sqlite, raw 90, largest 20000.
    """

    file: Annotated[str, Meta(description="Path of the SQLite file; it is made if it is not there", min_length=1)]
    raw: Annotated[float, Meta(description="Keep values as they came; 0: for ever", ge=0, extra_json_schema=_DAYS)] = 30
    minutes: Annotated[
        float, Meta(description="Keep what is older per minute; 0: for ever", ge=0, extra_json_schema=_DAYS)
    ] = 365
    hours: Annotated[
        float, Meta(description="Keep what is older still per hour; 0: for ever", ge=0, extra_json_schema=_DAYS)
    ] = 0
    largest: Annotated[
        float, Meta(description="Size of the file at most; 0: no bound", ge=0, extra_json_schema=unit("MB"))
    ] = 10_000
    interval: Annotated[
        float,
        Meta(description="Collect values so long before they are written", gt=0, le=60, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 0.5
    most_tags: Annotated[
        int, Meta(description="Tags at most; a value of one more is refused", ge=1, le=1_000_000), ADVANCED
    ] = 10_000

    @classmethod
    def alone(cls, options: Mapping[str, Any]) -> bool:
        """One process has the file."""
        return True

    @classmethod
    def keeps(cls, options: Mapping[str, Any]) -> Sequence[str]:
        """The file."""
        return [str(options["file"])]

    @classmethod
    def historian(cls, options: Mapping[str, Any], reach: Reach) -> Opening:
        """The file, read beside the engine that writes it."""
        return beside(Path(str(options["file"])))

    def __post_init__(self) -> None:
        for finer, coarser in (("raw", "minutes"), ("minutes", "hours")):
            if 0 < getattr(self, coarser) < getattr(self, finer):
                raise ValueError(
                    f"{finer} ({getattr(self, finer):g} days) must not be longer than {coarser} "
                    f"({getattr(self, coarser):g} days), which is what comes after"
                )
        self._archive: Archive | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._thinner: asyncio.Task[None] | None = None
        self._wake = asyncio.Event()
        self._stopped = asyncio.Event()
        self._tags: set[str] = set()
        self._samples: list[Sample] = []
        self._waiting: list[asyncio.Future[None]] = []
        self._retention = Retention(self.raw, self.minutes, self.hours)
        self._full = False
        """Whether the oldest had to make way when this was last looked at."""

    async def start(self) -> None:
        """Begin to open the file."""
        self._keeper = asyncio.ensure_future(self._keep())

    async def stop(self) -> None:
        """Write what has come and close the file."""
        if self._keeper is not None:
            self._stopped.set()
            self._wake.set()
            await self._keeper
        if self._thinner is not None:
            await self._thinner
        if self._archive is not None:
            try:
                if self._samples:
                    await self._write(self._archive)
                await self.blocking(self._archive.settle)
            except (sqlite3.Error, OSError) as error:
                self.log.error("%s: %s", self.file, _said(error))  # the journal has what was acknowledged
            await self.blocking(self._archive.close)

    def record(self, samples: list[Sample]) -> asyncio.Future[None]:
        """Take samples; the future is done when they are on disk.

        Raises:
            BadData: a time is no date, a tag is no Unicode text, or there are too many tags.
        """
        for sample in samples:
            if not -FURTHEST < sample.time < FURTHEST:
                raise BadData(f"time {sample.time / SECOND:g} is no time within 285 years of 1970")
            if sample.tag not in self._tags:
                if len(self._tags) >= self.most_tags:
                    raise BadData(
                        f"tag '{sample.tag:.60}' is one more than the {self.most_tags} allowed: raise 'most_tags'"
                    )
                _check_text(sample.tag)
                self._tags.add(sample.tag)
        done = asyncio.get_running_loop().create_future()
        if not samples:
            done.set_result(None)
            return done
        self._samples += samples
        self._waiting.append(done)
        if len(self._waiting) == 1 or len(self._samples) >= BATCH:
            self._wake.set()
        return done

    async def ask(self, question: Callable[[Archive], T]) -> T:
        """Return what a function finds in the archive: all that is on disk.

        Raises:
            Retryable: the file is not open, or cannot be read now.
        """
        if self._archive is None:
            raise Retryable(f"the history in {self.file} is not open; see the status of the connection")
        archive = self._archive
        try:
            return await self.blocking(question, archive)
        except sqlite3.Error as error:
            raise Retryable(f"cannot read {self.file}: {_said(error)}") from error

    async def _keep(self) -> None:
        """Open the file, then write whenever there is something, and tidy up; until stopped."""
        archive = await self._opened()
        if archive is None:
            return
        self._archive = archive
        self._tags |= archive.tags.keys()
        self._say(archive)
        self._thinner = asyncio.ensure_future(self._thin_out(archive))
        settle_at = self.clock.monotonic()  # what an earlier run has left
        pause = _SHORTEST_PAUSE
        while not self._stopped.is_set():
            if not self._samples:
                self._wake.clear()
                await _set(self._wake, settle_at - self.clock.monotonic())
            if 0 < len(self._samples) < BATCH and not self._stopped.is_set():
                self._wake.clear()
                await _set(self._wake, self.interval)
            try:
                if self._samples:
                    await self._write(archive)
                now = self.clock.monotonic()
                if now >= settle_at or archive.unsettled >= _JOURNAL:
                    await self.blocking(archive.settle)
                    settle_at = now + _JOURNAL_AGE
                    self._full = self.largest > 0 and await self.blocking(shrink, archive, round(self.largest * 1e6))
                self._say(archive)
                pause = _SHORTEST_PAUSE
            except (sqlite3.Error, OSError) as error:
                self.status("error", f"cannot write {self.file}: {_said(error)}")
                await _set(self._stopped, pause)
                pause = min(2 * pause, _LONGEST_PAUSE)

    async def _thin_out(self, archive: Archive) -> None:
        """Do every hour what becomes of old values, between writing what is new; until stopped."""
        while not self._stopped.is_set():
            steps = expire(archive, self._retention, self.clock.now())
            try:
                while await self.blocking(next, steps, _LAST) is not _LAST and not self._stopped.is_set():
                    pass
                pause = _HOUR
            except (sqlite3.Error, OSError) as error:
                self.log.warning("%s: old values are not summed up yet: %s", self.file, _said(error))
                pause = _LONGEST_PAUSE
            await _set(self._stopped, pause)

    async def _opened(self) -> Archive | None:
        self.status("busy", "opening")
        pause = _SHORTEST_PAUSE
        while not self._stopped.is_set():
            try:
                return await self.blocking(Archive, Path(self.file))
            except (sqlite3.Error, OSError) as error:
                self.status("error", f"cannot open {self.file}: {_said(error)}")
            await _set(self._stopped, pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return None

    async def _write(self, archive: Archive) -> None:
        """Write what has come; what cannot be written now stays in front of what comes meanwhile."""
        samples, waiting = self._samples, self._waiting
        self._samples, self._waiting = [], []
        try:
            await self.blocking(archive.append, samples)
        except BaseException:
            self._samples, self._waiting = samples + self._samples, waiting + self._waiting
            raise
        for done in waiting:
            if not done.done():
                done.set_result(None)

    def _say(self, archive: Archive) -> None:
        if archive.damaged:
            self.status("warning", f"{archive.damaged} times a damaged block was left out")
        else:
            tags = f"{len(self._tags)} tags"
            self.status("ok", f"{tags}; full: the oldest make way" if self._full else tags)


def _check_text(tag: str) -> None:
    try:
        tag.encode()
    except UnicodeEncodeError as error:
        raise BadData(f"tag {tag[:60]!a} is no Unicode text: {error.reason}") from None


async def _set(event: asyncio.Event, seconds: float) -> None:
    """Return when an event is set, or some time has passed."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(max(0.0, seconds)):
            await event.wait()


def _said(error: Exception) -> str:
    text = (error.strerror or str(error)) if isinstance(error, OSError) else str(error)
    if "locked" in text:
        return "it is in use by another connection or program"
    if "malformed" in text or "not a database" in text:
        return f"{text}: move it away, and a new one is made"
    return text

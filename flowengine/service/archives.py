"""What the historians of a folder's flows have kept, for whoever asks from outside of the flows.

An archive is read here, in the process of the service, beside the worker that writes it (`Connection.historian`): a
question disturbs no flow, and is answered while a flow is stopped, has fallen or does not start. See
docs/decisions/0031-archives-are-read-beside-their-writers.md.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import islice
from typing import Final, NamedTuple

from flowengine import settings
from flowengine.errors import BadData, FlowInvalid, NotFound, Retryable
from flowengine.flow.plan import Plan, PlannedConnection, plan_flow
from flowengine.historian import Historian, Reading
from flowengine.outgoing import Reach, reach_for
from flowengine.registry import Registry
from flowengine.service.standing import Standing

READERS: Final = 2
"""Questions that are answered at once; more wait, since all of them take from the one processor of this process."""
PATIENCE: Final = 10.0
"""Seconds that a question waits for its turn, and that answering one may take before no further tag is begun."""
MOST_TAGS: Final = 100
"""Tags in one question at most."""
LEAST_POINTS, MOST_POINTS = 3, 10_000
"""Points of one tag in one answer."""
MOST_READ: Final = 5_000_000
"""Values that one question reads at most, of all its tags together."""
FURTHEST: Final = 1e10
"""Seconds from 1970 at most, either way."""
AT_ONCE: Final = 20_000
"""Rows that an export reads before it lets the archive go: its log is not held up by whoever reads slowly."""


class Series(NamedTuple):
    """What is known of one tag in a span."""

    tag: str
    archive: str
    """Which of the flow's archives it is from; empty: none has this tag."""
    interval: float = 0.0
    """Seconds that each point sums up; 0: they are what is kept."""
    readings: Sequence[Reading] = ()


@dataclass(frozen=True)
class Archive:
    """One connection of a flow that keeps values over time."""

    flow: str
    planned: PlannedConnection
    reach: Reach
    """Where the flow may connect to."""

    @property
    def name(self) -> str:
        """The connection's name in the flow."""
        return self.planned.name

    @contextlib.contextmanager
    def open(self) -> Iterator[Historian]:
        """Have it open to be read.

        Raises:
            Retryable: it cannot be read now.
        """
        found = self.planned.cls.historian(self.planned.options, self.reach)
        assert found is not None, "this is asked before"
        with found as historian:
            yield historian


class Archives:
    """Answers questions to the archives of a folder's flows; not for the loop's thread, as it waits for the disk."""

    def __init__(self, standing: Standing, registry: Registry, environment: Mapping[str, str]) -> None:
        self._standing, self._registry, self._environment = standing, registry, environment
        self._turns = threading.BoundedSemaphore(READERS)
        self._known: tuple[object, dict[str, list[Archive]]] = (None, {})
        """What flows that do not run have, as of one content of the folder."""

    def flows(self) -> list[str]:
        """Return the flows that have archives, sorted; those that have errors and do not run are passed over."""
        found = []
        for name in sorted(self._standing.live.project.flows):
            with contextlib.suppress(FlowInvalid):
                if self._of(name):
                    found.append(name)
        return found

    def of(self, flow: str) -> list[Archive]:
        """Return the archives of a flow, in order of their names.

        Raises:
            NotFound: there is no such flow.
            FlowInvalid: it does not run, and has errors.
        """
        self._standing.live.file(flow)
        return self._of(flow)

    def tags(self, archive: Archive) -> list[str]:
        """Return the tags of an archive.

        Raises:
            Retryable: it cannot be read now, or others are being answered.
        """
        with self._turn(), archive.open() as historian:
            return historian.tags()

    def ask(
        self, flow: str, tags: Sequence[str], begin: float, end: float, points: int, raw: bool = False, name: str = ""
    ) -> list[Series]:
        """Return what is known of tags in a span, each from the first archive of the flow that has it.

        Of a tag with more than `points` values there are summaries of equal intervals, so many at most.

        Args:
            flow: whose archives are asked.
            tags: `MOST_TAGS` at most.
            begin: seconds since 1970, as all times; both ends are included.
            end: not before `begin`.
            points: of each tag at most; `MOST_POINTS` at most.
            raw: whether a tag with more values is refused instead.
            name: the one archive to ask; empty: all of the flow.

        Raises:
            NotFound: there is no such flow or archive; a flow without archives knows no tag.
            BadData: the question is none, or asks too much.
            Retryable: an archive cannot be read now, or others are being answered.
        """
        tags = list(dict.fromkeys(tags))
        _check(tags, begin, end, points)
        left = _Left(self._standing.engine.clock.monotonic() + PATIENCE)
        found: dict[str, Series] = {}
        archives = self._chosen(flow, name) if name else self.of(flow)
        with self._turn():
            for archive in archives:
                if len(found) == len(tags):
                    break
                with archive.open() as historian:
                    for tag in tags:
                        if tag not in found and historian.knows(tag):
                            left.take(historian.about(tag, begin, end), self._standing.engine.clock.monotonic())
                            found[tag] = _series(historian, archive.name, tag, begin, end, points, raw)
        return [found.get(tag, Series(tag, "")) for tag in tags]

    def export(
        self,
        flow: str,
        tags: Sequence[str],
        begin: float,
        end: float,
        interval: float = 0.0,
        name: str = "",
    ) -> Iterator[tuple[str, list[Reading]]]:
        """Give all that is known of tags in a span, tag by tag, some rows at a time; or summaries of each interval.

        The archive is let go between two portions, so that a slow reader holds nobody up.

        Raises:
            As `ask`; but for what goes wrong while it is under way, before this returns.
        """
        tags = list(dict.fromkeys(tags))
        _check(tags, begin, end, LEAST_POINTS)
        chosen = self._chosen(flow, name)
        left = _Left(float("inf"))
        places: list[tuple[Archive, str]] = []
        with self._turn():
            for tag in tags:
                place = next((one for one in chosen if _knows(one, tag, begin, end, left)), None)
                if place is not None:
                    places.append((place, tag))
        if interval and (end - begin) / interval > AT_ONCE:
            raise BadData(f"more than {AT_ONCE} intervals of a tag are too many: choose longer ones")
        return portions(places, begin, end, interval, self._turn)

    def _chosen(self, flow: str, name: str) -> list[Archive]:
        found = self.of(flow)
        if not found:
            raise NotFound(f"the flow '{flow[:100]}' keeps no history: it has no connection of the type history/store")
        chosen = [one for one in found if name in ("", one.name)]
        if not chosen:
            raise NotFound(f"'{flow[:100]}' has no archive '{name[:100]}', only {', '.join(one.name for one in found)}")
        return chosen

    def _of(self, flow: str) -> list[Archive]:
        running = self._standing.engine.flows.get(flow)
        if running is not None:
            return archives_of(running.plan)
        live = self._standing.live
        if self._known[0] is not live:
            self._known = (live, {})
        known = self._known[1]
        if flow not in known:
            file = live.file(flow)
            if file.flow is not None and file.flow.subflow is not None:
                return []
            plan = plan_flow(file, live.project, self._registry, self._environment, settings.secret)
            known[flow] = archives_of(plan)
        return known[flow]

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._turns.acquire(timeout=PATIENCE):
            raise Retryable("other questions to archives are being answered")
        try:
            yield
        finally:
            self._turns.release()


class _Left:
    """How much one question may still take."""

    def __init__(self, until: float) -> None:
        self._until, self._rows = until, 0

    def take(self, rows: int, now: float = 0.0) -> None:
        """Count rows that are to be read.

        Raises:
            BadData: that is more than a question may.
        """
        self._rows += rows
        if self._rows > MOST_READ or now > self._until:
            why = f"about {self._rows} values" if self._rows > MOST_READ else f"longer than {PATIENCE:g} s"
            raise BadData(
                f"this takes {why}, and {MOST_READ} values and {PATIENCE:g} s are the most: "
                "ask for a shorter span, or for fewer tags"
            )


def archives_of(plan: Plan) -> list[Archive]:
    """Return the archives of a flow, in order of their names."""
    reach = reach_for(plan.outgoing)
    found = [one for one in plan.connections.values() if one.cls.historian(one.options, reach) is not None]
    return [Archive(plan.name, one, reach) for one in sorted(found, key=lambda one: one.name)]


def portions(
    places: Iterable[tuple[Archive, str]],
    begin: float,
    end: float,
    interval: float = 0.0,
    turn: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
) -> Iterator[tuple[str, list[Reading]]]:
    """Give all that is known of tags in a span, some rows at a time, or summaries of each interval, where that is set.

    The archive is let go between two portions; `turn` is entered for each.

    Raises:
        BadData: there would be too many intervals.
        Retryable: an archive cannot be read now.
    """
    for archive, tag in places:
        at: float | None = begin
        while at is not None:
            with turn(), archive.open() as historian:
                if interval:
                    rows, at = historian.summaries(tag, begin, end, interval), None
                else:
                    rows = list(islice(historian.values(tag, at, end), AT_ONCE))
                    rows, at = _cut(rows)
            if rows:
                yield tag, rows


def _check(tags: Sequence[str], begin: float, end: float, points: int) -> None:
    if not 0 < len(tags) <= MOST_TAGS:
        raise BadData(f"{len(tags)} tags were asked for: 1 to {MOST_TAGS} are possible")
    if not -FURTHEST <= begin <= end <= FURTHEST:
        raise BadData(f"the span from {begin:g} to {end:g} is none: expected seconds since 1970, begin before end")
    if not LEAST_POINTS <= points <= MOST_POINTS:
        raise BadData(f"{points} points were asked for: {LEAST_POINTS} to {MOST_POINTS} are possible")


def _knows(archive: Archive, tag: str, begin: float, end: float, left: _Left) -> bool:
    with archive.open() as historian:
        if not historian.knows(tag):
            return False
        left.take(historian.about(tag, begin, end))
        return True


def _series(historian: Historian, archive: str, tag: str, begin: float, end: float, points: int, raw: bool) -> Series:
    readings = list(islice(historian.values(tag, begin, end), points + 1))
    if len(readings) <= points:
        return Series(tag, archive, 0.0, readings)
    if raw:
        raise BadData(
            f"'{tag:.60}' has more than {points} values in this span: ask for a shorter one, or for summaries"
        )
    # They begin at multiples of that, so that the next question finds the same: a part of one at each end of the span.
    interval = max(1, math.ceil((end - begin) / (points - 2) * 1e6)) / 1e6
    return Series(tag, archive, interval, historian.summaries(tag, begin, end, interval))


def _cut(rows: list[Reading]) -> tuple[list[Reading], float | None]:
    """Return the rows of a portion, and when the next one begins: never between two rows of one time."""
    if len(rows) < AT_ONCE:
        return rows, None
    last = rows[-1].time
    return [row for row in rows if row.time < last], last

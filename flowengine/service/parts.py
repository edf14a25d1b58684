"""The parts of the plant as the folder on disk has them, for whoever asks."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from flowengine import settings
from flowengine.assets.counting import Count, counts_of
from flowengine.assets.feed import FILE, read_feed
from flowengine.assets.file import assets_file, read_assets
from flowengine.assets.hours import enter_hours as write_hours
from flowengine.assets.shape import AssetsShape
from flowengine.assets.survey import Part, survey
from flowengine.flow.plan import Plan, sound_plans
from flowengine.flow.project import load_project
from flowengine.store.revisions import Recorded, Written

if TYPE_CHECKING:
    from flowengine.service.service import Service

MaySee = Callable[[str], bool]
"""Says of a flow whether someone may see it."""

Stamp = tuple[tuple[str, int, int], ...]
"""Path, time of the last change and size of every file that counts."""


@dataclass(frozen=True)
class Parts:
    """All parts on a day, the most urgent first."""

    today: date
    there: bool
    """Whether there is an assets.json."""
    problems: tuple[str, ...] = ()
    """Why there are none: what is wrong with the files."""
    parts: tuple[Part, ...] = ()


Survey = Callable[[Mapping[str, Plan], Mapping[str, Count]], tuple[Part, ...]]
"""What is known of the parts, by the plans that somebody may see and the hours that their flows have counted."""


@dataclass(frozen=True)
class _Read:
    """What the files of a folder say on a day."""

    assets: AssetsShape
    plans: Mapping[str, Plan]
    empty: Parts
    """All about the parts, but for the parts."""
    survey: Survey


@dataclass(frozen=True)
class _Seen:
    """What was found at a look: it holds as long as the files, the day and the hours are the same."""

    read: _Read
    counts: Mapping[str, Count]
    parts: Parts

    def by(self, may_see: MaySee) -> Parts:
        """Return what someone sees who may not see all flows."""
        plans = {name: plan for name, plan in self.read.plans.items() if may_see(name)}
        found = self.read.survey(plans, counts_of(self.read.assets, plans))
        problems = ("the files of the parts have errors",) if self.parts.problems else ()  # they may name any flow
        return replace(self.parts, problems=problems, parts=tuple(part for part in found if part.touched.flows))


class PartsDesk:
    """Looks at the hours when asked, and at all else only when a file has changed or a day has passed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[Stamp, _Seen] | None = None
        self._counted = 0.0
        """When the hours were read, by the engine's clock."""

    def look(self, service: Service, may_see: MaySee | None = None) -> Parts:
        """Return the parts; waits for the disk, and for whoever is looking already: what he finds is good for both."""
        today, came = _today(service), service.engine.clock.monotonic()
        with self._lock:
            stamp = stamp_of(service.folder.glob("*.json"))
            known = self._known
            seen = known[1] if known and known[0] == stamp and known[1].parts.today == today else None
            read = _read(service, today) if seen is None else seen.read
            if seen is None or self._counted < came:
                counts = counts_of(read.assets, read.plans)
                self._counted = service.engine.clock.monotonic()
                if seen is None or seen.counts != counts:
                    seen = _Seen(read, counts, replace(read.empty, parts=read.survey(read.plans, counts)))
            self._known = (stamp, seen)
        return seen.parts if may_see is None else seen.by(may_see)


_DESKS: WeakKeyDictionary[Service, PartsDesk] = WeakKeyDictionary()


def parts_of(service: Service, may_see: MaySee | None = None) -> Parts:
    """Return the parts of a service's folder; given which flows someone may see, those that touch one of them.

    Of other flows he learns nothing then: neither their names, nor their tags, nor what the end of a part stops there.
    """
    return _DESKS.setdefault(service, PartsDesk()).look(service, may_see)


def enter_hours(service: Service, part: str, hours: float, day: date | None, author: str) -> Recorded:
    """Keep in assets.json how many hours a part had run on a day (None: today), and as a revision, as a deploy does.

    Raises:
        NotFound, BadData: see `flowengine.assets.hours.enter_hours`.
    """
    today = _today(service)
    on = day or today
    before, now = write_hours(service.folder, part, hours, on, today)
    written = Written(assets_file(service.folder), now, before)
    return service.revisions.record([written], f"{part}: {hours:g} running hours on {on}", author)


def _today(service: Service) -> date:
    return datetime.fromtimestamp(service.engine.clock.now(), UTC).date()


def stamp_of(files: Iterable[Path]) -> Stamp:
    """Return what tells whether one of these files has changed."""
    found = []
    for file in sorted(files):
        try:
            stat = file.stat()
        except OSError:
            continue
        found.append((str(file), stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _read(service: Service, today: date) -> _Read:
    file = assets_file(service.folder)
    assets, feed = read_assets(file), read_feed(service.folder / FILE)
    problems = tuple(str(problem) for problem in (*assets.problems, *feed.problems) if problem.severity == "error")
    plans = sound_plans(load_project(service.folder), service.registry, service.environment, settings.secret)
    packages = {name: kind.package for name, kind in service.registry.types.items()}

    def surveyed(seen: Mapping[str, Plan], counts: Mapping[str, Count]) -> tuple[Part, ...]:
        return tuple(survey(assets.assets, feed.feed, seen, packages, today, counts))

    return _Read(assets.assets, plans, Parts(today, file.exists(), problems), surveyed)

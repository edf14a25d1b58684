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
from flowengine.assets.feed import FILE, read_feed
from flowengine.assets.file import assets_file, read_assets
from flowengine.assets.survey import Part, survey
from flowengine.flow.plan import Plan, sound_plans
from flowengine.flow.project import load_project

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


@dataclass(frozen=True)
class _Seen:
    """What was found at a look, and what it takes to find less of it."""

    parts: Parts
    again: Callable[[Mapping[str, Plan]], tuple[Part, ...]]
    plans: Mapping[str, Plan]

    def by(self, may_see: MaySee) -> Parts:
        """Return what someone sees who may not see all flows."""
        plans = {name: plan for name, plan in self.plans.items() if may_see(name)}
        found = tuple(part for part in self.again(plans) if part.touched.flows)
        problems = ("the files of the parts have errors",) if self.parts.problems else ()  # they may name any flow
        return replace(self.parts, problems=problems, parts=found)


class PartsDesk:
    """Looks at the files when asked, and again only when one has changed or a day has passed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[Stamp, _Seen] | None = None

    def look(self, service: Service, may_see: MaySee | None = None) -> Parts:
        """Return the parts; waits for the disk, and for whoever is looking already."""
        today = datetime.fromtimestamp(service.engine.clock.now(), UTC).date()
        with self._lock:
            stamp = stamp_of(service.folder.glob("*.json"))
            if self._known is None or self._known[0] != stamp or self._known[1].parts.today != today:
                self._known = (stamp, _looked(service, today))
            seen = self._known[1]
        return seen.parts if may_see is None else seen.by(may_see)


_DESKS: WeakKeyDictionary[Service, PartsDesk] = WeakKeyDictionary()


def parts_of(service: Service, may_see: MaySee | None = None) -> Parts:
    """Return the parts of a service's folder; given which flows someone may see, those that touch one of them.

    Of other flows he learns nothing then: neither their names, nor their tags, nor what the end of a part stops there.
    """
    return _DESKS.setdefault(service, PartsDesk()).look(service, may_see)


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


def _looked(service: Service, today: date) -> _Seen:
    file = assets_file(service.folder)
    assets, feed = read_assets(file), read_feed(service.folder / FILE)
    problems = tuple(str(problem) for problem in (*assets.problems, *feed.problems) if problem.severity == "error")
    plans = sound_plans(load_project(service.folder), service.registry, service.environment, settings.secret)
    packages = {name: kind.package for name, kind in service.registry.types.items()}

    def surveyed(seen: Mapping[str, Plan]) -> tuple[Part, ...]:
        return tuple(survey(assets.assets, feed.feed, seen, packages, today))

    return _Seen(Parts(today, file.exists(), problems, surveyed(plans)), surveyed, plans)

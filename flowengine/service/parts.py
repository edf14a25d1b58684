"""The parts of the plant as the folder on disk has them, for whoever asks."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from flowengine import settings
from flowengine.assets.feed import FILE, read_feed
from flowengine.assets.file import assets_file, read_assets
from flowengine.assets.survey import Part, survey
from flowengine.flow.plan import sound_plans
from flowengine.flow.project import load_project

if TYPE_CHECKING:
    from flowengine.service.service import Service

Stamp = tuple[tuple[str, int, int], ...]
"""Name, time of the last change and size of every file that counts."""


@dataclass(frozen=True)
class Parts:
    """All parts on a day, the most urgent first."""

    today: date
    there: bool
    """Whether there is an assets.json."""
    problems: tuple[str, ...] = ()
    """Why there are none: what is wrong with the files."""
    parts: tuple[Part, ...] = ()


class PartsDesk:
    """Looks at the files when asked, and again only when one has changed or a day has passed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: tuple[Stamp, Parts] | None = None

    def look(self, service: Service) -> Parts:
        """Return the parts; waits for the disk, and for whoever is looking already."""
        today = datetime.fromtimestamp(service.engine.clock.now(), UTC).date()
        with self._lock:
            stamp = _stamp(service.folder)
            if self._known is None or self._known[0] != stamp or self._known[1].today != today:
                self._known = (stamp, _looked(service, today))
            return self._known[1]


_DESKS: WeakKeyDictionary[Service, PartsDesk] = WeakKeyDictionary()


def parts_of(service: Service) -> Parts:
    """Return the parts of a service's folder."""
    return _DESKS.setdefault(service, PartsDesk()).look(service)


def _stamp(folder: Path) -> Stamp:
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            stat = file.stat()
        except OSError:
            continue
        found.append((file.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _looked(service: Service, today: date) -> Parts:
    file = assets_file(service.folder)
    assets, feed = read_assets(file), read_feed(service.folder / FILE)
    problems = tuple(str(problem) for problem in (*assets.problems, *feed.problems) if problem.severity == "error")
    plans = sound_plans(load_project(service.folder), service.registry, service.environment, settings.secret)
    packages = {name: kind.package for name, kind in service.registry.types.items()}
    parts = survey(assets.assets, feed.feed, plans, packages, today)
    return Parts(today, file.exists(), problems, tuple(parts))

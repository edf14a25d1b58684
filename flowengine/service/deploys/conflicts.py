"""Who was faster: where a deploy's base is not what stands on disk, what stands there, by whom, and the difference."""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path

from flowengine.errors import NotFound
from flowengine.flow.diff import diff
from flowengine.flow.file import connections_file, parse_flow
from flowengine.flow.model import Flow
from flowengine.flow.project import CONNECTIONS
from flowengine.flow.strict_json import parse_json
from flowengine.service.answers import Conflict
from flowengine.service.contents import Contents
from flowengine.service.deploys.candidate import Candidate
from flowengine.store.revisions import Revisions

MOST_REMEMBERED = 500


class Conflicts:
    """Finds conflicts; remembers contents that were seen, so that it can say what differs from an older base."""

    def __init__(self, revisions: Revisions) -> None:
        self._revisions = revisions
        self._remembered: OrderedDict[tuple[str, str], Flow] = OrderedDict()

    def saw(self, contents: Contents) -> None:
        """Remember contents."""
        for name in [*contents.revisions, CONNECTIONS]:
            flow, key = contents.flow(name), (name, contents.revision(name))
            if flow is not None and key not in self._remembered:
                self._remembered[key] = flow
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)

    def of(self, candidate: Candidate) -> list[Conflict]:
        """Return where the caller's base is not what stands on disk."""
        found = []
        for name, base in candidate.bases.items():
            current = candidate.disk.revision(name)
            if base != current:
                found.append(self._conflict(name, base, current, candidate))
        return found

    def _conflict(self, name: str, base: str, current: str, candidate: Candidate) -> Conflict:
        file = candidate.files[name]
        before = self._content(name, base, file)
        now = candidate.disk.flow(name)
        known = before is not None or not base
        change = diff(before, now) if known and (before is not None or now is not None) else None
        by, at = self._by(file, current)
        return Conflict(name, current, by, at, change)

    def _by(self, file: Path, revision: str) -> tuple[str, float]:
        """Return who deployed what stands there, and when; nobody's name if it was changed outside."""
        newest = self._revisions.history(file, 1)
        if newest and newest[0].revision == revision:
            return newest[0].author, newest[0].at
        try:
            return "", file.stat().st_mtime
        except OSError:
            return "", 0.0

    def _content(self, name: str, revision: str, file: Path) -> Flow | None:
        if (name, revision) in self._remembered or not revision:
            return self._remembered.get((name, revision))
        for entry in self._revisions.history(file):
            if entry.revision == revision:
                try:
                    return _parsed(name, self._revisions.content(file, entry.id)[1], file)
                except NotFound:
                    return None
        return None


def _parsed(name: str, text: str | None, file: Path) -> Flow | None:
    if text is None:
        return None
    if name == CONNECTIONS:
        return Flow(name=CONNECTIONS, connections=connections_file(parse_json(text, str(file))).connections)
    return parse_flow(text, str(file)).flow

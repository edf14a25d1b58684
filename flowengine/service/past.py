"""What flows were: their history, and an old revision beside what runs now."""

from __future__ import annotations

from pathlib import Path

from flowengine.errors import NotFound
from flowengine.flow.diff import diff
from flowengine.flow.file import parse_flow
from flowengine.service.answers import History, OldFlow
from flowengine.service.contents import path_of
from flowengine.service.standing import Standing
from flowengine.store.revisions import MOST_ENTRIES, Revisions


class Past:
    """Reads old revisions. Safe to use from any thread; each call may wait for the disk."""

    def __init__(self, standing: Standing, revisions: Revisions) -> None:
        self._standing = standing
        self._revisions = revisions

    def history(self, name: str, most: int = MOST_ENTRIES) -> History:
        """Return the revisions of a flow, of one that has been removed too.

        Raises:
            NotFound: there is no such flow, and never was.
        """
        entries = self._revisions.history(self._file(name), most)
        if not entries and not self._known(name):
            raise NotFound(f"there is no flow '{name[:100]}' in this folder, nor was there one")
        return History(name, tuple(entries), self._revisions.git)

    def old(self, name: str, id: str) -> OldFlow:
        """Return a flow as it was.

        Raises:
            NotFound: it has no such revision.
        """
        file = self._file(name)
        entry, text = self._revisions.content(file, id)
        then = parse_flow(text, str(file)) if text is not None else None
        value = then.json.value if then is not None else None
        now = self._standing.live.flow(name)
        before = then.flow if then is not None else None
        return OldFlow(entry, value if isinstance(value, dict) else None, diff(before, now))

    def _known(self, name: str) -> bool:
        return bool(self._standing.live.revision(name) or self._standing.disk.revision(name))

    def _file(self, name: str) -> Path:
        for contents in (self._standing.disk, self._standing.live):
            found = contents.project.flows.get(name)
            if found is not None:
                return path_of(found)
        if "/" in name or "\\" in name or "\0" in name or name.startswith("."):
            raise NotFound(f"there is no flow '{name[:100]}' in this folder")
        return self._standing.folder / f"{name}.json"

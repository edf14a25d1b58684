"""The folder on disk: read as a whole, as often as once a second, at the cost of one look at each file's date.

A file whose date, size or place has changed is read again, and once more at the next look, as dates are coarse; it is
parsed again only if its bytes differ, and never if they are those that a deploy has just written.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from flowengine.flow.file import ConnectionsFile, FlowFile, connections_file, flow_file
from flowengine.flow.project import Project, load_project
from flowengine.flow.sharing import shared
from flowengine.flow.strict_json import Json, parse_json, read_json
from flowengine.service.contents import Contents
from flowengine.store.revisions import revision_of
from flowengine.whole_types import make_whole

Stamp = tuple[int, ...]


@dataclass
class _Seen:
    """One file as it was read last."""

    stamp: Stamp
    settled: bool
    hash: bytes
    json: Json
    flow: FlowFile | None = None
    shared: ConnectionsFile | None = None
    revision: str = ""


class Folder:
    """A folder of flows, or one flow file and what is beside it."""

    def __init__(self, path: Path) -> None:
        make_whole()
        self.path = path
        self.folder = path if path.is_dir() else path.parent
        self._seen: dict[Path, _Seen] = {}
        self._expected: dict[bytes, FlowFile] = {}
        self._lock = threading.Lock()

    def read(self) -> Contents:
        """Return what the folder holds now.

        Raises:
            FileNotFoundError: the folder is gone.
        """
        with self._lock:
            looked: set[Path] = set()
            before = {file: seen.flow for file, seen in self._seen.items()}

            def flow(file: Path) -> FlowFile:
                looked.add(file)
                seen = self._look(file)
                if seen.flow is None:
                    seen.flow = shared(flow_file(seen.json, file.stem), before.get(file))
                return seen.flow

            def connections(file: Path) -> ConnectionsFile:
                looked.add(file)
                seen = self._look(file)
                if seen.shared is None:
                    seen.shared = connections_file(seen.json)
                return seen.shared

            project = load_project(self.path, flow, connections)
            self._seen = {file: seen for file, seen in self._seen.items() if file in looked}
            return self._contents(project)

    def expect(self, files: Iterable[FlowFile]) -> None:
        """Take what has been written in place of reading it, where the next look finds exactly that."""
        self._expected = {hashlib.sha256(file.json.text.encode()).digest(): file for file in files}

    def _contents(self, project: Project) -> Contents:
        revisions = {name: self._seen[Path(file.json.file)].revision for name, file in project.flows.items()}
        shared = "" if project.shared is None else self._seen[Path(project.shared.json.file)].revision
        return Contents(project, revisions, shared)

    def _look(self, file: Path) -> _Seen:
        stamp = stamp_of(file)
        seen = self._seen.get(file)
        if seen is not None and seen.stamp == stamp and seen.settled:
            return seen
        raw = _bytes(file)
        digest = hashlib.sha256(raw).digest()
        if seen is not None and seen.hash == digest and raw:
            seen.settled, seen.stamp = seen.stamp == stamp, stamp
            return seen
        known = self._expected.pop(digest, None)
        if known is not None and known.json.file == str(file):
            json, flow = known.json, known
        else:
            json, flow = parse_json(raw, str(file)) if raw else read_json(file), None
        self._seen[file] = _Seen(stamp, False, digest, json, flow, revision=revision_of(json.text or raw))
        return self._seen[file]


def stamp_of(file: Path) -> Stamp:
    """Return what changes when a file does: its dates, size and place; empty: it is not there."""
    try:
        found = file.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino)


def text_of(file: Path) -> str | None:
    """Return what a file holds now; None: it is not there or cannot be read."""
    try:
        return file.read_bytes().decode("utf-8", "replace")
    except OSError:
        return None


def _bytes(file: Path) -> bytes:
    """Return a file's bytes; none when it cannot be read or is far too large: reading it as JSON says so."""
    from flowengine.flow.strict_json import MAX_BYTES

    try:
        with file.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError:
        return b""
    return raw if len(raw) <= MAX_BYTES else b""

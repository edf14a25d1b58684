"""Where a message's file stands: a fixed path, or a name made from the message, held inside a folder."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from flowengine import BadData, Message
from flowengine_nodes.values.convert import as_text
from flowengine_nodes.values.properties import MISSING, reader

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")

_UNFIT = re.compile(r"[\x00-\x1f<>:\"|?*\\]")
"""Characters that some system does not allow in file names."""


class Place:
    """Gives the path for a message.

    `{topic}`, `{payload.name}` and other property paths in `file` stand for values of the message, `{date}`, `{hour}`
    and `{month}` for its time in UTC. With any of them the path must stay inside `folder`, links followed.
    """

    def __init__(self, file: str, folder: str) -> None:
        """Check the parts.

        Raises:
            ValueError: a placeholder is no property path, or there are some and no folder.
        """
        self._file = file
        self._names = _PLACEHOLDER.findall(file)
        if self._names and not folder:
            raise ValueError(f"file '{file}' takes names from messages: give the folder that it must stay in")
        self._folder = Path(folder) if folder else None
        self._readers = {name: reader(name) for name in self._names if name not in _TIMES}

    def of(self, msg: Message) -> Path:
        """Return the path; may ask the file system for links.

        Raises:
            BadData: the message lacks a value, or the path would lead out of the folder.
        """
        if not self._names:
            return self._folder / self._file if self._folder is not None else Path(self._file)
        name = _PLACEHOLDER.sub(lambda found: self._value(found[1], msg), self._file)
        assert self._folder is not None
        base = self._folder.resolve()
        path = (base / name).resolve()
        if not path.is_relative_to(base) or path == base:
            raise BadData(f"file '{name:.100}' would be outside the folder {self._folder}")
        return path

    def _value(self, name: str, msg: Message) -> str:
        if name in _TIMES:
            return datetime.fromtimestamp(msg.time, UTC).strftime(_TIMES[name])
        found = self._readers[name](msg)
        whole = "" if found is MISSING else as_text(found)
        text = whole.strip("/")
        if not text:
            raise BadData(f"the message has no {name} to name its file by")
        if _UNFIT.search(text) or any(part in ("", ".", "..") for part in text.split("/")):
            raise BadData(f"{name} '{text:.60}' cannot be part of a file name")
        # A path that stands alone may be absolute, as files/watch sends it; `of` sees to it that it is in the folder.
        return whole if self._file == f"{{{name}}}" else text


_TIMES = {"date": "%Y-%m-%d", "month": "%Y-%m", "hour": "%Y-%m-%dT%H"}

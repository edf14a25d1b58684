"""Node-RED's file nodes: write, read, watch."""

from __future__ import annotations

import asyncio
import codecs
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import evaluate

LARGEST: Final = 256 * 1024 * 1024
CHUNK: Final = 64 * 1024
EVERY: Final = 0.25
"""Seconds between looks at watched files."""
MOST_WATCHED: Final = 20_000

FileName = Annotated[str, Meta(description="The file")]
FileNameType = Annotated[str, Meta(description="How to read its name: str, msg, env, jsonata")]
Encoding = Annotated[str, Meta(description="Encoding; none: UTF-8")]


def _codec(name: str, msg: Msg) -> str:
    chosen = js.text(msg.get("encoding", "none")) if name == "setbymsg" else name
    if chosen in ("", "none", "default", "undefined"):
        return "utf-8"
    try:
        return codecs.lookup(
            {"binary": "latin-1", "ucs2": "utf-16-le", "utf16le": "utf-16-le"}.get(chosen, chosen)
        ).name
    except LookupError:
        raise RedError(f"unknown encoding: {chosen}") from None


def _failed(error: OSError, deed: str = "open") -> RedError:
    words = {
        2: "ENOENT: no such file or directory",
        13: "EACCES: permission denied",
        21: "EISDIR: illegal operation on a directory",
    }
    number = error.errno or 0
    text = words.get(number, f"{error.strerror}")
    return RedError(f"Error: {text}, {deed} '{error.filename}'")


class _Named(RedAsync):
    """Knows which file a msg is about."""

    filename: FileName = ""
    filenameType: FileNameType = ""

    def _name(self, msg: Msg) -> str:
        kind = self.filenameType or ("str" if self.filename else "msg")
        if kind == "msg" or (kind == "" and not self.filename):
            value = evaluate(self, self.filename or "filename", "msg", msg)
        else:
            value = evaluate(self, self.filename, kind, msg)
        return "" if value is MISSING or value is None else js.text(value)


class File(_Named, type="nodered/file"):
    """Write a message to a file: append it, replace the file, or delete the file; then pass the message on.

    Its options have Node-RED's names, and it does what Node-RED's file node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "file"
    concurrency: ClassVar[int] = 1

    appendNewline: Annotated[bool, Meta(description="End each with a line feed")] = True
    createDir: Annotated[bool, Meta(description="Make the folder if it is missing")] = False
    overwriteFile: Annotated[str | bool, Meta(description="false: append; true: replace; delete: delete the file")] = (
        "false"
    )
    encoding: Encoding = "none"

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may read what it writes."""
        return [*super().meets(options), ("gives", "engine/files/#")]

    async def handle(self, msg: Msg) -> None:
        """Write."""
        name = self._name(msg)
        if not name:
            self.warn("No filename specified")
            self.finished(msg)
            return
        msg["filename"] = name
        delete = self.overwriteFile == "delete"
        if not delete and "payload" not in msg:
            self.finished(msg)
            return
        try:
            await self.blocking(self._delete if delete else self._write, Path(name), msg)
        except OSError as error:
            what = "delete file" if delete else "write to file" if self._replaces() else "append to file"
            raise RedError(f"failed to {what}: {_failed(error, 'unlink' if delete else 'open')}") from None
        self.send(msg)
        self.finished(msg)

    def _replaces(self) -> bool:
        return self.overwriteFile in (True, "true")

    def _delete(self, path: Path, msg: Msg) -> None:
        path.unlink()

    def _write(self, path: Path, msg: Msg) -> None:
        data = self._data(msg)
        if self.createDir:
            path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb" if self._replaces() else "ab") as stream:
            stream.write(data)

    def _data(self, msg: Msg) -> bytes:
        value = msg["payload"]
        if isinstance(value, bytes):
            codec = _codec(self.encoding, msg)
            plain = self.encoding in ("none", "") or (self.encoding == "setbymsg" and not msg.get("encoding"))
            return value if plain else value.decode(errors="replace").encode(codec, errors="replace")
        text = js.stringify(value) if isinstance(value, dict | list) or value is None else js.text(value)
        parts = msg.get("parts")
        last = False
        if isinstance(parts, dict) and parts.get("type") == "string" and "count" in parts:
            last = parts["count"] == parts.get("index", 0) + 1
        if self.appendNewline and not last:
            text += "\n"
        return text.encode(_codec(self.encoding, msg), errors="replace")


class FileIn(_Named, type="nodered/file-in"):
    """Read a file: as text, as bytes, line by line, or in chunks.

    Its options have Node-RED's names, and it does what Node-RED's file in node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "file in"
    concurrency: ClassVar[int] = 1

    format: Annotated[str, Meta(description="utf8: text; empty: bytes; lines: each line; stream: chunks")] = "utf8"
    sendError: Annotated[bool, Meta(description="Send a message when it cannot be read (older flows)")] = False
    encoding: Encoding = "none"
    allProps: Annotated[bool, Meta(description="lines, stream: keep all properties of the message")] = False

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may have written what it reads."""
        return [*super().meets(options), ("takes", "engine/files/#")]

    async def handle(self, msg: Msg) -> None:
        """Read."""
        name = self._name(msg)
        if not name:
            self.warn("No filename specified")
            self.finished(msg)
            return
        msg["filename"] = name
        try:
            data = await self.blocking(self._read, Path(name))
        except OSError as error:
            failed = _failed(error)
            if self.sendError:
                rest = {key: value for key, value in msg.items() if key != "payload"}
                self.send({**rest, "error": {"message": str(failed), "code": "ENOENT" if error.errno == 2 else ""}})
            raise failed from None
        if self.format == "lines":
            self._lines(msg, data.decode(_codec(self.encoding, msg), errors="replace"))
        elif self.format == "stream":
            pieces = [data[i : i + CHUNK] for i in range(0, len(data), CHUNK)] or [b""]
            self._sequence(msg, pieces, {"type": "buffer", "ch": ""})
        else:
            text = self.format == "utf8"
            self.send({**msg, "payload": data.decode(_codec(self.encoding, msg), errors="replace") if text else data})
        self.finished(msg)

    def _read(self, path: Path) -> bytes:
        if path.stat().st_size > LARGEST:
            raise RedError(f"{path} is larger than {LARGEST >> 20} MiB")
        return path.read_bytes()

    def _lines(self, msg: Msg, text: str) -> None:
        self._sequence(msg, text.split("\n"), {"type": "string", "ch": "\n"})

    def _sequence(self, msg: Msg, pieces: list[Any], about: dict[str, Any]) -> None:
        kept: Msg = msg if self.allProps else {key: msg[key] for key in ("_msgid", "topic", "filename") if key in msg}
        for index, piece in enumerate(pieces):
            parts = {"index": index, **about, "id": msg.get("_msgid")}
            if index == len(pieces) - 1:
                parts["count"] = len(pieces)
            self.send({**kept, "payload": piece, "parts": parts})


class Watch(RedSource, type="nodered/watch"):
    """Send a message when a file or something in a folder changes.

    Its options have Node-RED's names, and it does what Node-RED's watch node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "watch"

    files: Annotated[str, Meta(description="Files and folders, with commas between")] = ""
    recursive: Annotated[bool | str, Meta(description="Folders in folders too")] = False

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may have written what it reads."""
        return [*super().meets(options), ("takes", "engine/files/#")]

    def begin(self) -> None:
        """Know where to look."""
        self._roots = [Path(name.strip()) for name in self.files.split(",") if name.strip()]

    async def start(self) -> None:
        """Begin to look; what is there already is no change."""
        await super().start()
        before = await self.blocking(self._seen)
        self._task = asyncio.get_running_loop().create_task(self._look(before))

    def end(self) -> None:
        """Look no more."""
        self._task.cancel()

    async def _look(self, before: dict[str, tuple[float, int, bool]]) -> None:
        while True:
            await self.clock.sleep(EVERY)
            now = await self.blocking(self._seen)
            for path in sorted(set(before) | set(now)):
                if before.get(path) != now.get(path):
                    self._tell(path, before.get(path), now.get(path))
            before = now

    def _seen(self) -> dict[str, tuple[float, int, bool]]:
        found: dict[str, tuple[float, int, bool]] = {}
        for root in self._roots:
            for path in [root, *self._inside(root)]:
                try:
                    stat = path.stat()
                except OSError:
                    continue
                if len(found) < MOST_WATCHED:
                    found[str(path)] = (stat.st_mtime, stat.st_size, path.is_dir())
        return found

    def _inside(self, root: Path) -> list[Path]:
        if not root.is_dir():
            return []
        try:
            return list(root.rglob("*") if self.recursive in (True, "true") else root.iterdir())
        except OSError:
            return []

    def _tell(self, path: str, before: Any, now: Any) -> None:
        state = now or before
        if state[2] and before is not None and now is not None:
            return
        event = "update" if before is not None and now is not None else "remove" if now is None else "update"
        msg: Msg = {
            "payload": path,
            "topic": self.files,
            "file": os.path.basename(path),
            "filename": path,
            "event": event,
        }
        msg.update(type="none" if now is None else "directory" if now[2] else "file")
        if now is None or not now[2]:
            msg["size"] = 0 if now is None else now[1]
        self.soon(msg)

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)

"""The actuator `files/append`."""

from __future__ import annotations

import contextlib
import csv
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, Actuator, BadData, Message, Retry, only_with
from flowengine_nodes.files.file_errors import node_error
from flowengine_nodes.files.place import Place
from flowengine_nodes.values.convert import as_text, shown
from flowengine_nodes.values.properties import MISSING, reader


class Append(Actuator, type="files/append"):
    """Write messages to a file, a line each, or replace the file by each message.

    `text` writes the value as it is (bytes unchanged), `json` one JSON value per line, `csv` one row per line: of an
    object the `columns`, of a list its values; a new file begins with the names of the columns. With `overwrite` the
    file holds the newest message only and is replaced whole, so nobody ever reads half of it.

    The file name may hold values of the message, such as {topic}.csv or {date}.log (the day in UTC), if `folder` is
    given; it cannot lead out of that folder. A line cut short by a power failure is closed before the next is written.
    A full disk is tried again, a missing permission is not.

    Example: file {date}.csv, folder /data/oven, format csv, columns time and temperature.
    """

    retry = Retry(attempts=10, delay=0.5, most=30.0)

    file: Annotated[str, Meta(description="Path, or name within the folder; may hold {topic} or {date}", min_length=1)]
    folder: Annotated[str, Meta(description="The folder that the file must stay in; needed for names with { }")] = ""
    format: Annotated[Literal["text", "json", "csv"], Meta(description="How a message becomes a line")] = "text"
    property: Annotated[str, Meta(description="What to write")] = "payload"
    columns: Annotated[
        list[str],
        Meta(description="For csv: the properties of the object, in order; time and topic are the message's"),
        only_with(format="csv"),
    ] = []
    separator: Annotated[
        str, Meta(description="For csv: between columns", min_length=1, max_length=1), only_with(format="csv")
    ] = ","
    newline: Annotated[
        bool, Meta(description="For text: end each message with a line end"), only_with(format="text")
    ] = True
    overwrite: Annotated[bool, Meta(description="Replace the file by each message instead of appending"), ADVANCED] = (
        False
    )
    create_folder: Annotated[bool, Meta(description="Make folders that are missing"), ADVANCED] = False
    sync: Annotated[
        bool,
        Meta(title="fsync", description="Wait until the disk has it: survives a power failure, but is slow"),
        ADVANCED,
    ] = False
    encoding: Annotated[str, Meta(description="Character encoding"), ADVANCED] = "utf-8"

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may read what it writes."""
        return [("gives", "engine/files/#")]

    def __post_init__(self) -> None:
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"encoding '{self.encoding}' is not known; expected one such as utf-8") from None
        self._place = Place(self.file, self.folder)
        self._read = reader(self.property)

    async def write(self, msg: Message) -> None:
        """Write the message.

        Raises:
            BadData: the value does not fit the format, or the message's name leads out of the folder.
            Retryable: the disk is full or away.
            Refused: no permission, no such folder.
        """
        value = self._read(msg)
        if value is MISSING:
            raise BadData(f"the message has no {self.property} to write")
        await self.blocking(self._write, msg, self._line(value, msg))

    def _line(self, value: Any, msg: Message) -> bytes:
        if self.format == "json":
            try:
                return msgspec.json.encode(value) + b"\n"
            except (TypeError, ValueError, RecursionError) as error:
                raise BadData(f"{shown(value)} cannot be written as JSON: {error}") from None
        if self.format == "csv":
            return self._encoded(self._row(self._cells(value, msg)))
        end = b"\n" if self.newline else b""
        return (bytes(value) if isinstance(value, bytes | bytearray) else self._encoded(as_text(value))) + end

    def _encoded(self, text: str) -> bytes:
        try:
            return text.encode(self.encoding)
        except UnicodeEncodeError as error:
            raise BadData(f"{shown(text)} cannot be written in {self.encoding}: {error.reason}") from None

    def _cells(self, value: Any, msg: Message) -> list[Any]:
        if isinstance(value, dict):
            own = {"time": msg.time, "topic": msg.topic}
            return [value.get(name, own.get(name)) for name in self.columns or value]
        if isinstance(value, list | tuple):
            return list(value)
        if self.columns:
            own = {"time": msg.time, "topic": msg.topic, "quality": msg.quality}
            return [own.get(name, value) for name in self.columns]
        return [value]

    def _row(self, cells: list[Any]) -> str:
        text = io.StringIO()
        csv.writer(text, delimiter=self.separator, lineterminator="\n").writerow([as_text(cell) for cell in cells])
        return text.getvalue()

    def _write(self, msg: Message, line: bytes) -> None:
        path = self._place.of(msg)
        header = self._encoded(self._row(self.columns)) if self.format == "csv" and self.columns else b""
        try:
            if self.create_folder:
                path.parent.mkdir(parents=True, exist_ok=True)
            if self.overwrite:
                _replace(path, header + line, self.sync)
            else:
                _append(path, line, header, self.sync, whole_lines=self.newline or self.format != "text")
        except OSError as error:
            raise node_error(error, "write", path) from error


def _append(path: Path, line: bytes, header: bytes, sync: bool, whole_lines: bool) -> None:
    """Append a line; if that fails half-way, the file is as before."""
    with path.open("r+b" if path.exists() else "w+b", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        if size == 0:
            line = header + line
        elif whole_lines:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                line = b"\n" + line
        try:
            left = memoryview(line)
            while left:
                left = left[file.write(left) :]
            if sync:
                os.fsync(file.fileno())
        except OSError:
            with contextlib.suppress(OSError):  # if even that fails, the next write closes the half line
                file.truncate(size)
            raise


def _replace(path: Path, content: bytes, sync: bool) -> None:
    """Put a new file in the place of the old one in one step."""
    new = path.with_name(f".{path.name}.new")
    try:
        with new.open("wb") as file:
            file.write(content)
            if sync:
                file.flush()
                os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise

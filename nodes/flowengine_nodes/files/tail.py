"""The source `files/tail`."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import Message, Source, State, unit
from flowengine_nodes.files.line_reader import LineReader, Position, TooLong


class Tail(Source, type="files/tail"):
    """Send each new line of a growing text file.

    Follows the file when it is rotated (renamed and made anew) or cut back to nothing, and waits for it when it is not
    there yet. The payload is the line without its end; msg.file is the path. Characters that the encoding does not
    know become �.

    The place up to which the flow has finished with the lines is kept: after a restart it goes on from there
    (`begin` counts the first time, or when the file has been replaced in the meantime: then the new file is read from
    its beginning).

    Example: file /var/log/plc/events.log, begin end.
    """

    file: Annotated[str, Meta(description="Path of the file", min_length=1)]
    begin: Annotated[
        Literal["start", "end"], Meta(description="Where to begin the first time: all lines, or only new ones")
    ] = "end"
    encoding: Annotated[str, Meta(description="Character encoding, such as utf-8 or latin-1")] = "utf-8"
    longest: Annotated[
        int, Meta(description="Length of a line at most", ge=1, le=16_777_216, extra_json_schema=unit("bytes"))
    ] = 65_536
    too_long: Annotated[
        TooLong, Meta(description="A longer line is cut off there, split into several messages, or skipped")
    ] = "cut"
    interval: Annotated[
        float, Meta(description="How often to look for new lines", ge=0.01, extra_json_schema=unit("s"))
    ] = 0.5
    topic: Annotated[str, Meta(description="Topic of the messages; empty: the path of the file")] = ""
    position: State[dict[str, int]] = {}
    followed: State[str] = ""
    """The file that the position is in."""

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may have written what it reads."""
        return [("takes", "engine/files/#")]

    def __post_init__(self) -> None:
        self.followed = self.file
        try:
            self._new_reader()
        except LookupError:
            raise ValueError(f"encoding '{self.encoding}' is not known; expected one such as utf-8") from None
        self._under_way: deque[list[Any]] = deque()  # [messages not finished, position after them], in order
        self._batch_of: dict[int, list[Any]] = {}

    async def run(self) -> AsyncIterator[list[Message]]:
        """Follow the file."""
        reader = self._new_reader()
        properties = {"file": self.file}
        topic = self.topic or self.file
        where = msgspec.convert(self.position, Position) if self.position else self.begin
        self._under_way.clear()
        self._batch_of.clear()
        try:
            await self.blocking(reader.begin, where)
            while True:
                lines = await self.blocking(reader.read)
                if not lines:
                    await self.clock.sleep(self.interval)
                    continue
                now = self.clock.now()
                messages = [Message(line.text, topic=topic, time=now, properties=properties) for line in lines]
                batch = [len(messages), lines[-1].end]
                self._under_way.append(batch)
                self._batch_of.update((id(msg), batch) for msg in messages)
                yield messages
        finally:
            reader.close()

    def taken(self, messages: list[Message]) -> None:
        """Move the kept position past lines that are taken, as far as all before them are, too."""
        for msg in messages:
            batch = self._batch_of.pop(id(msg), None)
            if batch is not None:
                batch[0] -= 1
        while self._under_way and not self._under_way[0][0]:
            self.position = msgspec.to_builtins(self._under_way.popleft()[1])

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back the position, if it is one in this file."""
        if state.get("followed", self.file) == self.file:
            self.position = dict(state.get("position", {}))

    def _new_reader(self) -> LineReader:
        return LineReader(Path(self.file), self.encoding, self.longest, self.too_long)

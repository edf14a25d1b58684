"""The transform `files/read`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import AsyncTransform, BadData, Message, unit
from flowengine_nodes.files.file_errors import node_error
from flowengine_nodes.files.place import Place
from flowengine_nodes.sequences.parts import Parts, with_parts


class ReadFile(AsyncTransform, type="files/read"):
    """Read a file for each message.

    The payload becomes the content: as text, as bytes, or one message per line (`lines`, with msg.parts, so that
    sequences/join can put them together). msg.file is the path.

    The name may hold values of the message if `folder` is given, such as {payload}; it cannot lead out of that folder.

    Example: after files/watch on /data/in: file {file}, folder /data/in.
    """

    file: Annotated[str, Meta(description="Path, or name within the folder; may hold {topic}", min_length=1)]
    folder: Annotated[str, Meta(description="The folder that the file must stay in; needed for names with { }")] = ""
    format: Annotated[Literal["text", "lines", "bytes"], Meta(description="What to send")] = "text"
    encoding: Annotated[str, Meta(description="Character encoding of text and lines")] = "utf-8"
    largest: Annotated[
        int, Meta(description="Size at most; a larger file is refused", ge=1, extra_json_schema=unit("bytes"))
    ] = 16_777_216

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others may have written what it reads."""
        return [("takes", "engine/files/#")]

    def __post_init__(self) -> None:
        try:
            "".encode(self.encoding)
        except LookupError:
            raise ValueError(f"encoding '{self.encoding}' is not known; expected one such as utf-8") from None
        self._place = Place(self.file, self.folder)

    async def process(self, msg: Message) -> Message | list[Message]:
        """Return the content.

        Raises:
            BadData: the file is too large or not in the encoding, or the name leads out of the folder.
            Refused: there is no such file, no permission.
        """
        path, content = await self.blocking(self._content, msg)
        msg = msg.with_properties(file=str(path))
        if self.format == "bytes":
            return msg.with_payload(content)
        try:
            text = content.decode(self.encoding)
        except UnicodeDecodeError as error:
            raise BadData(f"{path} is not written in {self.encoding}: {error.reason} at byte {error.start}") from None
        if self.format == "text":
            return msg.with_payload(text)
        lines = text.splitlines()
        sequence = f"{msg.id}/{path.name}"
        return [
            with_parts(msg.with_payload(line), Parts(id=sequence, index=i, count=len(lines), type="string", ch="\n"))
            for i, line in enumerate(lines)
        ]

    def _content(self, msg: Message) -> tuple[Path, bytes]:
        path = self._place.of(msg)
        try:
            with path.open("rb") as file:
                content = file.read(self.largest + 1)
        except OSError as error:
            raise node_error(error, "read", path) from error
        if len(content) > self.largest:
            raise BadData(f"{path} is larger than {self.largest} bytes")
        return path, content

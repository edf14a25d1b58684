"""A source that answers: what it has said is stored, it need not be told again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from flowengine import Message, Source

ANSWER = b"HTTP/1.1 202 Accepted\r\nContent-Length: 6\r\n\r\nstored"


class Answering(Source, type="soak/answering"):
    """Take numbers by HTTP, many requests over one connection, and answer 202 when the flow has them for good."""

    port: Annotated[int, Meta(ge=1, le=65535, description="TCP port on 127.0.0.1")]

    def __post_init__(self) -> None:
        """Begin with nothing."""
        self._came: asyncio.Queue[Message] = asyncio.Queue()
        self._writers: dict[int, asyncio.StreamWriter] = {}

    async def start(self) -> None:
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    async def stop(self) -> None:
        """Listen no more; who has had no answer asks again."""
        self._server.close()

    def brings_again(self) -> bool:
        """Say no: who was answered does not ask again."""
        return False

    async def run(self) -> AsyncIterator[list[Message]]:
        """Yield what came together."""
        while True:
            batch = [await self._came.get()]
            while not self._came.empty():
                batch.append(self._came.get_nowait())
            yield batch

    def done(self, messages: list[Message]) -> None:
        """Answer."""
        for msg in messages:
            writer = self._writers.pop(id(msg), None)
            if writer is not None and not writer.is_closing():
                writer.write(ANSWER)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
                msg = Message(int(await reader.readexactly(int(fields[b"content-length"]))))
                self._writers[id(msg)] = writer
                self._came.put_nowait(msg)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

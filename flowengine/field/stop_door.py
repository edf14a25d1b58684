"""A way to the guard beside the engine's web server, for the emergency stop alone.

Where the guard lives it listens at a Unix socket, for who owns the engine's state folder, and at a TCP port, for pages
of the canvas with a ticket. So a press reaches the machines while the web server, the engine or all workers hang. The
sockets belong to the parent, which hands them on: they stay the same when the field process is started anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta

from flowengine.access.at_computer import at_computer
from flowengine.access.stop_ticket import LONGEST, user_of
from flowengine.clock import Clock
from flowengine.errors import FlowEngineError

if TYPE_CHECKING:
    from ssl import SSLContext

SOCKET: Final = "stop.sock"
"""The Unix socket, in the folder where the engine keeps what it keeps."""
PATIENCE: Final = 3.0
"""Seconds that one connection may last, from the handshake of TLS to the end of the answer."""
MOST: Final = 64
"""Connections of pages at the same time, those in a handshake too; one more ends the oldest, so that whoever holds many
keeps nobody out."""
NO_DESCRIPTOR: Final = 0.1
"""Seconds until connections are taken again, where none could be."""
MOST_BYTES: Final = 4096
"""Of one press, head and body."""

Press = Callable[[str, str], None]
"""Stops everything for a cause, by somebody; raises what says why it could not."""


class Pressed(msgspec.Struct, frozen=True):
    """What comes through the door."""

    cause: Annotated[str, Meta(max_length=500)] = ""
    ticket: Annotated[str, Meta(max_length=LONGEST)] = ""
    """Of a page; who owns the state folder needs none."""


class Answered(msgspec.Struct, frozen=True):
    """What became of it."""

    stopped: bool
    reason: str = ""


class StopWay(msgspec.Struct, frozen=True):
    """How tickets are judged, and the certificate of the TCP port; empty: plain HTTP, as the canvas."""

    key: bytes
    certificate: str = ""
    private_key: str = ""


class StopDoor:
    """Belongs to one loop."""

    def __init__(self, press: Press, way: StopWay, clock: Clock) -> None:
        self._press, self.way, self._clock = press, way, clock
        self._servers: list[asyncio.Server | asyncio.Task[None]] = []
        self._pages: dict[asyncio.Task[None], None] = {}
        """Who serves which connection of a page, the oldest first."""

    async def open(self, listening: socket.socket) -> None:
        """Serve at one more socket.

        Raises:
            OSError: it cannot be served there.
        """
        if listening.family == socket.AF_UNIX:
            self._servers.append(await asyncio.start_unix_server(self._at_computer, sock=listening))
            return
        tls = None
        if self.way.certificate:
            import ssl

            tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_cert_chain(self.way.certificate, self.way.private_key)
        listening.setblocking(False)
        self._servers.append(asyncio.ensure_future(self._accept(listening, tls)))

    def close(self) -> None:
        """Serve no more."""
        for server in self._servers:
            if isinstance(server, asyncio.Task):
                server.cancel()
            else:
                server.close()

    # --- at the computer ---

    async def _at_computer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE):
                by = _owner(writer.get_extra_info("socket"))
                raw = await reader.readuntil(b"\n")
                if by is None:
                    answer = Answered(False, "only who owns the engine's state folder may stop it here")
                else:
                    answer = self._judge(raw, by)
                writer.write(msgspec.json.encode(answer) + b"\n")
                await writer.drain()
        writer.close()

    # --- from a page ---

    async def _accept(self, listening: socket.socket, tls: SSLContext | None) -> None:
        """Take connections one by one: each is counted before its handshake, which asyncio's own server does not do."""
        with listening:
            while True:
                try:
                    end, _ = await asyncio.get_running_loop().sock_accept(listening)
                except OSError:
                    await self._clock.sleep(NO_DESCRIPTOR)
                    continue
                page = asyncio.ensure_future(self._page(end, tls))
                page.add_done_callback(lambda gone: self._pages.pop(gone, None))
                if len(self._pages) >= MOST:
                    oldest = next(iter(self._pages))
                    oldest.cancel()
                    del self._pages[oldest]
                self._pages[page] = None
                await asyncio.sleep(0)  # it has begun, and so ends what it was given, before it can be the oldest

    async def _page(self, end: socket.socket, tls: SSLContext | None) -> None:
        with contextlib.suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(PATIENCE):
                loop, reader = asyncio.get_running_loop(), asyncio.StreamReader(limit=MOST_BYTES)
                protocol = asyncio.StreamReaderProtocol(reader)
                transport, _ = await loop.connect_accepted_socket(lambda: protocol, end, ssl=tls)
                try:
                    await self._serve(reader, asyncio.StreamWriter(transport, protocol, reader, loop))
                finally:
                    transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        status, answer = await self._read(reader)
        body = msgspec.json.encode(answer)
        head = (
            f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Private-Network: true\r\n"
            "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async def _read(self, reader: asyncio.StreamReader) -> tuple[str, Answered]:
        """Read one request: `POST /stop` with a JSON body, sent as plain text, so that browsers ask nothing before."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        first, *lines = head.split("\r\n")
        if not first.startswith("POST /stop HTTP/1."):
            return "404 Not Found", Answered(False, "here is nothing but POST /stop")
        lengths = [line.partition(":")[2].strip() for line in lines if line.lower().startswith("content-length:")]
        length = lengths[0] if lengths else ""
        if not length.isdecimal() or len(length) > 4 or int(length) > MOST_BYTES:
            return "400 Bad Request", Answered(False, "a press is a short JSON object with its length")
        answer = self._judge(await reader.readexactly(int(length)), None)
        return "200 OK" if answer.stopped else "403 Forbidden", answer

    # --- both ---

    def _judge(self, raw: bytes, by: str | None) -> Answered:
        try:
            pressed = msgspec.json.decode(raw, type=Pressed)
        except ValueError as error:
            return Answered(False, f"this is no press: {error}")
        who = by if by is not None else user_of(self.way.key, pressed.ticket, self._clock.now())
        if who is None:
            return Answered(False, "the ticket does not count: it is of an engine that was started before, or too old")
        try:
            self._press(pressed.cause or f"{who} has pressed it", who)
        except FlowEngineError as error:
            return Answered(False, str(error))
        return Answered(True)


def _owner(end: socket.socket) -> str | None:
    """Return who is at the other end of a Unix socket, if he is this process's own user, or root."""
    raw = end.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", raw)
    return at_computer(uid) if uid in (0, os.geteuid()) else None


def listen_at(folder: int, name: str) -> socket.socket:
    """Return a Unix socket in a folder (a descriptor of it, since paths of sockets must be short), for its owner alone.

    Raises:
        OSError: it cannot be made.
    """
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    place = f"/proc/self/fd/{folder}/{name}"
    try:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        listening.bind(place)
        os.chmod(place, 0o600)  # nobody can connect before `listen`
        listening.listen(MOST)
    except BaseException:
        listening.close()
        raise
    return listening

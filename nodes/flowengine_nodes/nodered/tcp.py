"""Node-RED's TCP nodes."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
import uuid
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import ADVANCED, NodeError
from flowengine_nodes.mqtt.tls import Tls
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.buffers import from_base64
from flowengine_nodes.nodered.escapes import unescaped
from flowengine_nodes.nodered.message import Msg
from flowengine_nodes.nodered.reaching import NamedBy, open_connection

LARGEST: Final = 16 * 1024 * 1024
RECONNECT: Final = 2.0
MOST_SESSIONS: Final = 1000

TlsOption = Annotated[Tls | None, Meta(description="Encrypt the connection; who listens needs a certificate"), ADVANCED]
PortNumber = Annotated[int | str, Meta(description="The port")]


def _bytes(value: Any, encoded: bool = False) -> bytes:
    if isinstance(value, bytes):
        return value
    if encoded and isinstance(value, str):
        return from_base64(value)
    return (js.stringify(value) if isinstance(value, dict | list) else js.text(value)).encode()


def listening(tls: Tls | None) -> ssl.SSLContext | None:
    """Return what a server shows and asks for; None: it is not encrypted.

    Raises:
        OSError: a file is not there or cannot be used.
    """
    if tls is None:
        return None
    if not tls.certificate:
        raise OSError("tls.certificate is missing: who listens needs one")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.show(context)
    if tls.ca and tls.verify:
        tls.trust(context)
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def _character(value: str | int) -> bytes:
    """Return the byte at which an answer ends: a character, its escape, or its code as a number or `0x..`."""
    if isinstance(value, int) or value[:2] == "0x":
        with contextlib.suppress(ValueError):
            return bytes([int(str(value), 0) & 255])
    return (unescaped(js.text(value)) or "\n")[:1].encode()


def _why(error: Exception) -> str:
    return (getattr(error, "strerror", None) or str(error)) if isinstance(error, OSError) else str(error)


def _hosts(host: Any, port: Any) -> list[tuple[str, int]]:
    """Return what an author wrote as a host, if it is one, for the check."""
    number = js.number(port)
    return [(str(host), int(number))] if host and number == number else []


def _number(value: Any, name: str) -> int:
    number = js.number(value)
    if number != number or not 0 <= number <= 65535:
        raise ValueError(f"{name} must be a port from 0 to 65535, not {value!r:.40}")
    return int(number)


class TcpIn(RedSource, type="nodered/tcp-in"):
    """Send on what comes over TCP: from those who connect, or from a server.

    Its options have Node-RED's names, and it does what Node-RED's tcp in node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "tcp in"

    server: Annotated[str, Meta(description="server: wait for others; client: connect")] = "server"
    host: Annotated[str, Meta(description="client: the server's name or address")] = "localhost"
    port: PortNumber = 0
    datamode: Annotated[str, Meta(description="stream: as it comes; single: all until the end")] = "stream"
    datatype: Annotated[str, Meta(description="buffer, utf8 or base64")] = "buffer"
    newline: Annotated[str, Meta(description="Text in a stream is split here")] = ""
    topic: Annotated[str, Meta(description="The topic of the messages")] = ""
    trim: Annotated[bool, Meta(description="Keep the character at which it is split")] = False
    tls: TlsOption = None

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server, where it is one that is connected to."""
        client = options.get("server", "server") != "server"
        return _hosts(options.get("host", "localhost"), options.get("port", 0)) if client else []

    def begin(self) -> None:
        """Have no connection yet."""
        self._newline = unescaped(self.newline)
        self._where = _number(self.port, "port")
        self._tasks: set[asyncio.Task[Any]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._server: Any = None

    async def start(self) -> None:
        """Listen, or begin to connect."""
        await super().start()
        if self.server == "server":
            await self._listen()
        else:
            self._keep(asyncio.get_running_loop().create_task(self._connect()))

    def _keep(self, task: asyncio.Task[Any]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _listen(self) -> None:
        try:
            secure = await self.blocking(listening, self.tls)
            self._server = await asyncio.start_server(self._session, None, self._where, limit=LARGEST, ssl=secure)
        except OSError as error:
            self.error(f"unable to listen on port {self._where}, error: {error.strerror or error}")

    async def _connect(self) -> None:
        while True:
            try:
                reader, writer = await open_connection(self, self.host, self._where, "option", LARGEST, self.tls)
            except (OSError, NodeError) as error:
                self.red_status({"fill": "red", "shape": "ring", "text": "disconnected"})
                self.log.info("%s:%s: %s", self.host, self._where, error)
            else:
                self.red_status({"fill": "green", "shape": "dot", "text": "connected"})
                await self._session(reader, writer)
            await self.clock.sleep(RECONNECT)

    async def _session(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(self._writers) >= MOST_SESSIONS:
            writer.close()
            return
        self._writers.add(writer)
        id = uuid.uuid4().hex[:16]
        self.space.listeners["tcp", id] = writer
        peer = writer.get_extra_info("peername") or ("", 0)
        about = {"topic": self.topic, "ip": peer[0], "port": peer[1], "_session": {"type": "tcp", "id": id}}
        rest = b""
        try:
            while data := await reader.read(65536):
                rest = self._took(rest + data, about)
        except OSError:
            pass
        finally:
            if rest:
                self._give(rest, about)
            self._writers.discard(writer)
            self.space.listeners.pop(("tcp", id), None)
            writer.close()

    def _took(self, data: bytes, about: Msg) -> bytes:
        if self.datamode == "single":
            if len(data) > LARGEST:
                self.error(f"more than {LARGEST >> 20} MiB without an end")
                return b""
            return data
        if self.datatype == "buffer" or not self._newline:
            self._give(data, about)
            return b""
        *pieces, rest = data.split(self._newline.encode())
        for piece in pieces:
            self._give(piece + (self._newline.encode() if self.trim else b""), about)
        return rest if len(rest) <= LARGEST else b""

    def _give(self, data: bytes, about: Msg) -> None:
        payload: Any = data
        if self.datatype == "utf8":
            payload = data.decode(errors="replace")
        elif self.datatype == "base64":
            payload = base64.b64encode(data).decode()
        self.soon({**about, "payload": payload})

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)

    def end(self) -> None:
        """Close everything."""
        for task in list(self._tasks):
            task.cancel()
        for writer in list(self._writers):
            writer.close()
        if self._server is not None:
            self._server.close()


class TcpOut(RedAsync, type="nodered/tcp-out"):
    """Send messages over TCP: to a server, to those who connect, or back to where a message came from.

    Its options have Node-RED's names, and it does what Node-RED's tcp out node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "tcp out"
    concurrency: ClassVar[int] = 1

    host: Annotated[str, Meta(description="client: the server's name or address")] = "localhost"
    port: PortNumber = 0
    beserver: Annotated[str, Meta(description="client: connect; server: wait for others; reply: answer")] = "client"
    base64: Annotated[bool, Meta(description="The payload is base64")] = False
    close: Annotated[bool, Meta(description="Close the connection after each message")] = False
    tls: TlsOption = None
    ports: ClassVar[int] = 0

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server, where it is one that is connected to."""
        client = options.get("beserver", "client") == "client"
        return _hosts(options.get("host", "localhost"), options.get("port", 0)) if client else []

    def begin(self) -> None:
        """Have no connection yet."""
        self._writer: asyncio.StreamWriter | None = None
        self._clients: set[asyncio.StreamWriter] = set()
        self._server: Any = None

    async def start(self) -> None:
        """Listen, if others are to connect."""
        await super().start()
        if self.beserver == "server":
            await self._listen()

    async def _listen(self) -> None:
        async def session(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._clients.add(writer)
            with contextlib.suppress(OSError):
                while await reader.read(65536):
                    pass
            self._clients.discard(writer)
            writer.close()

        try:
            secure = await self.blocking(listening, self.tls)
            self._server = await asyncio.start_server(session, None, _number(self.port, "port"), ssl=secure)
        except OSError as error:
            self.error(f"unable to listen on port {self.port}, error: {error.strerror or error}")

    async def handle(self, msg: Msg) -> None:
        """Send."""
        if "payload" not in msg:
            self.finished(msg)
            return
        data = _bytes(msg["payload"], self.base64)
        if self.beserver == "reply":
            session = msg.get("_session")
            id = session.get("id") if isinstance(session, dict) else None
            writer = self.space.listeners.get(("tcp", id))
            targets = [writer] if writer is not None else []
        elif self.beserver == "server":
            targets = list(self._clients)
        else:
            targets = [await self._connected()]
        for target in targets:
            target.write(data)
            await target.drain()
            if self.close:
                target.close()
        self.finished(msg)

    async def _connected(self) -> asyncio.StreamWriter:
        if self._writer is None or self._writer.is_closing():
            try:
                port = _number(self.port, "port")
                _, self._writer = await open_connection(self, self.host, port, "option", LARGEST, self.tls)
            except (OSError, NodeError) as error:
                self.red_status({"fill": "red", "shape": "ring", "text": "disconnected"})
                raise RedError(f"Error: connect {_why(error)} {self.host}:{self.port}") from None
            self.red_status({"fill": "green", "shape": "dot", "text": "connected"})
        return self._writer

    def end(self) -> None:
        """Close everything."""
        for writer in [*self._clients, *([self._writer] if self._writer else [])]:
            writer.close()
        if self._server is not None:
            self._server.close()


class TcpRequest(RedAsync, type="nodered/tcp-request"):
    """Send a message to a TCP server and send on its answer.

    Its options have Node-RED's names, and it does what Node-RED's tcp request node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "tcp request"
    concurrency: ClassVar[int] = 1

    server: Annotated[str, Meta(description="The server; empty: msg.host")] = ""
    port: PortNumber = ""
    out: Annotated[
        str, Meta(description="The answer ends: time, char, count, immed (none is awaited), sit (never)")
    ] = "time"
    splitc: Annotated[str | int, Meta(description="time: ms; char: the character; count: bytes")] = "0"
    ret: Annotated[str, Meta(description="buffer or string")] = "buffer"
    newline: Annotated[str, Meta(description="sit: text is split here")] = ""
    trim: Annotated[bool, Meta(description="sit: pieces keep what the text was split at")] = False
    tls: TlsOption = None

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server, where it does not come with the message."""
        return _hosts(options.get("server", ""), options.get("port") if options.get("port") != "" else None)

    async def handle(self, msg: Msg) -> None:
        """Ask."""
        host = self.server or js.text(msg.get("host", "localhost"))
        port = _number(self.port if self.port not in ("", None) else msg.get("port", 0), "port")
        try:
            named_by: NamedBy = "option" if self.server and self.port not in ("", None) else "message"
            reader, writer = await open_connection(self, host, port, named_by, LARGEST, self.tls)
        except (OSError, NodeError) as error:
            raise RedError(f"Error: connect {_why(error)} {host}:{port}") from None
        try:
            if "payload" in msg:
                writer.write(_bytes(msg["payload"]))
                await writer.drain()
            if self.out == "immed":
                self.send({**msg, "payload": b"" if self.ret == "buffer" else ""})
            elif self.out == "sit":
                await self._stay(msg, reader)
            else:
                self._give(msg, await self._answer(reader))
        except OSError as error:
            raise RedError(f"Error: {error.strerror or error}") from None
        finally:
            writer.close()
        self.finished(msg)

    async def _stay(self, msg: Msg, reader: asyncio.StreamReader) -> None:
        """Send on whatever comes, until the server closes."""
        mark = unescaped(self.newline).encode() if self.ret == "string" else b""
        rest = b""
        while data := await reader.read(65536):
            if not mark:
                self._give(msg, data)
                continue
            *pieces, rest = (rest + data).split(mark)
            for piece in pieces:
                self._give(msg, piece + (mark if self.trim else b""))
            if len(rest) > LARGEST:
                raise RedError(f"Error: more than {LARGEST} bytes came without {self.newline!r} in them")

    async def _answer(self, reader: asyncio.StreamReader) -> bytes:
        if self.out == "count":
            with contextlib.suppress(asyncio.IncompleteReadError):
                return await reader.readexactly(max(1, int(js.number(self.splitc) or 1)))
            return b""
        if self.out == "char":
            end = _character(self.splitc)
            try:
                return await reader.readuntil(end)
            except asyncio.IncompleteReadError as error:
                return error.partial
        wait, data = max(0.0, (js.number(self.splitc) or 0) / 1000), b""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait or None):
                while chunk := await reader.read(65536):
                    data += chunk
                    if not wait or len(data) > LARGEST:
                        break
        return data

    def _give(self, msg: Msg, data: bytes) -> None:
        self.send({**msg, "payload": data if self.ret == "buffer" else data.decode(errors="replace")})

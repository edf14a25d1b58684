"""Node-RED's WebSocket nodes and what they listen on or connect to."""

from __future__ import annotations

import asyncio
import contextlib
import uuid
from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import ADVANCED, Connection, NodeError
from flowengine_nodes.mqtt.tls import Tls
from flowengine_nodes.nodered import http_server
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.message import Msg
from flowengine_nodes.nodered.reaching import connector, host_of
from flowengine_nodes.nodered.typed import parse_json

RECONNECT: Final = 3.0
_FIRST_PAUSE: Final = 0.1
"""Seconds between tries at most, and after the first: whom it connects to may be of the same flow, and begin now."""
LARGEST: Final = 16 * 1024 * 1024
WholeMessage = Annotated[bool | str, Meta(description="The whole message travels, as JSON; else its payload")]


class _Sessions(Connection):
    """What listeners and clients have in common: open connections, and who hears of what comes."""

    def __post_init__(self) -> None:
        self.sockets: dict[str, Any] = {}
        self.hearers: list[Callable[[Any, str], None]] = []
        self.watchers: list[Callable[[str, int], None]] = []

    def changed(self, event: str) -> None:
        """Tell who watches."""
        for watcher in list(self.watchers):
            watcher(event, len(self.sockets))

    async def serve(self, socket: Any) -> None:
        """Read from a connection to its end."""
        id = uuid.uuid4().hex[:16]
        self.sockets[id] = socket
        self.changed("opened")
        try:
            async for frame in socket:
                if isinstance(frame.data, str | bytes):
                    for hearer in list(self.hearers):
                        hearer(frame.data, id)
        finally:
            self.sockets.pop(id, None)
            self.changed("closed")

    async def hang_up(self) -> None:
        """Close what is open."""
        for socket in list(self.sockets.values()):
            with contextlib.suppress(ConnectionError, RuntimeError):
                await socket.close()

    async def send(self, data: str | bytes, id: str | None) -> None:
        """Send to one connection, or to all."""
        targets = [self.sockets[id]] if id in self.sockets else [] if id is not None else list(self.sockets.values())
        for socket in targets:
            with contextlib.suppress(ConnectionError, RuntimeError):
                await (socket.send_str(data) if isinstance(data, str) else socket.send_bytes(data))


class WebSocketListener(_Sessions, type="nodered/websocket-listener"):
    """A path to which browsers and programs connect by WebSocket.

    It listens where http in nodes do, on 127.0.0.1:1880 unless NODE_RED_HTTP_PORT says otherwise.
    """

    path: Annotated[str, Meta(description="The path")] = "/ws"
    wholemsg: WholeMessage = "false"
    name: Annotated[str, Meta(description="Name in Node-RED"), ADVANCED] = ""

    async def accept(self, request: Any, params: dict[str, str]) -> Any:
        """Open a connection that someone asks for."""
        web = http_server.library().web
        socket = web.WebSocketResponse(max_msg_size=LARGEST)
        if not socket.can_prepare(request).ok:
            return web.Response(status=426, text="Upgrade Required")
        await socket.prepare(request)
        await self.serve(socket)
        return socket


class WebSocketClient(_Sessions, type="nodered/websocket-client"):
    """A WebSocket server that is connected to, again and again until it is there.

    While the server is away it tries again every three seconds.
    """

    path: Annotated[str, Meta(description="The address: ws://... or wss://...")] = ""
    wholemsg: WholeMessage = "false"
    hb: Annotated[float | str, Meta(description="Seconds between pings; 0: none")] = 0
    subprotocol: Annotated[str, Meta(description="Subprotocols, with commas between")] = ""
    headers: Annotated[
        list[dict[str, str]],
        Meta(description="Headers of the request: keyType and valueType, which say keyValue and valueValue as other"),
    ] = []
    tls: Annotated[Tls | None, Meta(description="Certificates for wss://"), ADVANCED] = None
    name: Annotated[str, Meta(description="Name in Node-RED"), ADVANCED] = ""

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the server."""
        found = host_of(str(options.get("path", "")), "ws")
        return [found] if found else []

    async def start(self) -> None:
        """Begin to connect."""
        self._task = asyncio.get_running_loop().create_task(self._connect())

    async def stop(self) -> None:
        """Close."""
        self._task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._task

    def _headers(self) -> dict[str, str]:
        made = {}
        for each in self.headers:
            kind, value = each.get("valueType", ""), each.get("valueValue", "")
            name = each.get("keyValue", "") if each.get("keyType") == "other" else each.get("keyType", "")
            if kind == "env":
                self.log.error("the header %s is not sent: write ${%s} as its value, of type other", name, value)
            elif name and (kind if kind != "other" else value):
                made[name] = value if kind == "other" else kind
        return made

    async def _connect(self) -> None:
        aiohttp = http_server.library()
        beat = js.number(self.hb or 0)
        protocols = [each.strip() for each in self.subprotocol.split(",") if each.strip()]
        async with aiohttp.ClientSession(connector=connector(self, host_of(self.path))) as session:
            pause = _FIRST_PAUSE
            while True:
                try:
                    secure: dict[str, Any] = {}
                    if self.tls is not None:
                        secure["ssl"] = await self.blocking(self.tls.context)
                        secure["server_hostname"] = self.tls.server_name or None
                    socket = await session.ws_connect(
                        self.path,
                        heartbeat=beat if beat > 0 else None,
                        protocols=protocols,
                        headers=self._headers(),
                        max_msg_size=LARGEST,
                        **secure,
                    )
                    async with socket:
                        pause = RECONNECT
                        await self.serve(socket)
                except (aiohttp.ClientError, OSError, ValueError, NodeError) as error:
                    self.log.info("%s: %s", self.path, error)
                    self.changed("erro")
                await self.clock.sleep(pause)
                pause = min(2 * pause, RECONNECT)


class _Uses:
    """Shows how the connection is, and reads and writes as it says."""

    server: Any
    client: Any

    def sessions(self) -> Any:
        """Return the listener or the client."""
        return self.server or self.client

    def whole(self) -> bool:
        """Say whether whole messages travel."""
        return self.sessions().wholemsg in (True, "true")

    async def listen(self: Any) -> None:
        """Show what becomes of the connection; a listener listens from now on."""
        sessions = self.sessions()
        if sessions is None:
            raise ValueError("it needs a websocket-listener or a websocket-client")
        sessions.watchers.append(self.shown_)
        if self.server is not None:
            await http_server.serve(self, "ws", self.server.path, self.server.accept)

    async def unlisten(self: Any) -> None:
        """Leave."""
        sessions = self.sessions()
        if sessions is not None and self.shown_ in sessions.watchers:
            sessions.watchers.remove(self.shown_)
        if self.server is not None and not sessions.watchers:
            await sessions.hang_up()
        await http_server.leave(self)

    def shown_(self: Any, event: str, count: int) -> None:
        """Show a change."""
        if event == "opened" or count:
            text = f"connected {count}" if self.server is not None else "connected"
            self.red_status({"fill": "green", "shape": "dot", "text": text})
        else:
            self.red_status({"fill": "red", "shape": "ring", "text": "disconnected"})


class WebSocketIn(_Uses, RedSource, type="nodered/websocket-in"):
    """Send on what comes by WebSocket.

    Its options have Node-RED's names, and it does what Node-RED's websocket in node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "websocket in"

    server: Annotated[WebSocketListener | None, Meta(description="Listen here")] = None
    client: Annotated[WebSocketClient | None, Meta(description="Or connect there")] = None

    async def start(self) -> None:
        """Listen."""
        await super().start()
        await self.listen()
        self.sessions().hearers.append(self._heard)

    async def stop(self) -> None:
        """Listen no more."""
        sessions = self.sessions()
        if sessions is not None and self._heard in sessions.hearers:
            sessions.hearers.remove(self._heard)
        await self.unlisten()
        await super().stop()

    def _heard(self, data: Any, id: str) -> None:
        msg: Msg = {"payload": data}
        if self.whole():
            try:
                found = parse_json(data if isinstance(data, str) else data.decode(errors="replace"))
            except RedError:
                found = None
            msg = found if isinstance(found, dict) else msg
        self.soon({**msg, "_session": {"type": "websocket", "id": id}})

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


class WebSocketOut(_Uses, RedAsync, type="nodered/websocket-out"):
    """Send messages by WebSocket: to where they came from, or to all who are connected.

    Its options have Node-RED's names, and it does what Node-RED's websocket out node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "websocket out"
    concurrency: ClassVar[int] = 1

    server: Annotated[WebSocketListener | None, Meta(description="Listen here")] = None
    client: Annotated[WebSocketClient | None, Meta(description="Or connect there")] = None
    ports: ClassVar[int] = 0

    async def start(self) -> None:
        """Listen."""
        await super().start()
        await self.listen()

    async def stop(self) -> None:
        """Leave."""
        await self.unlisten()
        await super().stop()

    async def handle(self, msg: Msg) -> None:
        """Send."""
        session = msg.get("_session")
        data: Any = None
        if self.whole():
            data = js.stringify({key: value for key, value in msg.items() if key not in ("_session", "req", "res")})
        elif "payload" in msg:
            value = msg["payload"]
            data = (
                value
                if isinstance(value, bytes)
                else js.stringify(value)
                if isinstance(value, dict | list)
                else js.text(value)
            )
        if data:  # nothing is sent for an empty payload
            id = None
            if isinstance(session, dict) and session.get("type") == "websocket" and self.server is not None:
                id = session["id"]
            await self.sessions().send(data, id)
        self.finished(msg)

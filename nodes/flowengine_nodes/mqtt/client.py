"""An MQTT client on the event loop: connects, connects again, keeps the session; its halves are in other files.

`outgoing` holds what we publish, `incoming` what is published to us, `routes` who listens, `link` is one connection.
"""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from flowengine import Clock, NodeError, Refused, Retryable
from flowengine_nodes.mqtt import packets
from flowengine_nodes.mqtt.incoming import Delivery, Incoming
from flowengine_nodes.mqtt.link import Link
from flowengine_nodes.mqtt.outgoing import EXACTLY_ONCE_IN_311, Limits, Outgoing
from flowengine_nodes.mqtt.packets import Connack, Connect
from flowengine_nodes.mqtt.reasons import PROTOCOL_ERROR, SESSION_TAKEN_OVER, connect_reason, reason
from flowengine_nodes.mqtt.reception import Reception
from flowengine_nodes.mqtt.routes import Listener, Routes
from flowengine_nodes.mqtt.settings import Level, Publication, Settings
from flowengine_nodes.mqtt.subscriptions import Subscriptions
from flowengine_nodes.mqtt.wire import Malformed, PacketFunction
from flowengine_nodes.reached import first

LAST_ANSWERS: Final = 1.0
"""Seconds to wait for acknowledgements before closing."""
GOODBYE: Final = 1.0
"""Seconds that closing a connection may take."""

Watcher = Callable[[Level, str], None]


class Disconnected(Exception):
    """A connection could not be made or has ended; the text is for a person."""

    def __init__(self, text: str, patience: bool = False) -> None:
        super().__init__(text)
        self.patience = patience  # trying again soon would do harm


class Client:
    """One MQTT session. All its functions are called on the event loop."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock,
        log: logging.LoggerAdapter[logging.Logger],
        tls: Callable[[], Awaitable[ssl.SSLContext | None]],
        show: Watcher,
        reach: Callable[[str, int], Awaitable[list[str]]],
        connected: Callable[[Any], Awaitable[None]],
    ) -> None:
        self.outgoing = Outgoing(settings.max_queued, settings.when_full)
        self._settings, self._clock, self._log, self._tls, self._show = settings, clock, log, tls, show
        self._reach, self._connected = reach, connected
        self._incoming = Incoming()
        routes = Routes()
        self._reception = Reception(settings.version, self._incoming, routes, log)
        self._subscriptions = Subscriptions(settings.version, clock, routes, self._reception)
        self._serving = self._packet_functions()
        self._functions: list[PacketFunction] = []
        self._link: Link | None = None  # while the broker has accepted us
        self._joining: Link | None = None  # from CONNECT on
        self._connack: asyncio.Future[Connack] | None = None
        self._held_by: set[object] = set()
        self._task: asyncio.Task[None] | None = None
        self._stopping = False
        self._sessions = 0
        self._disconnect_code = 0
        self._watchers: list[Watcher] = []
        self._state: tuple[Level, str] = ("busy", "connecting")
        self._complained = False

    # Life

    def start(self) -> None:
        """Begin to connect; goes on until `stop`."""
        self._subscriptions.open()
        self._task = asyncio.get_running_loop().create_task(self._run(), name=f"mqtt {self._where}")
        self._task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Say goodbye and close; writes that are not done by then fail as retryable."""
        self._stopping = True
        link = self._link
        if link is not None:
            link.resume_reading()
            self._publish(self._settings.close)
            under_way = self.outgoing.unacknowledged(1000)
            if under_way:
                await asyncio.wait(under_way, timeout=LAST_ANSWERS)
            expire = {"session_expiry": 0} if self._settings.clean_start else {}
            await link.close(packets.disconnect(self._settings.version, 0, expire), GOODBYE)
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._subscriptions.close()
        self.outgoing.abandon(f"the connection to {self._where} was closed before the broker had answered")

    def watch(self, watcher: Watcher) -> Callable[[], None]:
        """Have a function called with each change of state, and now; returns what ends that."""
        self._watchers.append(watcher)
        watcher(*self._state)
        return lambda: self._watchers.remove(watcher)

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and the connection stands."""
        return self._link is not None

    # Listening

    def listen(self, listener: Listener) -> None:
        """Subscribe for a listener; see `Subscriptions.listen`."""
        self._subscriptions.listen(listener)

    def leave(self, listener: Listener, unfinished: Sequence[Delivery]) -> None:
        """Let a listener go; see `Subscriptions.leave`."""
        self._subscriptions.leave(listener, unfinished)

    def heard(self, delivery: Delivery) -> bool:
        """Say whether the broker has surely heard that a message is acknowledged."""
        return self._incoming.heard(delivery)

    def settle(self) -> None:
        """Acknowledge what is finished."""
        self._incoming.settle()

    def hold(self, inbox: object) -> bool:
        """Stop reading, unless answers to our own messages are to come by the same road."""
        self._held_by.add(inbox)
        if self._link is None or self.outgoing.expects_answers:
            return False
        self._link.pause_reading()
        return True

    def let_go(self, inbox: object) -> None:
        """Read on, if nobody else holds."""
        self._held_by.discard(inbox)
        if self._link is not None and not self._held_by:
            self._link.resume_reading()

    def publish(self, first: int, topic: bytes, properties: bytes, payload: bytes) -> asyncio.Future[None] | None:
        """Publish; see `Outgoing.publish`."""
        if first & 0x06 and self._held_by and self._link is not None:
            self._link.resume_reading()
        return self.outgoing.publish(first, topic, properties, payload)

    # Connecting

    @property
    def _where(self) -> str:
        return f"{self._settings.host}:{self._settings.port}"

    async def _run(self) -> None:
        delay = self._settings.reconnect_min
        while True:
            self._tell("busy", f"connecting to {self._where}")
            began = self._clock.monotonic()
            try:
                await self._connection()
            except Disconnected as error:
                if self._stopping:
                    return
                self._complain(str(error))
                if error.patience:
                    delay = self._settings.reconnect_max
            # A connection that lasted begins a new count; one that is cut again and again is tried ever less often.
            if self._clock.monotonic() - began > 2 * self._settings.reconnect_max:
                delay = self._settings.reconnect_min
            await self._clock.sleep(delay * random.uniform(0.7, 1.0))
            delay = min(delay * 2, self._settings.reconnect_max)

    async def _connection(self) -> None:
        """Connect, serve the connection, and raise Disconnected when it has ended."""
        link: Link | None = None
        try:
            async with asyncio.timeout(self._settings.connect_timeout):
                link = await self._open()
                await self._handshake(link)
            await self._connected(link.ssl_object)
            why = await link.ended
            raise Disconnected(why or "the broker closed the connection", self._disconnect_code == SESSION_TAKEN_OVER)
        except TimeoutError as error:
            raise Disconnected(f"no answer within {self._settings.connect_timeout:g} s") from error
        except ssl.SSLCertVerificationError as error:
            raise Disconnected(f"the broker's certificate is not trusted: {error.verify_message}") from error
        except (OSError, ValueError, NodeError) as error:
            raise Disconnected(str(error) or type(error).__name__, isinstance(error, Refused)) from error
        finally:
            self._link = self._joining = None
            self.outgoing.disconnected()
            self._incoming.disconnected()
            self._subscriptions.disconnected()
            if link is not None:
                link.drop()

    async def _open(self) -> Link:
        context = await self._tls()
        addresses = await self._reach(self._settings.host, self._settings.port)
        loop = asyncio.get_running_loop()
        functions: list[PacketFunction] = [self._on_too_early] * 16
        functions[packets.CONNACK] = self._on_connack
        self._functions = functions
        _, link = await first(
            addresses,
            lambda address: loop.create_connection(
                lambda: Link(
                    functions,
                    version=self._settings.version,
                    largest=self._settings.max_packet_size,
                    on_full=self.outgoing.transport_full,
                    on_ping=self._incoming.pinged,
                ),
                address,
                self._settings.port,
                ssl=context,
                server_hostname=(self._settings.server_name or self._settings.host) if context else None,
            ),
        )
        return link

    async def _handshake(self, link: Link) -> None:
        settings = self._settings
        self._joining = link
        self._connack = asyncio.get_running_loop().create_future()
        self._disconnect_code = 0
        first_time = self._sessions == 0
        properties = {"receive_maximum": settings.max_in_flight, "maximum_packet_size": settings.max_packet_size}
        connect = Connect(
            version=settings.version,
            client_id=settings.client_id,
            # In MQTT 5 a session may begin clean and yet outlive a cut.
            clean_start=settings.clean_start and (settings.version != 5 or first_time),
            keepalive=settings.keepalive,
            username=settings.username,
            password=settings.password,
            will=settings.will,
            properties={**properties, "session_expiry": settings.session_expiry},
        )
        link.send(connect.encode())
        link.flush()
        answers: list[asyncio.Future[Any]] = [self._connack, link.ended]
        await asyncio.wait(answers, return_when=asyncio.FIRST_COMPLETED)
        if not self._connack.done():
            raise Disconnected(link.ended.result() or "the broker closed the connection without an answer")
        connack = self._connack.result()
        if connack.code:
            said = connack.properties.get("reason_string", "")
            raise Disconnected(
                connect_reason(connack.code, settings.version) + (f" ({said})" if said else ""), patience=True
            )

    def _accepted(self, link: Link, connack: Connack) -> None:
        """Begin to use the connection."""
        five, settings, found = self._settings.version == 5, self._settings, connack.properties
        self._sessions += 1
        self._link = link
        self._held_by.clear()
        window = min(settings.max_in_flight, found.get("receive_maximum", 65535))
        limits = Limits(
            window=window,
            qos_2=window if five else EXACTLY_ONCE_IN_311,
            qos=found.get("maximum_qos", 2),
            retain=bool(found.get("retain_available", 1)),
            size=found.get("maximum_packet_size"),
        )
        self._functions[:] = self._serving
        self._subscriptions.connected(
            link.send, connack.session_present, five and bool(found.get("subscription_identifier_available", 1))
        )
        self._incoming.connected(link.send, connack.session_present, link.ping)
        self.outgoing.connected(link.send, limits, connack.session_present)
        self._publish(settings.birth)
        link.keep_alive(found.get("server_keep_alive", settings.keepalive))
        if self._complained:
            self._complained = False
            self._log.info("connected to %s again", self._where)
        self._tell("ok", f"connected to {self._where}")

    def _publish(self, publication: Publication | None) -> None:
        """Publish a birth or close message."""
        if publication is None:
            return
        properties = b"\0" if self._settings.version == 5 else b""
        done = self.publish(publication.first, publication.topic, properties, publication.payload)
        if done is not None:
            done.add_done_callback(self._report)

    def _report(self, done: asyncio.Future[None]) -> None:
        if (
            not done.cancelled()
            and isinstance(error := done.exception(), NodeError)
            and not isinstance(error, Retryable)
        ):
            self._log.warning("%s", error)

    # Packets that are neither messages nor acknowledgements of messages

    def _packet_functions(self) -> list[PacketFunction]:
        functions: list[PacketFunction] = [self._on_unexpected] * 16
        functions[packets.CONNACK] = self._on_connack
        functions[packets.PUBLISH] = self._reception.on_publish
        functions[packets.PUBACK] = functions[packets.PUBCOMP] = self.outgoing.on_puback
        functions[packets.PUBREC] = self.outgoing.on_pubrec
        functions[packets.PUBREL] = self._incoming.on_pubrel
        functions[packets.SUBACK] = functions[packets.UNSUBACK] = self._subscriptions.on_granted
        functions[packets.PINGRESP] = self._incoming.on_pingresp
        functions[packets.DISCONNECT] = self._on_disconnect
        return functions

    def _on_unexpected(self, first: int, data: bytes, start: int, end: int) -> None:
        raise Malformed(f"a packet of type {first >> 4}, which brokers do not send", PROTOCOL_ERROR)

    def _on_too_early(self, first: int, data: bytes, start: int, end: int) -> None:
        raise Malformed(f"a packet of type {first >> 4} before CONNACK", PROTOCOL_ERROR)

    def _on_connack(self, first: int, data: bytes, start: int, end: int) -> None:
        if self._connack is None or self._connack.done():
            raise Malformed("a second CONNACK", PROTOCOL_ERROR)
        connack = Connack.decode(self._settings.version, data, start, end)
        self._connack.set_result(connack)
        if not connack.code and self._joining is not None:
            self._accepted(self._joining, connack)  # now: messages may follow in the same piece of the stream

    def _on_disconnect(self, first: int, data: bytes, start: int, end: int) -> None:
        code, said = packets.disconnected(data, start, end)
        self._disconnect_code = code
        if self._link is not None:
            self._link.drop(f"the broker closed the connection: {reason(code)}" + (f" ({said})" if said else ""))

    # Telling

    def _tell(self, level: Level, text: str) -> None:
        self._state = level, text
        self._show(level, text)
        for watcher in self._watchers:
            watcher(level, text)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self._tell(
                "error", f"{self._where}: {error!r}; this is a fault of the program: the connection stays closed"
            )
            self._log.error("the connection to %s has broken down", self._where, exc_info=error)

    def _complain(self, why: str) -> None:
        self._tell("error", f"{self._where}: {why}; trying again")
        if not self._complained:
            self._complained = True
            self._log.warning("no connection to %s: %s; trying again", self._where, why)

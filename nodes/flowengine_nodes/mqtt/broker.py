"""The connection to an MQTT broker."""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine import ADVANCED, CertificateWatch, Connection, Secret, only_with, unit
from flowengine_nodes.mqtt.client import Client
from flowengine_nodes.mqtt.outgoing import IDENTIFIERS
from flowengine_nodes.mqtt.packets import PUBLISH, RETAIN, Will
from flowengine_nodes.mqtt.settings import Publication, Settings
from flowengine_nodes.mqtt.tls import Tls
from flowengine_nodes.mqtt.topics import check_name
from flowengine_nodes.mqtt.wire import text

QoS = Literal[0, 1, 2]


class Announcement(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A message that the connection publishes by itself."""

    topic: Annotated[str, Meta(description="Where to publish it", min_length=1)]
    payload: Annotated[str, Meta(description="Its text")] = ""
    qos: Annotated[QoS, Meta(title="QoS", description="0 at most once, 1 at least once, 2 exactly once")] = 0
    retain: Annotated[bool, Meta(description="Have the broker keep it for those who subscribe later")] = False


class LastWill(Announcement, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What the broker publishes when the connection breaks without a goodbye."""

    delay: Annotated[
        int,
        Meta(
            description="Wait so long for the connection to come back (MQTT 5)",
            ge=0,
            le=4_294_967_295,
            extra_json_schema=unit("s"),
        ),
    ] = 0


class Broker(Connection, type="mqtt/broker"):
    """A connection to an MQTT broker, shared by all nodes that name it.

    It connects when the flow starts and goes on trying whenever the broker is away; nodes wait meanwhile. To lose
    nothing while this program is stopped or cut off, set a `client_id`, set `clean_start` to false, and subscribe with
    QoS 1 or 2: the broker then keeps what arrives in between.

    Choose protocol 5 where its features are used (user properties, response topics, reasons for a refusal); 3.1.1 is a
    little faster and every broker has it.

    Example: `host: 127.0.0.1`, `port: 1883`, and a last will `{topic: line-1/state, payload: offline, retain: true}`.
    """

    host: Annotated[str, Meta(description="Name or address of the broker", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Meta(description="TCP port; usually 1883, with TLS 8883", ge=1, le=65535)] = 1883
    protocol: Annotated[Literal["3.1.1", "5"], Meta(description="Version of MQTT")] = "3.1.1"
    client_id: Annotated[
        str, Meta(title="Client ID", description="Our name at the broker, unique there; empty: a random one")
    ] = ""
    keepalive: Annotated[
        int,
        Meta(
            description="A broker silent for 1.5 times as long counts as gone; 0: never",
            ge=0,
            le=65535,
            extra_json_schema=unit("s"),
        ),
        ADVANCED,
    ] = 60
    clean_start: Annotated[
        bool, Meta(description="Begin with an empty session; false: the broker keeps ours while we are away"), ADVANCED
    ] = True
    session_expiry: Annotated[
        int,
        Meta(
            description="How long the broker keeps our session when the connection is cut (MQTT 5); with "
            "clean_start it ends with this program",
            ge=0,
            le=4_294_967_295,
            extra_json_schema=unit("s"),
        ),
        only_with(protocol="5"),
    ] = 300
    username: Annotated[str, Meta(description="User name; empty: none")] = ""
    password: Annotated[Secret, Meta(description="Password; empty: none")] = ""
    tls: Annotated[Tls | None, Meta(title="TLS", description="Encrypt the connection")] = None
    birth: Annotated[
        Announcement | None, Meta(description="Published whenever the connection has been made"), ADVANCED
    ] = None
    close: Annotated[
        Announcement | None, Meta(description="Published before the connection is closed in order"), ADVANCED
    ] = None
    will: Annotated[
        LastWill | None, Meta(description="Published by the broker when the connection breaks"), ADVANCED
    ] = None
    connect_timeout: Annotated[
        float, Meta(description="Give up one try to connect after", gt=0, le=300, extra_json_schema=unit("s")), ADVANCED
    ] = 10.0
    reconnect_min: Annotated[
        float,
        Meta(description="Pause before the second try; doubles from try to try", gt=0, extra_json_schema=unit("s")),
        ADVANCED,
    ] = 0.2
    reconnect_max: Annotated[
        float, Meta(description="Longest pause between tries", gt=0, extra_json_schema=unit("s")), ADVANCED
    ] = 2.0
    max_in_flight: Annotated[
        int,
        Meta(
            description="Messages at QoS 1 and 2 unacknowledged at once, in each direction; never more than the broker "
            "allows, and at most 20 at QoS 2 on 3.1.1",
            ge=1,
            le=IDENTIFIERS,
        ),
        ADVANCED,
    ] = 1000
    max_queued: Annotated[
        int,
        Meta(description="Messages that may wait to be published, unless when_full is block", ge=1, le=1_000_000),
        ADVANCED,
    ] = 1000
    when_full: Annotated[
        Literal["block", "drop-oldest", "drop-newest"],
        Meta(
            description="While the broker is away or slow: block makes the flow wait, the others keep max_queued "
            "messages and report every dropped one"
        ),
        ADVANCED,
    ] = "block"
    max_packet_size: Annotated[
        int,
        Meta(
            description="Close the connection over a larger packet",
            ge=1024,
            le=268_435_455,
            extra_json_schema=unit("byte"),
        ),
        ADVANCED,
    ] = 16 * 1024 * 1024

    @classmethod
    def alone(cls, options: Mapping[str, Any]) -> bool:
        """A broker takes one connection under each name."""
        return bool(options.get("client_id"))

    @classmethod
    def named_hosts(cls, options: Mapping[str, Any]) -> list[tuple[str, int]]:
        """Name the broker."""
        return [(str(options.get("host", "127.0.0.1")), int(options.get("port", 1883)))]

    def __post_init__(self) -> None:
        if not self.clean_start and not self.client_id:
            raise ValueError("a session that the broker keeps needs a name: set client_id, or set clean_start to true")
        if self.password and not self.username:
            raise ValueError("a password needs a username")
        if self.reconnect_min > self.reconnect_max:
            raise ValueError(f"reconnect_min {self.reconnect_min} is more than reconnect_max {self.reconnect_max}")
        for name in ("birth", "close", "will"):
            announcement: Announcement | None = getattr(self, name)
            if announcement is not None:
                try:
                    check_name(announcement.topic)
                except ValueError as error:
                    raise ValueError(f"{name}: {error}") from error
        self._client: Client | None = None

    @property
    def version(self) -> int:
        """The protocol level on the wire: 4 or 5."""
        return 5 if self.protocol == "5" else 4

    @property
    def client(self) -> Client:
        """The client, once started."""
        if self._client is None:
            raise RuntimeError("the connection mqtt/broker has not been started")
        return self._client

    async def start(self) -> None:
        """Begin to connect."""
        self._watch = CertificateWatch(
            self.clock, self.log, lambda said: self.status("warning", f"connected to {self.host}:{self.port}; {said}")
        )
        self._client = Client(
            self._settings(),
            clock=self.clock,
            log=self.log,
            tls=self._tls,
            show=self.status,
            reach=self.reach,
            connected=self._connected,
        )
        self._client.start()

    async def stop(self) -> None:
        """Say goodbye and disconnect."""
        if self._client is not None:
            self._watch.stop()
            await self._client.stop()

    async def _tls(self) -> ssl.SSLContext | None:
        return None if self.tls is None else await self.blocking(self.tls.context)

    async def _connected(self, ssl_object: Any) -> None:
        """Say when a certificate comes to its end, ours or the broker's."""
        tls = self.tls
        if tls is not None:
            self._watch.look(await self.blocking(tls.ends, ssl_object))

    def _settings(self) -> Settings:
        return Settings(
            host=self.host,
            port=self.port,
            version=self.version,
            client_id=self.client_id or f"flowengine-{secrets.token_hex(6)}",
            keepalive=self.keepalive,
            clean_start=self.clean_start,
            session_expiry=self.session_expiry,
            username=self.username or None,
            password=self.password or None,
            will=_last_will(self.will),
            birth=_publication(self.birth),
            close=_publication(self.close),
            server_name=self.tls.server_name if self.tls else None,
            connect_timeout=self.connect_timeout,
            reconnect_min=self.reconnect_min,
            reconnect_max=self.reconnect_max,
            max_in_flight=self.max_in_flight,
            max_queued=self.max_queued,
            when_full=self.when_full,
            max_packet_size=self.max_packet_size,
        )


def _publication(announcement: Announcement | None) -> Publication | None:
    if announcement is None:
        return None
    first = PUBLISH << 4 | announcement.qos << 1 | (RETAIN if announcement.retain else 0)
    return Publication(text(announcement.topic), announcement.payload.encode(), first)


def _last_will(will: LastWill | None) -> Will | None:
    if will is None:
        return None
    return Will(will.topic, will.payload.encode(), will.qos, will.retain, {"will_delay": will.delay or None})

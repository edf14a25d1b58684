"""Publishes to topics of a broker."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import Annotated, Any, ClassVar, Final

from msgspec import Meta

from flowengine import ADVANCED, Actuator, BadData, Message, Retry, unit
from flowengine_nodes.mqtt import properties as props
from flowengine_nodes.mqtt.broker import Broker, QoS
from flowengine_nodes.mqtt.packets import PUBLISH, RETAIN
from flowengine_nodes.mqtt.payloads import encode
from flowengine_nodes.mqtt.repeats import KEY
from flowengine_nodes.mqtt.topics import check_name
from flowengine_nodes.mqtt.wire import text

REMEMBERED_TOPICS: Final = 10_000
"""Topics remembered in their form on the wire; further ones are checked and encoded anew."""

_PER_MESSAGE: Final = ("message_expiry", "content_type", "response_topic", "correlation_data", "user_properties")


class Publish(Actuator, type="mqtt/publish"):
    """Send messages to an MQTT broker.

    Text and bytes are sent as they are, all other payloads as JSON, an empty payload (null) as no bytes at all. Where
    topic, QoS or retain are left empty here, the message's own are used (`topic`, `qos`, `retain`), else QoS 0 and not
    retained. With MQTT 5 a message may bring `user_properties` (an object), `content_type`, `response_topic`,
    `correlation_data` and `message_expiry`; those set here stand before them.

    In a flow that is delivered effectively once each message has the user property `delivery-key` (MQTT 5): it is the
    same when the message is sent again after a crash, so that mqtt/subscribe can leave it out.

    At QoS 1 and 2 a message counts as sent when the broker has confirmed it. While the broker is away messages wait,
    in order, and the flow waits with them.

    Example: topic `plant/oven/setpoint`, QoS 1, and the payload `{"value": 180}`.
    """

    retry: ClassVar[Retry] = Retry(attempts=0)
    concurrency: ClassVar[int] = 1000

    connection: Annotated[Broker, Meta(description="The broker")]
    topic: Annotated[str, Meta(description="Where to publish; empty: the message's topic")] = ""
    qos: Annotated[
        QoS | None,
        Meta(title="QoS", description="0 at most once, 1 at least once, 2 exactly once; empty: the message's, else 0"),
    ] = None
    retain: Annotated[
        bool | None,
        Meta(description="Have the broker keep the last message for late subscribers; empty: as the message says"),
    ] = None
    content_type: Annotated[
        str, Meta(description="What the payload is, such as application/json (MQTT 5)"), ADVANCED
    ] = ""
    response_topic: Annotated[str, Meta(description="Where answers are expected (MQTT 5)"), ADVANCED] = ""
    correlation_data: Annotated[str, Meta(description="Comes back with the answer (MQTT 5)"), ADVANCED] = ""
    user_properties: Annotated[dict[str, str], Meta(description="Further names and values (MQTT 5)"), ADVANCED] = field(
        default_factory=dict
    )
    message_expiry: Annotated[
        int | None,
        Meta(
            description="The broker drops the message if it could not deliver it for so long (MQTT 5)",
            ge=0,
            le=4_294_967_295,
            extra_json_schema=unit("s"),
        ),
        ADVANCED,
    ] = None

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others find what it publishes under its topic."""
        return [("gives", f"connection/{options.get('topic') or '#'}")]

    def __post_init__(self) -> None:
        if self.topic:
            check_name(self.topic)
        if self.response_topic:
            check_name(self.response_topic)
        own = {
            "message_expiry": self.message_expiry,
            "content_type": self.content_type or None,
            "response_topic": self.response_topic or None,
            "correlation_data": self.correlation_data.encode() or None,
            "user_properties": self.user_properties or None,
        }
        self._own = {name: value for name, value in own.items() if value is not None}
        self._own_encoded = props.encode(self._own)
        self._five = True  # until start: whether the connection speaks version 5
        self._first = PUBLISH << 4
        if self.qos is not None and self.retain is not None:
            self._first |= self.qos << 1 | self.retain
        self._fixed = self.qos is not None and self.retain is not None
        self._topics: dict[str, bytes] = {}
        self._send: Callable[[int, bytes, bytes, bytes], Awaitable[None] | None] | None = None
        self._unwatch: Callable[[], None] | None = None
        self._trace: Callable[[Message], str] | None = None

    @classmethod
    def keyed(cls, connections: Mapping[str, Mapping[str, Any]]) -> bool:
        """Say whether the connection speaks MQTT 5, which has user properties."""
        return all(options.get("protocol") == "5" for options in connections.values())

    async def start(self) -> None:
        """Show the connection's state as this node's own."""
        client = self.connection.client
        self._five = self.connection.version == 5
        if not self._five:
            self._own_encoded = b""
        self._send = client.publish
        self._trace = self.tracer() if self._five else None
        self._unwatch = client.watch(self.status)

    async def stop(self) -> None:
        """Leave the connection to others."""
        if self._unwatch is not None:
            self._unwatch()

    async def write(self, msg: Message) -> None:
        """Publish and wait for the broker's confirmation (QoS 1 and 2)."""
        pending = self.submit(msg)
        if pending is not None:
            await pending

    def submit(self, msg: Message) -> Awaitable[None] | None:
        """Publish; None: it has left, at QoS 0.

        Raises:
            BadData: topic, payload or a property of the message cannot be published.
        """
        assert self._send is not None
        name = self.topic or msg.topic
        topic = self._topics.get(name) or self._encode_topic(name)
        first = self._first if self._fixed else self._flags(msg)
        properties = self._own_encoded
        if self._five and (msg.properties or self._trace is not None):
            properties = self._with(msg)
        return self._send(first, topic, properties, encode(msg.payload))

    def _encode_topic(self, name: str) -> bytes:
        try:
            check_name(name)
        except ValueError as error:
            raise BadData(str(error)) from error
        if len(self._topics) >= REMEMBERED_TOPICS:
            self._topics.clear()
        encoded = self._topics[name] = text(name)
        return encoded

    def _flags(self, msg: Message) -> int:
        found = msg.properties
        qos = found.get("qos", 0) if self.qos is None else self.qos
        retain = found.get("retain", False) if self.retain is None else self.retain
        if qos not in (0, 1, 2):
            raise BadData(f"the message's qos must be 0, 1 or 2, not {qos!r:.40}")
        return self._first | int(qos) << 1 | (RETAIN if retain else 0)

    def _with(self, msg: Message) -> bytes:
        """Encode the message's own properties together with ours."""
        found: dict[str, Any] = {}
        for name in _PER_MESSAGE:
            value = msg.properties.get(name)
            if value is not None and name not in self._own:
                found[name] = _checked(name, value)
        added: dict[str, str] = {}
        if key := msg.properties.get("delivery_key"):
            added[KEY] = str(key)
        if self._trace is not None and (stands := self._trace(msg)):
            added["traceparent"] = stands
        if not found and not added:
            return self._own_encoded
        found |= self._own
        if added:
            found["user_properties"] = {**found.get("user_properties", {}), **added}
        try:
            return props.encode(found)
        except ValueError as error:
            raise BadData(f"the message's properties cannot be published: {error}") from error


def _checked(name: str, value: Any) -> Any:
    if name == "message_expiry":
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 0xFFFFFFFF:
            raise BadData(f"{name} must be a number of seconds, not {value!r:.40}")
        return int(value)
    if name == "user_properties":
        if not isinstance(value, dict):
            raise BadData(f"{name} must be an object of names and values, not {value!r:.40}")
        return value
    if name == "correlation_data":
        if isinstance(value, str | bytes):
            return value if isinstance(value, bytes) else value.encode()
        raise BadData(f"{name} must be bytes or text, not {value!r:.40}")
    if not isinstance(value, str):
        raise BadData(f"{name} must be text, not {value!r:.40}")
    if name == "response_topic":
        try:
            check_name(value)
        except ValueError as error:
            raise BadData(f"response_topic: {error}") from error
    return value

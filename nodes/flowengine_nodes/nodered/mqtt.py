"""Node-RED's MQTT nodes, on the connection `mqtt/broker`."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

import msgspec
from msgspec import Meta

from flowengine import Message
from flowengine_nodes.mqtt.broker import Broker
from flowengine_nodes.mqtt.packets import PUBLISH, RETAIN
from flowengine_nodes.mqtt.properties import encode
from flowengine_nodes.mqtt.subscribe import Subscribe
from flowengine_nodes.mqtt.topics import check_name, filter_of
from flowengine_nodes.mqtt.wire import text
from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedAsync, RedError, RedSource
from flowengine_nodes.nodered.message import MISSING, Msg
from flowengine_nodes.nodered.typed import parse_json

LEVELS = {"ok": "green", "busy": "yellow", "warning": "yellow", "error": "red", "off": "red"}


class ConnectionShown:
    """Shows how the connection is, in Node-RED's words."""

    def connection_is(self: Any, level: str, text: str) -> None:
        """Show it."""
        words = {"ok": "connected", "busy": "connecting"}.get(level, "disconnected")
        shape = "dot" if level == "ok" else "ring"
        self.red_status({"fill": LEVELS.get(level, "red"), "shape": shape, "text": words})


def decoded(data: bytes, datatype: str) -> Any:
    """Return a payload as the option `datatype` says: auto, auto-detect, utf8, buffer, base64, json.

    Raises:
        RedError: it is not what it should be.
    """
    if datatype == "buffer":
        return data
    if datatype == "base64":
        import base64

        return base64.b64encode(data).decode()
    try:
        found = data.decode()
    except UnicodeDecodeError:
        return data if datatype in ("auto", "auto-detect", "") else data.decode(errors="replace")
    if datatype == "json":
        return parse_json(found)
    if datatype == "auto-detect":
        with contextlib.suppress(msgspec.DecodeError):
            return msgspec.json.decode(found)
    return found


def about(message: Message) -> Msg:
    """Return what an arrived message says beside its payload."""
    known = message.properties
    msg: Msg = {"topic": message.topic, "qos": known.get("qos", 0), "retain": bool(known.get("retain", False))}
    names = {"response_topic": "responseTopic", "content_type": "contentType", "correlation_data": "correlationData"}
    names |= {"user_properties": "userProperties", "message_expiry": "messageExpiryInterval"}
    msg.update({theirs: known[ours] for ours, theirs in names.items() if ours in known})
    return msg


def read_message(message: Message, datatype: str) -> Msg:
    """Return an arrived message as Node-RED shows it.

    Raises:
        RedError: its payload is not what it should be.
    """
    return {**about(message), "payload": decoded(message.payload, datatype)}


class MqttIn(ConnectionShown, RedSource, type="nodered/mqtt-in"):
    """Subscribe to a topic of an MQTT broker and send on what comes.

    Its options have Node-RED's names, and it does what Node-RED's mqtt in node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "mqtt in"

    broker: Annotated[Broker, Meta(description="The broker")]
    topic: Annotated[str, Meta(description="The topic, with + and # for any")] = ""
    qos: Annotated[int | str, Meta(description="0, 1 or 2")] = 2
    datatype: Annotated[str, Meta(description="auto, auto-detect, utf8, buffer, base64 or json")] = "auto"
    nl: Annotated[bool | str, Meta(description="MQTT 5: not what this connection has published")] = False
    rap: Annotated[bool | str, Meta(description="MQTT 5: keep the retain flag as published")] = True
    rh: Annotated[int | str, Meta(description="MQTT 5: 0, 1 or 2: when retained messages come")] = 0

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say under which topic it finds what others publish."""
        return [*super().meets(options), ("takes", f"connection/{filter_of(options.get('topic') or '#')}")]

    def begin(self) -> None:
        """Subscribe."""
        qos = int(js.number(self.qos)) if js.number(self.qos) in (0, 1, 2) else 2
        rule = int(js.number(self.rh)) if js.number(self.rh) in (0, 1, 2) else 0
        wanted: dict[str, Any] = {"connection": self.broker, "topic": self.topic, "qos": qos, "data_type": "bytes"}
        wanted |= {"no_local": self.nl in (True, "true"), "retain_as_published": self.rap in (True, "true")}
        self._inner = Subscribe(**wanted, retain_handling=("send", "new", "never")[rule])
        self._inner._host = self._host  # type: ignore[misc]
        self._unwatch = self.broker.client.watch(self.connection_is)

    async def start(self) -> None:
        """Subscribe."""
        await super().start()
        await self._inner.start()

    async def stop(self) -> None:
        """Leave."""
        self._unwatch()
        await self._inner.stop()
        await super().stop()

    async def run(self) -> Any:
        """Send on what arrives."""
        async for batch in self._inner.run():
            messages = batch if isinstance(batch, list) else [batch]
            for message in messages:
                self._arrived(message)
            self._inner.taken(messages)
            self._inner.done(messages)
        yield Message()

    def _arrived(self, message: Message) -> None:
        try:
            msg = read_message(message, self.datatype)
            if self.broker.host in ("localhost", "127.0.0.1"):
                msg["_topic"] = message.topic  # Node-RED does so, where broker and flow are on one computer
            self.soon(msg)
        except RedError as error:
            self.error(str(error), {**about(message), "payload": message.payload.decode(errors="replace") or b""})

    def receive(self, msg: Msg) -> None:
        """Pass a msg on."""
        self.send(msg)


class MqttOut(ConnectionShown, RedAsync, type="nodered/mqtt-out"):
    """Publish messages at an MQTT broker.

    Its options have Node-RED's names, and it does what Node-RED's mqtt out node does: see docs/nodered.md.
    """

    red: ClassVar[str] = "mqtt out"

    broker: Annotated[Broker, Meta(description="The broker")]
    topic: Annotated[str, Meta(description="The topic; empty: that of the message")] = ""
    qos: Annotated[int | str | None, Meta(description="0, 1 or 2; empty: msg.qos, or 0")] = ""
    retain: Annotated[bool | str | None, Meta(description="Have the broker keep it; empty: msg.retain")] = ""
    respTopic: Annotated[str, Meta(description="MQTT 5: response topic")] = ""
    contentType: Annotated[str, Meta(description="MQTT 5: content type")] = ""
    correl: Annotated[str, Meta(description="MQTT 5: correlation data")] = ""
    expiry: Annotated[str | int, Meta(description="MQTT 5: seconds after which the broker drops it")] = ""
    userProps: Annotated[str, Meta(description="MQTT 5: user properties, an object in JSON; empty: the message's")] = ""
    ports: ClassVar[int] = 0

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that others find what it publishes under its topic."""
        return [*super().meets(options), ("gives", f"connection/{options.get('topic') or '#'}")]

    def begin(self) -> None:
        """Show the connection's state."""
        self._own: Any = None
        if self.userProps.lstrip().startswith("{"):
            with contextlib.suppress(RedError):  # as Node-RED, which passes over what is no JSON
                self._own = parse_json(self.userProps)
        self._unwatch = self.broker.client.watch(self.connection_is)

    def end(self) -> None:
        """Leave the connection to others."""
        self._unwatch()

    async def handle(self, msg: Msg) -> None:
        """Publish."""
        if "payload" not in msg:
            self.finished(msg)
            return
        topic = self.topic or msg.get("topic")
        if not isinstance(topic, str) or not topic:
            self.warn("no topic specified")
            self.finished(msg)
            return
        try:
            check_name(topic)
        except ValueError as error:
            raise RedError(f"Invalid topic specified: {error}") from None
        qos = self.qos if self.qos not in ("", None) else msg.get("qos", 0)
        qos = int(js.number(qos)) if js.number(qos) in (0, 1, 2) else 0
        retain = self.retain if self.retain not in ("", None) else msg.get("retain", False)
        first = PUBLISH << 4 | qos << 1 | (RETAIN if retain in (True, "true") else 0)
        found = self._properties(msg) if self.broker.version == 5 else b""
        pending = self.broker.client.publish(first, text(topic), found, _payload(msg["payload"]))
        if pending is not None:
            await pending
        self.finished(msg)

    def _properties(self, msg: Msg) -> bytes:
        expiry = js.number(self.expiry) if self.expiry != "" else msg.get("messageExpiryInterval")
        correlation = self.correl or msg.get("correlationData")
        wanted = {
            "response_topic": self.respTopic or msg.get("responseTopic"),
            "content_type": self.contentType or msg.get("contentType"),
            "correlation_data": correlation.encode() if isinstance(correlation, str) else correlation,
            "message_expiry": _seconds(expiry),
            "user_properties": self._own or msg.get("userProperties"),
        }
        try:
            return encode({name: value for name, value in wanted.items() if value})
        except (ValueError, TypeError, AttributeError) as error:
            raise RedError(f"the message's properties cannot be published: {error}") from None


def _seconds(value: Any) -> int | None:
    return int(value) if js.is_number(value) and value >= 0 else None


def _payload(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if value is MISSING or value is None:
        return b""
    return (js.stringify(value) if isinstance(value, dict | list) else js.text(value)).encode()

"""The other end of a conversation over MQTT: an independent client (paho), for tests of ours."""

from __future__ import annotations

import queue
import threading
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

PATIENCE_S = 30.0


class Peer:
    """Connected from the start of a `with` block to its end; everything waits until the broker has confirmed it."""

    def __init__(self, port: int, *filters: str, qos: int = 0, version: int = 5, client_id: str = "") -> None:
        """Subscribe to filters."""
        self.received: queue.Queue[paho.MQTTMessage] = queue.Queue()
        self._port, self._filters, self._qos = port, filters, qos
        self._ready = threading.Event()
        protocol = MQTTProtocolVersion.MQTTv5 if version == 5 else MQTTProtocolVersion.MQTTv311
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=protocol)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.on_message = lambda _client, _data, message: self.received.put(message)

    def _on_connect(self, *_: Any) -> None:
        if self._filters:
            self._client.subscribe([(filter, self._qos) for filter in self._filters])
        else:
            self._ready.set()

    def __enter__(self) -> Self:
        self._client.connect("127.0.0.1", self._port)
        self._client.loop_start()
        assert self._ready.wait(PATIENCE_S), "the peer could not connect"
        return self

    def __exit__(self, *_: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes | str, qos: int = 0, retain: bool = False, **properties: Any) -> None:
        """Publish and wait; properties in paho's names: `UserProperty=("a", "1")`."""
        found = Properties(PacketTypes.PUBLISH) if properties else None  # type: ignore[no-untyped-call]
        for name, value in properties.items():
            setattr(found, name, value)
        self._client.publish(topic, payload, qos, retain, found).wait_for_publish(PATIENCE_S)

    def post(self, topic: str, payload: bytes | str, qos: int = 0) -> None:
        """Publish and do not wait."""
        self._client.publish(topic, payload, qos)

    def next(self, seconds: float = PATIENCE_S) -> paho.MQTTMessage:
        """Return the next message received."""
        return self.received.get(timeout=seconds)

    def payloads(self, count: int) -> list[bytes]:
        """Return the payloads of the next messages."""
        return [bytes(self.next().payload) for _ in range(count)]

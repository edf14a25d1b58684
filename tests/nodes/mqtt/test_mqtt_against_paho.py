"""The same messages through a real broker, with our client on one side and paho, an independent one, on the other."""

from __future__ import annotations

import asyncio
import random
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import running
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_flow import receive, texts, until
from tests.plants.mqtt_peer import Peer

ALPHABET = "aZ09 -_.äßЖ中🙂"
PROTOCOLS = pytest.mark.parametrize("version", [4, 5])


def _text(rng: random.Random, least: int, most: int) -> str:
    return "".join(rng.choices(ALPHABET, k=rng.randint(least, most)))


def _messages(seed: int) -> list[dict[str, Any]]:
    """Messages of all sizes and kinds, the same in every run."""
    rng = random.Random(seed)
    return [
        {
            "topic": "/".join(_text(rng, 0, 8) for _ in range(rng.randint(1, 4))),
            "payload": rng.randbytes(rng.choice([0, 1, 20, 100, 127, 128, 300, 16_000, 40_000])),
            "qos": number // 40,  # not mixed: order is promised among messages of one QoS only
            "user_properties": {_text(rng, 1, 8): _text(rng, 0, 8) for _ in range(rng.randrange(4))},
            "content_type": rng.choice([None, "text/plain", _text(rng, 1, 20)]),
            "correlation_data": rng.choice([None, rng.randbytes(8)]),
        }
        for number in range(120)
    ]


def _protocol(version: int) -> Any:
    return "5" if version == 5 else "3.1.1"


@PROTOCOLS
def test_what_paho_publishes_arrives_here_as_it_was(mosquitto: Mosquitto, version: int) -> None:
    messages, root = _messages(1), f"from-paho/{version}"

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol=_protocol(version))
        source = Subscribe(connection=node, topic=f"{root}/#", qos=2, data_type="bytes")
        async with running(node), running(source) as host:
            await until(lambda: any("ok: subscribed" in text for text in texts(host)))
            await asyncio.to_thread(publish)
            found = await receive(source, len(messages))
        found.sort(key=lambda msg: int(msg.properties["qos"]))
        for sent, msg in zip(messages, found, strict=True):
            assert (msg.topic, msg.payload) == (f"{root}/{sent['topic']}", sent["payload"])
            assert msg.properties["qos"] == sent["qos"]
            if version == 5:
                assert msg.properties.get("user_properties", {}) == sent["user_properties"]
                assert msg.properties.get("content_type") == sent["content_type"]
                assert msg.properties.get("correlation_data") == sent["correlation_data"]

    def publish() -> None:
        with Peer(mosquitto.port, version=version) as peer:
            for sent in messages:
                properties: dict[str, Any] = {}
                if version == 5:
                    optional = {"ContentType": sent["content_type"], "CorrelationData": sent["correlation_data"]}
                    properties = {name: value for name, value in optional.items() if value is not None}
                    if sent["user_properties"]:
                        properties["UserProperty"] = list(sent["user_properties"].items())
                peer.publish(f"{root}/{sent['topic']}", sent["payload"], sent["qos"], **properties)

    asyncio.run(main())


@PROTOCOLS
def test_what_we_publish_arrives_at_paho_as_it_was(mosquitto: Mosquitto, version: int) -> None:
    messages, root = _messages(2), f"to-paho/{version}"

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol=_protocol(version))
        actuator = Publish(connection=node)
        async with running(node), running(actuator):
            await until(lambda: node.client.connected)
            for sent in messages:
                names = ("qos", "user_properties", "content_type", "correlation_data")
                properties = {name: sent[name] for name in names if sent[name] is not None}
                await actuator.write(Message(sent["payload"], f"{root}/{sent['topic']}", properties=properties))

    with Peer(mosquitto.port, f"{root}/#", qos=2, version=version) as peer:
        asyncio.run(main())
        found: list[Any] = sorted((peer.next() for _ in messages), key=lambda message: message.qos)
        for sent, message in zip(messages, found, strict=True):
            assert (message.topic, message.payload) == (f"{root}/{sent['topic']}", sent["payload"])
            assert message.qos == sent["qos"]
            if version == 5:
                came = message.properties
                assert dict(getattr(came, "UserProperty", [])) == sent["user_properties"]
                assert getattr(came, "ContentType", None) == sent["content_type"]
                assert getattr(came, "CorrelationData", None) == sent["correlation_data"]

"""Subscribing, against a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine.options import problems, schema_of
from flowengine.testing import running
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_flow import receive, texts, until
from tests.plants.mqtt_peer import Peer

VERSIONS = pytest.mark.parametrize("protocol", ["3.1.1", "5"])


def subscribed(host: Any) -> Callable[[], bool]:
    return lambda: any("ok: subscribed" in text for text in texts(host))


@pytest.mark.parametrize("qos", [0, 1, 2])
@VERSIONS
def test_messages_arrive_with_topic_time_and_flags_in_order(mosquitto: Mosquitto, protocol: Any, qos: Any) -> None:
    topic = f"in/{protocol}/{qos}"

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol=protocol)
        source = Subscribe(connection=node, topic=f"in/{protocol}/+", qos=qos)
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                for n in range(200):
                    peer.publish(topic, f"{n}", qos)
            found = await receive(source, 200)
        assert [msg.payload for msg in found] == [f"{n}" for n in range(200)]
        assert {msg.topic for msg in found} == {topic}
        assert found[0].properties == {"qos": qos, "retain": False}
        assert found[0].time > 1_600_000_000

    asyncio.run(main())


@pytest.mark.parametrize(
    ("data_type", "raw", "value"),
    [
        ("auto", b"abc", "abc"),
        ("auto", b"\xff\x00", b"\xff\x00"),
        ("text", "grün".encode(), "grün"),
        ("json", b'{"a": [1, 2.5, null]}', {"a": [1, 2.5, None]}),
        ("bytes", b"abc", b"abc"),
    ],
)
def test_the_payload_becomes_what_the_data_type_says(
    mosquitto: Mosquitto, data_type: str, raw: bytes, value: object
) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        source = Subscribe(connection=node, topic=f"type/{data_type}", data_type=data_type)  # type: ignore[arg-type]
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                peer.publish(f"type/{data_type}", raw)
            assert [msg.payload for msg in await receive(source, 1)] == [value]

    asyncio.run(main())


def test_a_payload_that_does_not_fit_fails_with_the_message_and_is_acknowledged(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        source = Subscribe(connection=node, topic="bad/json", qos=1, data_type="json")
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                peer.publish("bad/json", "{", 1)
                peer.publish("bad/json", "1", 1)
            assert [msg.payload for msg in await receive(source, 1)] == [1]
            ((error, msg),) = host.failures
            assert isinstance(error, BadData)
            assert "not JSON" in str(error)
            assert msg is not None
            assert (msg.payload, msg.topic, msg.quality) == (b"{", "bad/json", "bad")
            assert node.client._incoming.unacknowledged == 0

    asyncio.run(main())


def test_the_properties_of_mqtt_5_come_with_the_message(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol="5")
        source = Subscribe(connection=node, topic="props")
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                peer.publish(
                    "props",
                    "x",
                    UserProperty=[("line", "1"), ("tag", "a"), ("tag", "b")],
                    ContentType="text/plain",
                    ResponseTopic="answers",
                    CorrelationData=b"\x01\x02",
                    MessageExpiryInterval=60,
                )
            (msg,) = await receive(source, 1)
        assert msg.properties == {
            "qos": 0,
            "retain": False,
            "user_properties": {"line": "1", "tag": ["a", "b"]},
            "content_type": "text/plain",
            "response_topic": "answers",
            "correlation_data": b"\x01\x02",
            "message_expiry": 60,
        }

    asyncio.run(main())


@VERSIONS
def test_a_retained_message_comes_with_its_flag(mosquitto: Mosquitto, protocol: Any) -> None:
    topic = f"retained/{protocol}"
    with Peer(mosquitto.port) as peer:
        peer.publish(topic, "kept", 1, retain=True)

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol=protocol)
        source = Subscribe(connection=node, topic=topic, qos=1)
        async with running(node), running(source):
            (msg,) = await receive(source, 1)
            assert (msg.payload, msg.properties["retain"]) == ("kept", True)

    asyncio.run(main())


def test_retained_messages_and_our_own_can_be_left_out(mosquitto: Mosquitto) -> None:
    with Peer(mosquitto.port) as peer:
        peer.publish("left-out/1", "retained", 1, retain=True)

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol="5")
        source = Subscribe(connection=node, topic="left-out/+", retain_handling="never", no_local=True)
        actuator = Publish(connection=node, qos=1)
        async with running(node), running(actuator), running(source) as host:
            await until(subscribed(host))
            await actuator.write(Message("own", "left-out/2"))
            with Peer(mosquitto.port) as peer:
                peer.publish("left-out/2", "other")
            assert [msg.payload for msg in await receive(source, 1)] == ["other"]

    asyncio.run(main())


@VERSIONS
def test_overlapping_subscriptions_on_one_connection_each_get_their_copy(mosquitto: Mosquitto, protocol: Any) -> None:
    topic = f"over/{protocol}/a"

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol=protocol)
        one = Subscribe(connection=node, topic=f"over/{protocol}/#", qos=1)
        two = Subscribe(connection=node, topic=topic, qos=1)
        same = Subscribe(connection=node, topic=topic, qos=1, data_type="bytes")
        async with running(node), running(one) as a, running(two) as b, running(same) as c:
            await until(lambda: subscribed(a)() and subscribed(b)() and subscribed(c)())
            with Peer(mosquitto.port) as peer:
                peer.publish(topic, "x", 1)
            copies = [await receive(source, 1, done=False) for source in (one, two, same)]
            assert [[msg.payload for msg in copy] for copy in copies] == [["x"], ["x"], [b"x"]]
            for source, copy in zip((one, two, same), copies, strict=True):
                assert node.client._incoming.unacknowledged > 0
                source.done(copy)
            assert node.client._incoming.unacknowledged == 0
            await asyncio.sleep(0.05)
            assert [len(source._inbox or []) for source in (one, two, same)] == [0, 0, 0]

    asyncio.run(main())


@VERSIONS
def test_a_shared_subscription_deals_the_messages_out(mosquitto: Mosquitto, protocol: Any) -> None:
    async def main() -> None:
        nodes = [Broker(port=mosquitto.port, protocol=protocol) for _ in range(2)]
        sources = [
            Subscribe(connection=node, topic=f"$share/group/shared/{protocol}/#", qos=1, data_type="text")
            for node in nodes
        ]
        async with running(nodes[0]), running(nodes[1]), running(sources[0]) as a, running(sources[1]) as b:
            await until(lambda: subscribed(a)() and subscribed(b)())
            with Peer(mosquitto.port) as peer:
                for n in range(100):
                    peer.publish(f"shared/{protocol}/x", f"{n}", 1)
            halves: list[list[Message]] = [[], []]
            while sum(map(len, halves)) < 100:
                for half, source in zip(halves, sources, strict=True):
                    if len(source._inbox or []):
                        half += await receive(source, 1)
                await asyncio.sleep(0.005)
            assert sorted(int(m.payload) for half in halves for m in half) == list(range(100))
            assert all(len(half) >= 25 for half in halves)

    asyncio.run(main())


def test_a_subscription_that_nobody_wants_any_more_is_given_up(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flowengine_nodes.mqtt.subscriptions.GRACE", 0.05)

    async def main() -> None:
        node = Broker(port=mosquitto.port)
        source = Subscribe(connection=node, topic="given-up", qos=1)
        async with running(node):
            async with running(source) as host:
                await until(subscribed(host))
            await until(lambda: "given-up" in mosquitto.log() and "UNSUBSCRIBE" in mosquitto.log())
            assert node.client._subscriptions._routes.by_filter == {}

    asyncio.run(main())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"topic": "a/#/b"}, "must stand alone"),
        ({"topic": "a", "more_topics": ["b+"]}, "must stand alone"),
        ({"topic": "$share/g/a", "no_local": True}, "no_local"),
    ],
)
def test_topics_that_cannot_be_subscribed_to_are_refused(options: dict[str, Any], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Subscribe(connection=Broker(), **options)


def test_the_schema_takes_what_the_help_shows() -> None:
    options = {"connection": "plant", "topic": "plant/+/temperature", "qos": 1, "data_type": "json"}
    assert problems(schema_of(Subscribe), options) == []
    assert problems(schema_of(Subscribe), {**options, "qos": 3}) != []

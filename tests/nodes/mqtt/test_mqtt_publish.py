"""Publishing, against a real broker and an independent subscriber."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine import BadData, Message, Refused
from flowengine.testing import running
from flowengine_nodes.mqtt import Broker, Publish
from flowengine_nodes.mqtt.payloads import DECODERS, encode
from tests.plants.mosquitto import Mosquitto, free_port
from tests.plants.mqtt_flow import until
from tests.plants.mqtt_peer import PATIENCE_S, Peer

VERSIONS = pytest.mark.parametrize("protocol", ["3.1.1", "5"])
JSON = st.recursive(
    st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


async def write_all(actuator: Publish, messages: list[Message]) -> None:
    pending = [done for msg in messages if (done := actuator.submit(msg)) is not None]
    await asyncio.wait_for(asyncio.gather(*pending), PATIENCE_S)


@pytest.mark.parametrize("qos", [0, 1, 2])
@VERSIONS
def test_messages_reach_an_independent_subscriber_in_order(mosquitto: Mosquitto, protocol: Any, qos: Any) -> None:
    topic = f"out/{protocol}/{qos}"

    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol=protocol)
        actuator = Publish(connection=node, topic=topic, qos=qos)
        async with running(node), running(actuator):
            await until(lambda: node.client.connected)
            await write_all(actuator, [Message(f"{n}") for n in range(1000)])
            assert await asyncio.to_thread(peer.payloads, 1000) == [b"%d" % n for n in range(1000)]

    with Peer(mosquitto.port, topic, qos=2) as peer:
        asyncio.run(main())


@pytest.mark.parametrize("qos", [1, 2])
@VERSIONS
def test_a_window_wider_than_the_brokers_does_not_get_stuck(
    own_mosquitto: Callable[..., Mosquitto], protocol: Any, qos: Any
) -> None:
    broker = own_mosquitto("max_inflight_messages 5")

    async def main() -> None:
        node = Broker(port=broker.port, protocol=protocol, max_in_flight=1000)
        actuator = Publish(connection=node, topic="wide", qos=qos)
        async with running(node), running(actuator):
            await until(lambda: node.client.connected)
            await write_all(actuator, [Message(f"{n}") for n in range(1000)])
            assert node.client._sessions == 1

    asyncio.run(main())


@VERSIONS
def test_qos_0_is_done_at_once_and_waits_while_the_broker_is_away(
    own_mosquitto: Callable[..., Mosquitto], protocol: Any
) -> None:
    broker = own_mosquitto()

    async def main() -> None:
        node = Broker(port=broker.port, protocol=protocol)
        actuator = Publish(connection=node, topic="t", qos=0)
        async with running(node), running(actuator):
            await until(lambda: node.client.connected)
            assert actuator.submit(Message("x")) is None
            await asyncio.to_thread(broker.kill)
            await until(lambda: not node.client.connected)
            pending = actuator.submit(Message("y"))
            assert pending is not None
            await asyncio.to_thread(broker.start)
            await asyncio.wait_for(pending, PATIENCE_S)

    asyncio.run(main())


def test_topic_qos_and_retain_come_from_the_message_where_the_options_are_empty(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        actuator = Publish(connection=node)
        async with running(node), running(actuator):
            msg = Message({"value": 1.5}, "from/message", properties={"qos": 1, "retain": True})
            await actuator.write(msg)

    asyncio.run(main())
    with Peer(mosquitto.port, "from/message", qos=1) as peer:
        message = peer.next()
        assert (message.payload, message.qos, message.retain) == (b'{"value":1.5}', 1, True)


def test_an_empty_payload_deletes_a_retained_message(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        actuator = Publish(connection=node, topic="deleted", qos=1, retain=True)
        async with running(node), running(actuator):
            await actuator.write(Message("kept"))
            await actuator.write(Message(None))

    asyncio.run(main())
    with Peer(mosquitto.port, "deleted") as peer:
        peer.publish("deleted", "end")
        assert peer.payloads(1) == [b"end"]


def test_the_properties_of_mqtt_5_go_out_and_options_stand_before_the_messages(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol="5")
        actuator = Publish(connection=node, topic="props/out", qos=1, content_type="text/plain", message_expiry=60)
        properties: dict[str, Any] = {
            "content_type": "not this",
            "response_topic": "answers/1",
            "correlation_data": b"\x01",
            "user_properties": {"line": "1", "tag": ["a", "b"]},
            "unit": "degC",
        }
        async with running(node), running(actuator):
            await actuator.write(Message("x", properties=properties))

    with Peer(mosquitto.port, "props/out") as peer:
        asyncio.run(main())
        found: Any = peer.next().properties
        assert found.ContentType == "text/plain"
        assert found.MessageExpiryInterval == 60
        assert found.ResponseTopic == "answers/1"
        assert found.CorrelationData == b"\x01"
        assert found.UserProperty == [("line", "1"), ("tag", "a"), ("tag", "b")]


@pytest.mark.parametrize(
    ("msg", "why"),
    [
        (Message("x", ""), "there is no topic"),
        (Message("x", "a/+"), "wildcard"),
        (Message("x", "a", properties={"qos": 3}), "0, 1 or 2"),
        (Message(float("nan"), "a"), "no form in JSON"),
        (Message(object(), "a"), "cannot be written as JSON"),
        (Message("x", "a", properties={"user_properties": "b"}), "must be an object"),
        (Message("x", "a", properties={"response_topic": "b/#"}), "response_topic"),
        (Message("x", "a", properties={"message_expiry": -1}), "message_expiry"),
        (Message("x", "a", properties={"correlation_data": 1}), "correlation_data"),
        (Message("x", "a", properties={"content_type": "a\0"}), "NUL"),
    ],
)
def test_messages_that_cannot_be_published_are_bad_data(msg: Message, why: str) -> None:
    async def main() -> None:
        node = Broker(port=free_port(), protocol="5")
        actuator = Publish(connection=node)
        async with running(node), running(actuator):
            with pytest.raises(BadData, match=why):
                actuator.submit(msg)

    asyncio.run(main())


def test_a_refusal_by_the_broker_names_the_reason(own_mosquitto: Callable[..., Mosquitto], tmp_path: Path) -> None:
    rules = tmp_path / "acl"
    rules.write_text("topic write open/#\n", encoding="utf-8")
    rules.chmod(0o600)
    broker = own_mosquitto(f"acl_file {rules}")

    async def main() -> None:
        node = Broker(port=broker.port, protocol="5")
        actuator = Publish(connection=node, qos=1)
        async with running(node), running(actuator):
            await actuator.write(Message("x", "open/1"))
            with pytest.raises(Refused, match="'closed/1': not authorized"):
                await actuator.write(Message("x", "closed/1"))

    asyncio.run(main())


def test_a_broker_that_does_not_read_makes_qos_0_wait_too() -> None:
    async def main() -> None:
        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"\x20\x02\x00\x00")
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await released.wait()
            writer.close()

        released = asyncio.Event()
        server = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with server:
            node = Broker(port=server.sockets[0].getsockname()[1])
            actuator = Publish(connection=node, topic="t", qos=0)
            async with running(node), running(actuator):
                await until(lambda: node.client.connected)
                pending: Awaitable[None] | None = None
                sent = 0
                while pending is None:
                    pending = actuator.submit(Message(b"x" * 10_000))
                    sent += 1
                    assert sent < 3000, "30 MB and still nobody waits"
                    await asyncio.sleep(0)
                asyncio.ensure_future(pending).add_done_callback(lambda done: done.exception())
                released.set()

    asyncio.run(main())


@given(JSON)
def test_values_come_back_from_the_wire_as_they_went(value: Any) -> None:
    raw = encode(value)
    assert DECODERS["auto" if isinstance(value, str) else "json"](raw) == value


def test_bytes_pass_as_they_are() -> None:
    assert encode(b"\xff\x00") == b"\xff\x00"
    assert encode(bytearray(b"ab")) == b"ab"


def test_options_that_cannot_be_published_are_refused_when_the_node_is_made() -> None:
    with pytest.raises(ValueError, match="wildcard"):
        Publish(connection=Broker(), topic="a/#")

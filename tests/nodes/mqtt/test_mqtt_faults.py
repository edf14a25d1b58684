"""Brokers that misbehave: silence, garbage, half-open connections. The client closes, says why, and comes back."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from flowengine import Message, Refused
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from flowengine_nodes.mqtt import properties as props
from flowengine_nodes.mqtt.outgoing import Limits
from flowengine_nodes.mqtt.wire import PacketStream, packet, text
from tests.plants.mqtt_flow import receive, texts, until
from tests.steady import running, steadily

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

WELCOME_3 = b"\x20\x02\x00\x00"
WELCOME_5 = b"\x20\x03\x00\x00\x00"


@contextlib.asynccontextmanager
async def broker_that(talk: Talk) -> AsyncIterator[int]:
    """A server on a free port that does to each client what a test wants."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            await talk(reader, writer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def saying(*pieces: bytes) -> Talk:
    """Read the CONNECT, send these bytes, and wait for the client to go."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        while await reader.read(1000):
            pass

    return talk


def test_a_broker_that_accepts_but_never_answers_is_given_up() -> None:
    async def main() -> None:
        async with broker_that(saying()) as port, running(Broker(port=port, connect_timeout=0.1)) as host:
            await until(lambda: any("no answer within 0.1 s" in text for text in texts(host)))

    steadily(main())


def test_a_broker_that_falls_silent_is_noticed_within_one_and_a_half_times_keepalive() -> None:
    async def main() -> None:
        async with broker_that(saying(WELCOME_3)) as port:
            node = Broker(port=port, keepalive=1)
            async with running(node) as host:
                await until(lambda: node.client.connected)
                began = asyncio.get_running_loop().time()
                await until(lambda: any("has not answered for" in text for text in texts(host)))
                assert 0.9 < asyncio.get_running_loop().time() - began < 1.7

    steadily(main())


def test_a_quiet_connection_lives_on_by_pings() -> None:
    pings: list[float] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(WELCOME_3)
        while raw := await reader.read(1000):
            if raw == b"\xc0\x00":
                pings.append(asyncio.get_running_loop().time())
                writer.write(b"\xd0\x00")

    async def main() -> None:
        async with broker_that(talk) as port:
            node = Broker(port=port, keepalive=1)
            async with running(node):
                await until(lambda: len(pings) == 3)
                assert node.client._sessions == 1
                assert max(b - a for a, b in itertools.pairwise(pings)) <= 1.0

    steadily(main())


@pytest.mark.parametrize(
    ("bad", "why", "code"),
    [
        (b"\x30\xff\xff\xff\xff\x01", "four bytes", 0x81),
        (b"\x30\xff\xff\xff\x7f", "at most", 0x95),
        (b"\x30\x05\x00\x09abc", "in the middle", 0x81),
        (packet(0x30, b"\x00\x02\xff\xfe\x00"), "not UTF-8", 0x81),
        (packet(0x30, text("a").replace(b"a", b"\0") + b"\0"), "NUL", 0x81),
        (packet(0x32, text("a") + b"\0\0\0"), "packet identifier 0", 0x81),
        (packet(0x36, text("a") + b"\0\1\0"), "QoS 3", 0x81),
        (packet(0x30, text("a") + b"\x02\x7f\x00"), "unknown property", 0x81),
        (packet(0x30, text("a") + b"\x0a\x02\0\0\0\1\x02\0\0\0\2"), "occurs twice", 0x82),
        (packet(0x30, text("a") + b"\x03\x23\0\1"), "topic alias", 0x94),
        (b"\xc0\x00", "type 12", 0x82),
        (b"\x40\x01\x00", "without packet identifier", 0x81),
        (WELCOME_5, "second CONNACK", 0x82),
    ],
)
def test_what_mqtt_does_not_allow_closes_the_connection_with_the_reason(bad: bytes, why: str, code: int) -> None:
    goodbyes: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(WELCOME_5 + bad)
        goodbyes.append(await reader.read(1000))

    async def main() -> None:
        async with broker_that(talk) as port, running(Broker(port=port, protocol="5")) as host:
            await until(lambda: goodbyes and any(why in text for text in texts(host)))
            assert goodbyes[0][:3] == bytes((0xE0, 2, code))

    steadily(main())


def test_packets_before_the_brokers_welcome_are_refused() -> None:
    async def main() -> None:
        async with broker_that(saying(b"\x50\x02\x00\x01")) as port, running(Broker(port=port)) as host:
            await until(lambda: any("before CONNACK" in text for text in texts(host)))

    steadily(main())


def test_a_flood_of_random_and_mutilated_packets_never_breaks_the_client() -> None:
    rng = random.Random(1)
    good = [
        packet(0x30, text("a/b") + props.encode({"content_type": "x", "user_properties": {"a": "b"}}) + b"payload"),
        packet(0x32, text("a/b") + b"\0\1" + b"\0" + b"payload"),
        packet(0x34, text("a/b") + b"\0\2" + b"\0" + b"payload"),
        packet(0x40, b"\0\1"),
        packet(0x50, b"\0\1\x80\0"),
        packet(0x62, b"\0\1"),
        packet(0x90, b"\0\1\0\1"),
        packet(0xE0, b"\x8e\0"),
    ]

    def mutilated() -> bytes:
        raw = bytearray(rng.choice(good))
        for _ in range(rng.randrange(3)):
            raw[rng.randrange(len(raw))] = rng.randrange(256)
        return bytes(raw[: rng.randrange(1, len(raw) + 1)])

    async def main() -> None:
        node = Broker(protocol="5", max_packet_size=4096)
        source = Subscribe(connection=node, topic="a/b")
        async with running(node), running(source):
            client = node.client
            client._incoming.connected(lambda packet: None, False)
            client.outgoing.connected(lambda packet: None, Limits(), False)
            for _ in range(20_000):
                stream = PacketStream(client._serving, 4096)
                with contextlib.suppress(ValueError):  # Malformed: what the link closes a connection over
                    stream.feed(mutilated() + mutilated())

    steadily(main())


def test_the_reason_in_the_brokers_goodbye_is_shown() -> None:
    async def main() -> None:
        taken_over = packet(0xE0, b"\x8e\x00")
        async with (
            broker_that(saying(WELCOME_5, taken_over)) as port,
            running(Broker(port=port, protocol="5")) as host,
        ):
            await until(lambda: any("another client uses the same client_id" in text for text in texts(host)))

    steadily(main())


def test_a_connection_that_is_cut_at_once_is_tried_ever_less_often() -> None:
    tries: list[float] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tries.append(asyncio.get_running_loop().time())
        await reader.read(1000)
        writer.write(WELCOME_3)

    async def main() -> None:
        options = {"reconnect_min": 0.02, "reconnect_max": 0.2}
        async with broker_that(talk) as port, running(Broker(port=port, **options)):  # type: ignore[arg-type]
            await asyncio.sleep(1.2)
            pauses = [b - a for a, b in itertools.pairwise(tries)]
            assert all(pause > 0.12 for pause in pauses[5:])
            assert max(pauses) < 0.3

    steadily(main())


def test_limits_that_the_broker_states_are_kept() -> None:
    limits = {"receive_maximum": 2, "maximum_qos": 1, "maximum_packet_size": 100, "server_keep_alive": 1}
    welcome = packet(0x20, b"\0\0" + props.encode(limits))
    published: list[int] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(welcome)
        stream = PacketStream([lambda first, *_: published.append(first)] * 16, 1000)
        while raw := await reader.read(1000):
            stream.feed(raw)

    async def main() -> None:
        async with broker_that(talk) as port:
            node = Broker(port=port, protocol="5")
            actuator = Publish(connection=node, topic="t")
            async with running(node), running(actuator):
                await until(lambda: node.client.connected)
                for size, qos, why in [(200, 1, "at most 100"), (1, 2, "at most QoS 1")]:
                    with pytest.raises(Exception, match=why):
                        await actuator.write(Message("x" * size, properties={"qos": qos}))
                waiting = [actuator.submit(Message("x", properties={"qos": 1})) for _ in range(5)]
                await until(lambda: 0xC0 in published)  # a ping, by the broker's own idea of keepalive
                assert published.count(0x32) == 2
        for done in waiting:
            assert done is not None
            with contextlib.suppress(Exception):
                await done

    steadily(main())


@pytest.mark.parametrize(
    ("protocol", "welcome", "answer", "why"),
    [
        ("3.1.1", WELCOME_3, b"\x80", "not allowed"),
        ("5", WELCOME_5, b"\x00\x87", "not authorized"),
        ("5", WELCOME_5, b"\x05\x1f\x00\x02no\x9e", "no"),
    ],
)
def test_a_refused_subscription_is_shown_and_reported_once(
    protocol: Any, welcome: bytes, answer: bytes, why: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.write(welcome)
        subscribe = await reader.read(1000)
        writer.write(packet(0x90, subscribe[2:4] + answer))
        await asyncio.sleep(0.02)

    async def main() -> None:
        async with broker_that(talk) as port:
            node = Broker(port=port, protocol=protocol, reconnect_min=0.01)
            async with running(node), running(Subscribe(connection=node, topic="closed/#")) as host:
                said = f"error: the broker refused the subscription to closed/#: {why}"
                await until(lambda: texts(host).count(said) == 2)
                ((error, _),) = host.failures
                assert isinstance(error, Refused)

    steadily(main())


def test_one_byte_at_a_time_is_enough() -> None:
    raw = WELCOME_3 + packet(0x30, text("slow") + b"x" * 200)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        for byte in raw:
            writer.write(bytes((byte,)))
            await asyncio.sleep(0)
        while await reader.read(1000):
            pass

    async def main() -> None:
        async with broker_that(talk) as port:
            node = Broker(port=port)
            source = Subscribe(connection=node, topic="slow")
            async with running(node), running(source):
                (msg,) = await receive(source, 1)
                assert msg.payload == "x" * 200

    steadily(main())

"""The connection, against a real broker: getting in, being away, saying goodbye."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from flowengine import Message, Retryable
from flowengine.options import build, problems, schema_of
from flowengine.testing import RecordingHost, running
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from flowengine_nodes.mqtt.broker import Announcement, LastWill
from flowengine_nodes.mqtt.tls import Tls
from tests import steady
from tests.plants.mosquitto import Authority, Mosquitto, free_port, password_file
from tests.plants.mqtt_flow import receive, texts, until
from tests.plants.mqtt_peer import Peer

VERSIONS = pytest.mark.parametrize("protocol", ["3.1.1", "5"])


def shows(host: RecordingHost, why: str) -> bool:
    return any("error" in text and why in text for text in texts(host))


@VERSIONS
def test_it_connects_and_says_where(mosquitto: Mosquitto, protocol: Any) -> None:
    async def main() -> None:
        async with running(Broker(port=mosquitto.port, protocol=protocol)) as host:
            await until(lambda: f"ok: connected to 127.0.0.1:{mosquitto.port}" in texts(host))

    asyncio.run(main())


@VERSIONS
def test_wrong_credentials_are_named_and_right_ones_work(
    own_mosquitto: Callable[..., Mosquitto], tmp_path: Path, protocol: Any
) -> None:
    broker = own_mosquitto(f"password_file {password_file(tmp_path, line='secret')}", "allow_anonymous false")

    async def main() -> None:
        async with running(Broker(port=broker.port, protocol=protocol, username="line", password="no")) as host:
            await until(lambda: any("error" in text and "trying again" in text for text in texts(host)))
            assert any("user name or password" in text or "not authorized" in text for text in texts(host))
        node = Broker(port=broker.port, protocol=protocol, username="line", password="secret")
        async with running(node):
            await until(lambda: node.client.connected)

    asyncio.run(main())


def test_start_does_not_wait_for_a_broker_that_is_away() -> None:
    async def main() -> None:
        port = free_port()
        began = asyncio.get_running_loop().time()
        async with steady.running(Broker(port=port)) as host:
            assert asyncio.get_running_loop().time() - began < 0.5
            await until(lambda: any(f"error: 127.0.0.1:{port}: " in text for text in texts(host)))

    steady.steadily(main())


@VERSIONS
def test_after_a_restart_of_the_broker_it_is_back_at_its_next_try(
    own_mosquitto: Callable[..., Mosquitto], protocol: Any
) -> None:
    broker = own_mosquitto()

    async def main() -> None:
        node = Broker(port=broker.port, protocol=protocol)
        source = Subscribe(connection=node, topic="t/#", qos=1)
        actuator = Publish(connection=node, qos=1)
        async with steady.running(node), steady.running(actuator), steady.running(source) as host:
            await until(lambda: "ok: subscribed to t/#" in texts(host))
            await asyncio.to_thread(broker.kill)
            await until(lambda: not node.client.connected)
            host.statuses.clear()
            pending = actuator.submit(Message("while away", "t/1"))
            assert pending is not None
            await asyncio.sleep(1.0)  # by now the pauses between tries are at their longest
            await asyncio.to_thread(broker.start)
            host.statuses.clear()
            await until(lambda: "ok: subscribed to t/#" in texts(host))
            assert sum(text.startswith("error:") for text in texts(host)) <= 1  # a try that was under way
            assert node.reconnect_max <= 2.0
            await asyncio.wait_for(pending, 30)

    steady.steadily(main())


def test_the_last_will_is_published_when_the_socket_is_cut(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        will = LastWill(topic="will/line-1", payload="offline", qos=1)
        node = Broker(port=mosquitto.port, will=will)
        with Peer(mosquitto.port, "will/#", qos=1) as peer:
            async with running(node):
                await until(lambda: node.client.connected)
                assert node.client._link is not None
                node.client._link.drop("cut by the test")
                assert await asyncio.to_thread(peer.payloads, 1) == [b"offline"]

    asyncio.run(main())


@pytest.mark.parametrize("qos", [0, 1])
@VERSIONS
def test_birth_and_close_are_published_and_the_will_is_not(mosquitto: Mosquitto, protocol: Any, qos: Any) -> None:
    topic = f"life/{protocol}/{qos}"

    async def main(peer: Peer) -> None:
        options = {
            "port": mosquitto.port,
            "protocol": protocol,
            "birth": {"topic": topic, "payload": "online", "qos": qos},
            "close": {"topic": topic, "payload": "leaving", "qos": qos},
            "will": {"topic": topic, "payload": "offline", "qos": qos},
        }
        assert problems(schema_of(Broker), options) == []
        node = build(Broker, options)
        async with running(node):
            await until(lambda: node.client.connected)
        assert await asyncio.to_thread(peer.payloads, 2) == [b"online", b"leaving"]
        peer.publish(topic, "end")
        assert await asyncio.to_thread(peer.payloads, 1) == [b"end"]

    with Peer(mosquitto.port, topic, qos=1) as peer:
        asyncio.run(main(peer))


def test_tls_with_a_known_authority_connects_and_with_another_says_why(
    own_mosquitto: Callable[..., Mosquitto], tmp_path: Path
) -> None:
    ours, other = Authority(tmp_path, "ours"), Authority(tmp_path, "other")
    broker = own_mosquitto(tls=ours.issue("broker", "IP:127.0.0.1"))

    async def main() -> None:
        node = Broker(port=broker.port, tls=Tls(ca=str(ours.certificate)))
        source = Subscribe(connection=node, topic="tls/#")
        actuator = Publish(connection=node, qos=1)
        async with running(node), running(actuator), running(source):
            await actuator.write(Message("x" * 200_000, "tls/1"))
            assert [len(msg.payload) for msg in await receive(source, 1)] == [200_000]
        for tls, why in [
            (Tls(ca=str(other.certificate)), "certificate is not trusted"),
            (Tls(ca=str(ours.certificate), server_name="elsewhere"), "certificate is not trusted"),
            (Tls(ca=str(tmp_path / "none.pem")), "tls.ca"),
        ]:
            async with running(Broker(port=broker.port, tls=tls)) as host:
                await until(partial(shows, host, why))
        unchecked = Broker(port=broker.port, tls=Tls(verify=False))
        async with running(unchecked):
            await until(lambda: unchecked.client.connected)

    asyncio.run(main())


def test_a_certificate_that_ends_soon_is_spoken_of_and_one_that_has_ended_is_refused(
    own_mosquitto: Callable[..., Mosquitto], tmp_path: Path
) -> None:
    ours = Authority(tmp_path, "ours")
    own = ours.issue("line-1", days=3)
    soon = own_mosquitto(tls=ours.issue("broker", "IP:127.0.0.1", days=10))
    later = own_mosquitto(tls=ours.issue("other", "IP:127.0.0.1", days=60))
    ended = own_mosquitto(tls=ours.issue("ended", "IP:127.0.0.1", days=-1))

    async def main() -> None:
        written = Tls(ca=ours.certificate.read_text(), certificate=own[0].read_text(), key=own[1].read_text())
        node = Broker(port=soon.port, tls=written)  # what is in the files may stand in their place
        async with running(node) as host:
            await until(lambda: any("the broker's certificate ends on" in text for text in texts(host)))
            assert host.statuses[-1].level == "warning"
            assert "our certificate ends on" in host.statuses[-1].text
            assert node.client.connected
        node = Broker(port=later.port, tls=Tls(ca=str(ours.certificate)))
        async with running(node) as host:
            await until(lambda: node.client.connected)
            assert host.statuses[-1].level == "ok"
        async with running(Broker(port=ended.port, tls=Tls(ca=str(ours.certificate)))) as host:
            await until(partial(shows, host, "certificate has expired"))

    asyncio.run(main())


def test_tls_shows_our_own_certificate_to_a_broker_that_asks_for_it(
    own_mosquitto: Callable[..., Mosquitto], tmp_path: Path
) -> None:
    ours = Authority(tmp_path, "ours")
    certificate, key = ours.issue("line-1")
    asks = (f"cafile {ours.certificate}", "require_certificate true")
    broker = own_mosquitto(*asks, tls=ours.issue("broker", "IP:127.0.0.1"))

    async def main() -> None:
        tls = Tls(ca=str(ours.certificate), certificate=str(certificate), key=str(key))
        node = Broker(port=broker.port, tls=tls)
        async with running(node):
            await until(lambda: node.client.connected)

    asyncio.run(main())


def test_writes_that_are_not_confirmed_when_it_stops_fail_as_retryable() -> None:
    async def main() -> None:
        node = Broker(port=free_port())
        actuator = Publish(connection=node, qos=1)
        async with running(node), running(actuator):
            pending = actuator.submit(Message("x", "t"))
        assert pending is not None
        with pytest.raises(Retryable, match="before the broker had answered"):
            await pending

    asyncio.run(main())


def test_small_packets_are_not_held_back_by_nagles_algorithm(mosquitto: Mosquitto) -> None:
    import socket

    async def main() -> None:
        node = Broker(port=mosquitto.port)
        async with running(node):
            await until(lambda: node.client.connected)
            assert node.client._link is not None
            assert node.client._link._transport is not None
            sock = node.client._link._transport.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)

    asyncio.run(main())


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"clean_start": False}, "set client_id"),
        ({"password": "x"}, "needs a username"),
        ({"reconnect_min": 5.0}, "more than reconnect_max"),
        ({"birth": Announcement(topic="a/#")}, "birth: topic 'a/#' holds a wildcard"),
    ],
)
def test_options_that_do_not_fit_together_are_refused(options: dict[str, object], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Broker(**options)  # type: ignore[arg-type]


def test_secrets_are_marked_as_such_in_the_schema() -> None:
    schema = schema_of(Broker)["properties"]
    assert schema["password"]["writeOnly"] is True
    assert "writeOnly" in msgspec.json.encode(schema["tls"]).decode()

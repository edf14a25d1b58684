"""What a session keeps: acknowledgements, cuts, deploys and crashes, against a real broker."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import running
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_flow import receive, texts, until
from tests.plants.mqtt_peer import PATIENCE_S, Peer

VERSIONS = pytest.mark.parametrize("protocol", ["3.1.1", "5"])


def subscribed(host: Any) -> Callable[[], bool]:
    return lambda: any("ok: subscribed" in text for text in texts(host))


@VERSIONS
def test_a_message_is_acknowledged_only_when_the_flow_has_finished_with_it(
    own_mosquitto: Callable[..., Mosquitto], protocol: Any
) -> None:
    broker = own_mosquitto()

    async def main() -> None:
        def fresh() -> tuple[Broker, Subscribe]:
            node = Broker(port=broker.port, protocol=protocol, client_id="keeper", clean_start=False)
            return node, Subscribe(connection=node, topic="ack/#", qos=1)

        node, source = fresh()
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(broker.port) as peer:
                for n in range(5):
                    peer.publish(f"ack/{n}", f"{n}", 1)
            found = await receive(source, 5, done=False)
            source.done(found[3:])  # later ones must wait for the earlier ones
            source.done(found[:1])
            await until(lambda: node.client._incoming.unacknowledged == 4)
        node, source = fresh()
        async with running(node), running(source):
            again = await receive(source, 4)
            assert [msg.payload for msg in again] == ["1", "2", "3", "4"]
            assert again[0].properties["dup"] is True
            await until(lambda: node.client._incoming.unacknowledged == 0)
        node, source = fresh()
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(broker.port) as peer:
                peer.publish("ack/end", "end", 1)
            assert [msg.payload for msg in await receive(source, 1)] == ["end"]

    asyncio.run(main())


@pytest.mark.parametrize("qos", [1, 2])
@VERSIONS
def test_a_persistent_session_brings_what_came_while_we_were_away(
    mosquitto: Mosquitto, protocol: Any, qos: Any
) -> None:
    async def main() -> None:
        def fresh() -> tuple[Broker, Subscribe]:
            name = f"away-{protocol}-{qos}"
            node = Broker(port=mosquitto.port, protocol=protocol, client_id=name, clean_start=False)
            return node, Subscribe(connection=node, topic=f"away/{protocol}/{qos}", qos=qos)

        node, source = fresh()
        async with running(node), running(source) as host:
            await until(subscribed(host))
        with Peer(mosquitto.port) as peer:
            for n in range(500):
                peer.publish(f"away/{protocol}/{qos}", f"{n}", qos)
        node, source = fresh()
        async with running(node):
            await until(lambda: node.client.connected)
            await asyncio.sleep(0.1)  # messages come before anybody listens: they are held
            async with running(source):
                found = await receive(source, 500)
        assert [msg.payload for msg in found] == [f"{n}" for n in range(500)]

    asyncio.run(main())


@VERSIONS
def test_nothing_is_lost_or_doubled_at_qos_2_when_the_socket_is_cut_again_and_again(
    mosquitto: Mosquitto, protocol: Any
) -> None:
    topic = f"cut/{protocol}"

    async def main() -> None:
        name = {"client_id": f"cut-{protocol}", "clean_start": False}
        node = Broker(port=mosquitto.port, protocol=protocol, reconnect_min=0.01, reconnect_max=0.05, **name)  # type: ignore[arg-type]
        source = Subscribe(connection=node, topic=topic, qos=2)
        actuator = Publish(connection=node, topic=topic, qos=2)
        async with running(node), running(actuator), running(source) as host:
            await until(subscribed(host))
            found: list[Message] = []
            writes = []
            for n in range(300):
                pending = actuator.submit(Message(f"{n}"))
                assert pending is not None
                writes.append(asyncio.ensure_future(pending))
                if n % 60 == 30:
                    found += await receive(source, 1)
                    assert node.client._link is not None
                    node.client._link.drop("cut by the test")
                    await until(lambda: not node.client.connected)
                    await until(lambda: node.client.connected)
            found += await receive(source, 300 - len(found))
            await asyncio.wait_for(asyncio.gather(*writes), PATIENCE_S)
            await asyncio.sleep(0.05)
            assert [msg.payload for msg in found] == [f"{n}" for n in range(300)]
            assert len(source._inbox or []) == 0

    asyncio.run(main())


def test_a_deploy_that_replaces_the_node_loses_and_doubles_nothing(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        async with running(node):
            before = Subscribe(connection=node, topic="deploy/#", qos=1)
            with Peer(mosquitto.port) as peer:
                async with running(before) as host:
                    await until(subscribed(host))
                    peer.publish("deploy/1", "1", 1)
                    peer.publish("deploy/2", "2", 1)
                    first = await receive(before, 2, done=False)
                    before.done(first[:1])
                await asyncio.to_thread(peer.publish, "deploy/3", "3", 1)
                await asyncio.sleep(0.05)
                after = Subscribe(connection=node, topic="deploy/#", qos=1)
                async with running(after):
                    assert [msg.payload for msg in await receive(after, 2)] == ["2", "3"]
                last = Subscribe(connection=node, topic="deploy/#", qos=1)
                async with running(last):
                    await asyncio.to_thread(peer.publish, "deploy/4", "4", 1)
                    assert [msg.payload for msg in await receive(last, 1)] == ["4"]
                    assert node.client._incoming.unacknowledged == 0

    asyncio.run(main())


@pytest.mark.parametrize("qos", [1, 2])
@VERSIONS
def test_what_was_stored_before_a_crash_but_not_acknowledged_is_not_brought_again(
    mosquitto: Mosquitto, protocol: Any, qos: Any
) -> None:
    topic = f"crash/{protocol}/{qos}"

    def made() -> tuple[Broker, Subscribe]:
        node = Broker(port=mosquitto.port, protocol=protocol, client_id=topic, clean_start=False, session_expiry=60)
        return node, Subscribe(connection=node, topic=topic, qos=qos)

    async def until_the_crash() -> dict[str, Any]:
        node, source = made()
        async with running(node):
            async with running(source) as host:
                await until(subscribed(host))
                with Peer(mosquitto.port) as peer:
                    for n in range(5):
                        peer.publish(topic, f"{n % 2}", qos)
                found = await receive(source, 5, done=False)
                source.taken(found[:3])
                stored = {name: dict(value) for name, value in source.state().items()}
            assert node.client._link is not None
            node.client._link.drop()  # not a word of goodbye
        return stored

    async def after_it(stored: dict[str, Any]) -> None:
        node, source = made()
        source.restore(stored)
        async with running(node), running(source):
            assert [msg.payload for msg in await receive(source, 2)] == ["1", "0"]
            with Peer(mosquitto.port) as peer:
                peer.publish(topic, "0", qos)
            assert [msg.payload for msg in await receive(source, 1)] == ["0"]
            await until(lambda: node.client._incoming.unacknowledged == 0)

    asyncio.run(after_it(asyncio.run(until_the_crash())))


def test_on_mqtt_5_a_session_that_began_clean_brings_what_came_during_a_cut(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol="5", reconnect_min=0.5)
        source = Subscribe(connection=node, topic="during/cut", qos=1)
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                assert node.client._link is not None
                node.client._link.drop("cut by the test")
                await until(lambda: not node.client.connected)
                peer.publish("during/cut", "x", 1)
            assert not node.client.connected
            assert [msg.payload for msg in await receive(source, 1)] == ["x"]

    asyncio.run(main())

"""A flow that is slower than its messages: every bound is kept, and what is dropped is counted and shown."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from flowengine import Message
from flowengine.testing import RecordingHost, running
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_flow import receive, texts, until
from tests.plants.mqtt_peer import PATIENCE_S, Peer


def subscribed(host: RecordingHost) -> Callable[[], bool]:
    return lambda: any("ok: subscribed" in text for text in texts(host))


def test_back_pressure_stops_the_broker_at_qos_0(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        source = Subscribe(connection=node, topic="flood/0", max_waiting=100, data_type="bytes")
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                for _ in range(50):
                    peer.publish("flood/0", b"x" * 10_000)
                await until(lambda: len(source._inbox or []) >= 50)
                for _ in range(400):
                    peer.publish("flood/0", b"x" * 10_000)
                peer.publish("flood/0", b"x", qos=1)
                await until(lambda: len(source._inbox or []) >= 100)
                await asyncio.sleep(0.1)
                assert len(source._inbox or []) <= 100 + 27  # and what one read of 256 KiB brings
                assert source._inbox is not None
                assert source._inbox.dropped == 0
                assert len(await receive(source, 451)) == 451

    asyncio.run(main())


@pytest.mark.parametrize(("policy", "kept"), [("drop-oldest", range(290, 300)), ("drop-newest", range(10))])
def test_a_full_inbox_drops_by_its_policy_and_shows_it(mosquitto: Mosquitto, policy: str, kept: range) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        source = Subscribe(connection=node, topic=f"flood/{policy}", max_waiting=10, when_full=policy)  # type: ignore[arg-type]
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                for n in range(300):
                    peer.publish(f"flood/{policy}", f"{n}")
            await until(lambda: source._inbox is not None and source._inbox.dropped == 290)
            assert [msg.payload for msg in await receive(source, 10)] == [f"{n}" for n in kept]
            assert "warning: 290 messages dropped: the flow is too slow" in texts(host)
            assert host.drops == {source.when_full: 290}

    asyncio.run(main())


def test_the_window_bounds_what_is_unacknowledged_at_qos_1(mosquitto: Mosquitto) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol="5", max_in_flight=10)
        source = Subscribe(connection=node, topic="window", qos=1)
        async with running(node), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                for n in range(100):
                    peer.publish("window", f"{n}", 1)
            await until(lambda: len(source._inbox or []) >= 10)
            await asyncio.sleep(0.05)
            assert len(source._inbox or []) == 10
            assert len(await receive(source, 100)) == 100

    asyncio.run(main())


def test_a_flow_that_answers_on_the_same_connection_does_not_lock_up_when_its_inbox_is_full(
    mosquitto: Mosquitto,
) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port)
        source = Subscribe(connection=node, topic="lock/in", max_waiting=5)
        actuator = Publish(connection=node, topic="lock/out", qos=1)
        async with running(node), running(actuator), running(source) as host:
            await until(subscribed(host))
            with Peer(mosquitto.port) as peer:
                for n in range(50):
                    peer.publish("lock/in", f"{n}")
                await until(lambda: len(source._inbox or []) >= 5)
                for msg in await receive(source, 1):
                    await asyncio.wait_for(actuator.write(msg), PATIENCE_S)
                for n in range(50):
                    peer.publish("lock/in", f"{n}")
                await asyncio.sleep(0.05)  # full again, and reading stands still
                await asyncio.wait_for(actuator.write(Message("1")), PATIENCE_S)

    asyncio.run(main())

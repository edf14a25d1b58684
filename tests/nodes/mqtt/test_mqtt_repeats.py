"""What a publisher sends again after a crash is left out by its key."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowengine import Message
from flowengine.testing import running
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from flowengine_nodes.mqtt.repeats import KEY, Repeats
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_flow import receive, texts, until


def with_key(key: str) -> dict[str, Any]:
    return {"user_properties": {KEY: key}}


def test_a_key_is_known_from_its_coming_on_and_after_a_restart_from_its_taking_on() -> None:
    known: dict[str, int] = {}
    repeats = Repeats(known)
    assert not repeats.repeated(with_key("a"))
    assert repeats.repeated(with_key("a"))
    assert not Repeats(known).repeated(with_key("a"))
    repeats.taken(with_key("a"))
    assert Repeats(known).repeated(with_key("a"))


def test_so_many_keys_are_remembered_and_no_more() -> None:
    known: dict[str, int] = {}
    repeats = Repeats(known, 2)
    for key in "abc":
        repeats.taken(with_key(key))
    assert list(known) == ["b", "c"]


@pytest.mark.parametrize("properties", [{}, {"user_properties": {}}, {"user_properties": {KEY: ["a", "b"]}}])
def test_what_has_no_key_is_never_left_out(properties: dict[str, Any]) -> None:
    repeats = Repeats({})
    assert not repeats.repeated(properties)
    repeats.taken(properties)
    assert not repeats.repeated(properties)


def test_the_key_of_a_message_travels_beside_its_user_properties_and_repeats_are_left_out(
    mosquitto: Mosquitto,
) -> None:
    async def main() -> None:
        node = Broker(port=mosquitto.port, protocol="5")
        source = Subscribe(connection=node, topic="keyed", qos=1, data_type="text", drop_repeated=True)
        sink = Publish(connection=node, topic="keyed", qos=1, retain=False, user_properties={"line": "7"})
        async with running(node), running(source) as host, running(sink):
            await until(lambda: any("ok: subscribed" in text for text in texts(host)))
            for number, key in enumerate("aabca"):
                await sink.write(Message(f"{number}", properties={"delivery_key": key}))
            found = await receive(source, 3)
            assert [msg.payload for msg in found] == ["0", "2", "3"]
            assert found[0].get("user_properties") == {"line": "7", KEY: "a"}
            await until(lambda: node.client._incoming.unacknowledged == 0)

    asyncio.run(main())


def test_an_old_connection_cannot_leave_out_repeats() -> None:
    with pytest.raises(ValueError, match="set the connection's protocol to 5"):
        Subscribe(connection=Broker(), topic="t", drop_repeated=True)

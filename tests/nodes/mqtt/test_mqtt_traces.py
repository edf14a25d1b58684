"""A trace goes on through the engine: taken from one MQTT 5 message and given to the next."""

from __future__ import annotations

import asyncio

import pytest

from flowengine.runtime.engine import Engine
from flowengine_nodes.mqtt import Broker, Publish, Subscribe
from tests.engine.runtime.small_nodes import Plus, plan
from tests.engine.telemetry.collector import Collector
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_peer import Peer

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_the_next_one_hears_of_our_span_in_the_same_trace(
    mosquitto: Mosquitto, monkeypatch: pytest.MonkeyPatch
) -> None:
    collector = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", collector.url)

    async def main(peer: Peer) -> tuple[bytes, dict[str, str]]:
        engine = Engine()
        await engine.start()
        broker = Broker, {"port": mosquitto.port, "protocol": "5"}
        flow = {
            "in": (Subscribe, {"connection": "broker", "topic": "traced/in", "qos": 1, "data_type": "json"}),
            "plus": Plus,
            "out": (Publish, {"connection": "broker", "topic": "traced/out", "qos": 1, "user_properties": {"a": "b"}}),
        }
        await engine.deploy(plan(flow, ["in plus", "plus out"], {"broker": broker}))
        while engine.look("test").nodes["in"].level != "ok":
            await asyncio.sleep(0.01)
        await asyncio.to_thread(peer.publish, "traced/in", b"1", 1, UserProperty=("traceparent", PARENT))
        message = await asyncio.to_thread(peer.next)
        await engine.stop(5)
        return bytes(message.payload), dict(message.properties.UserProperty)  # type: ignore[union-attr]

    try:
        with Peer(mosquitto.port, "traced/out", qos=1) as peer:
            payload, given = asyncio.run(main(peer))
        (root,) = [span for span in collector.until(4) if span.name == "test"]
    finally:
        collector.close()
    assert payload == b"2"
    assert root.trace_id.hex() == PARENT[3:35]
    assert root.parent_span_id.hex() == PARENT[36:52]
    assert given == {"a": "b", "traceparent": f"00-{PARENT[3:35]}-{root.span_id.hex()}-01"}

"""Deploys into flows that talk to a real broker and a real Modbus slave."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from flowengine.flow.file import from_data
from flowengine.flow.plan import Plan, plan_flow
from flowengine.flow.project import Project
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from tests.plants.modbus_slave import slave_on_tcp
from tests.plants.mosquitto import Mosquitto
from tests.plants.mqtt_flow import until
from tests.plants.mqtt_peer import Peer

REGISTRY = Registry.discover()


def planned(nodes: dict[str, Any], *wires: str, **connections: Any) -> Plan:
    ends = [dict(zip(("from", "to"), wire.split(), strict=True)) for wire in wires]
    flow = from_data({"flowengine": 1, "name": "main", "connections": connections, "nodes": nodes, "wires": ends})
    return plan_flow(flow, Project.of(flow), REGISTRY, {})


def test_mqtt_messages_pass_every_deploy_once_and_in_order_and_the_connection_stays(tmp_path: Path) -> None:
    count = 3000

    async def main(broker: Mosquitto, peer: Peer) -> None:
        connection = {"type": "mqtt/broker", "options": {"host": "127.0.0.1", "port": broker.port, "client_id": "ours"}}

        def flow(waiting: int, between: bool, retain_handling: str) -> Plan:
            source = {"connection": "b", "topic": "in", "qos": 1, "data_type": "text", "max_waiting": waiting}
            sink = {"connection": "b", "topic": "out", "qos": 1, "retain": retain_handling == "yes"}
            nodes = {
                "in": {"type": "mqtt/subscribe", "options": source},
                "out": {"type": "mqtt/publish", "options": sink},
            }
            wires = ["in out"]
            if between:
                nodes["count"] = {"type": "debug/counter", "options": {}}
                wires = ["in count", "count out"]
            return planned(nodes, *wires, b=connection)

        engine = Engine()
        await engine.deploy(flow(1000, False, "no"))
        subscribe = engine.flows["main"].nodes["in"]
        await until(lambda: broker.log().count("SUBACK to ours") == 1)
        for number in range(count):
            peer.post("in", str(number), 1)
        for turn in range(8):  # a transform comes and goes, the actuator is replaced
            await asyncio.sleep(0.01)
            await engine.deploy(flow(1000, turn % 2 == 0, "yes" if turn % 3 == 0 else "no"))
        assert engine.flows["main"].nodes["in"] is subscribe
        assert broker.log().count("SUBACK to ours") == 1
        for turn in range(4):  # the source itself is replaced
            await asyncio.sleep(0.01)
            await engine.deploy(flow(2000 + turn, True, "no"))
        assert engine.flows["main"].nodes["in"] is not subscribe
        got = await asyncio.to_thread(peer.payloads, count)
        assert [int(payload) for payload in got] == list(range(count))
        await asyncio.sleep(0.1)
        assert peer.received.empty()
        assert broker.log().count("as ours") == 1
        await engine.stop()

    room = "max_queued_messages 100000"  # by default it drops what a subscriber does not take fast enough
    with Mosquitto(tmp_path, room) as broker, Peer(broker.port, "out", qos=1) as peer:
        asyncio.run(main(broker, peer))


def test_a_modbus_poll_keeps_its_device_over_a_deploy() -> None:
    async def main() -> None:
        async with slave_on_tcp() as slave:
            slave.bank.holding[10] = 42
            device = {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": slave.port}}
            poll = {"type": "modbus/read", "options": {"connection": "plc", "address": 10, "interval": 0.02}}
            write = {"type": "modbus/write", "options": {"connection": "plc", "address": 20}}
            engine = Engine()
            await engine.deploy(planned({"poll": poll, "log": {"type": "debug/log"}}, "poll log", plc=device))
            await until(lambda: len(slave.seen) > 3)
            poller = engine.flows["main"].nodes["poll"]
            token = engine.watch("main")
            outcome = await engine.deploy(planned({"poll": poll, "write": write}, "poll write", plc=device))
            assert (outcome.restarted, outcome.kept, outcome.removed) == (("write",), ("poll",), ("log",))
            await until(lambda: slave.bank.holding[20] == 42)
            assert engine.flows["main"].nodes["poll"] is poller
            assert slave.connections == 1
            newest = engine.look("main").nodes["write"].newest
            assert newest is not None
            assert newest.msg.payload == 42
            engine.unwatch(token)
            await engine.stop()

    asyncio.run(main())

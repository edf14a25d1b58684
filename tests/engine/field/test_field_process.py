"""Nodes that use OT devices run in the field process, one connection for all flows, with real Modbus TCP."""

from __future__ import annotations

import os
import signal
from typing import Any

from flowengine.flow.file import from_data
from flowengine.message import Message
from flowengine.service import Service
from flowengine.workers.fleet import Fleet
from tests.engine.field.bench_nodes import Bench, Fast, Slow
from tests.engine.workers.conftest import House, until
from tests.plants.modbus_slave import Reply, Slave

HOST = "127.0.0.1"
OPTIONS = {"connection": "plc", "data_type": "int16"}


def control(port: int, **more: Any) -> dict[str, Any]:
    """A flow that reads a register, doubles it, and writes it to another."""
    return {
        "flowengine": 1,
        "connections": {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port, "timeout": 5}}},
        "nodes": {
            "read": {"type": "modbus/read", "options": {**OPTIONS, "address": 1, "interval": 0.05}},
            "double": {"type": "values/expression", "options": {"expression": "payload * 2"}},
            "write": {"type": "modbus/write", "options": {**OPTIONS, "address": 2}},
            "ask": {"type": "modbus/request", "options": {"connection": "plc"}},
        },
        "wires": [{"from": "read", "to": "double"}, {"from": "double", "to": "write"}],
        **more,
    }


def run(house: House, main: Any, **settings: Any) -> None:
    """Run a test beside a slave."""

    async def with_slave(service: Service, fleet: Fleet) -> None:
        slave = Slave()
        await slave.start()
        try:
            await main(service, fleet, slave)
        finally:
            await fleet.stop(1)
            await slave.stop()

    house.run(with_slave, **settings)


def planned(service: Service, name: str, port: int, **more: Any) -> Any:
    found = from_data({**control(port, **more), "name": name})
    assert found is not None
    return service.plan(found)


def level(fleet: Fleet, flow: str, node: str) -> str:
    return fleet.look(flow).nodes[node].level


def test_flows_read_and_write_a_device_through_one_connection(house: House) -> None:
    async def main(service: Service, fleet: Fleet, slave: Slave) -> None:
        for name in ("one", "two"):
            await fleet.deploy(planned(service, name, slave.port))
        slave.bank.holding[1] = 21
        await until(lambda: slave.bank.holding[2] == 42)
        assert slave.connections == 1
        assert fleet.field is not None
        assert len({fleet.field.pid, *(flow.seat.pid for flow in fleet.flows.values())}) == 3
        await until(lambda: service.snapshot()["connections"].get("plc", {}).get("level") == "ok")
        before = len(slave.seen)
        await until(lambda: len(slave.seen) >= before + 60)
        seen = [request.function for request in slave.seen[before:]]
        assert seen.count(3) < 0.75 * seen.count(6)  # each flow writes what it has read: one request reads for both
        await fleet.inject("one", "write", Message("much"))
        await until(lambda: len(service.dead_letters) == 1)
        (letter,) = service.letters()
        assert (letter.flow, letter.node, letter.kind) == ("one", "write", "BadData")
        slave.script = lambda seen: Reply(exception=4) if seen.function == 6 else Reply()
        await until(lambda: {letter.kind for letter in service.letters()} == {"BadData", "Refused"})
        outcome = await fleet.deploy(planned(service, "one", slave.port, note="the same"))
        assert outcome.restarted == ()
        await fleet.undeploy("two")
        assert slave.connections == 1

    run(house, main)


def test_when_a_worker_dies_its_device_stays_connected_and_its_successor_goes_on(house: House) -> None:
    async def main(service: Service, fleet: Fleet, slave: Slave) -> None:
        await fleet.deploy(planned(service, "one", slave.port))
        slave.bank.holding[1] = 21
        await until(lambda: slave.bank.holding[2] == 42)
        process = fleet.flows["one"].seat.pid
        os.kill(process, signal.SIGKILL)
        await until(lambda: fleet.flows["one"].seat.pid not in (0, process))
        slave.bank.holding[1] = 30
        await until(lambda: slave.bank.holding[2] == 60)
        assert slave.connections == 1

    run(house, main)


def test_when_the_field_process_dies_flows_show_it_and_go_on_with_the_next_one(house: House) -> None:
    async def main(service: Service, fleet: Fleet, slave: Slave) -> None:
        await fleet.deploy(planned(service, "one", slave.port))
        slave.bank.holding[1] = 21
        await until(lambda: slave.bank.holding[2] == 42)
        assert fleet.field is not None
        process, worker = fleet.field.pid, fleet.flows["one"].seat.pid
        os.kill(process, signal.SIGKILL)
        await until(lambda: any("field process" in fault.text for fault in fleet.faults.all()))
        slave.bank.holding[1] = 30
        await until(lambda: slave.bank.holding[2] == 60)
        assert fleet.flows["one"].seat.pid == worker
        assert fleet.field.pid not in (0, process)
        await until(lambda: not any("field process" in fault.text and fault.active for fault in fleet.faults.all()))

    run(house, main)


def test_a_device_that_is_away_is_shown_at_its_nodes_and_read_again_when_it_is_back(house: House) -> None:
    async def main(service: Service, fleet: Fleet, slave: Slave) -> None:
        port = slave.port
        await slave.stop()
        await fleet.deploy(planned(service, "one", port))
        await until(lambda: level(fleet, "one", "read") == "error")
        await until(lambda: fleet.look("one").connections["plc"].level == "error")
        await slave.start()
        await until(lambda: level(fleet, "one", "read") == "ok")
        await until(lambda: fleet.look("one").connections["plc"].level == "ok")

    run(house, main)


def test_a_source_is_resumed_only_as_far_as_its_flow_takes_what_it_brings(house: House) -> None:
    for node in (Bench, Fast, Slow):
        house.registry.add(node, "test")
    nodes = {"fast": {"type": "test/fast"}, "slow": {"type": "test/slow"}}
    for node_data in nodes.values():
        node_data["options"] = {"bench": "bench"}  # type: ignore[assignment]
    flow = {
        "flowengine": 1,
        "connections": {"bench": {"type": "test/bench"}},
        "nodes": nodes,
        "wires": [{"from": "fast", "to": "slow", "queue": {"size": 10}}],
    }
    house.write(one=flow)

    async def main(service: Service, fleet: Fleet) -> None:
        def held() -> bool:  # at some look: one half of it may be older than the other
            look = fleet.look("one").nodes
            yielded, sent, written = int(look["fast"].text), look["fast"].sent, int(look["slow"].text)
            return 10 <= sent - written <= 20 and 0 <= yielded - sent <= 12

        await until(lambda: fleet.look("one").nodes["slow"].text >= "5")
        await until(held)

    house.run(main)

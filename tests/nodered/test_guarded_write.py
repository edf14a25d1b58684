"""A flex-write of Node-RED, brought over, behind a guard that cuts what other nodes write."""

from __future__ import annotations

from typing import Any

from flowengine.flow.canonical import format_envelope
from flowengine.flow.plan import plan_flow
from flowengine.flow.project import Project
from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.runtime.guard.guarding import Guarding
from flowengine.runtime.guard.road import place
from flowengine.safety.envelope import parse_envelope
from flowengine.store.dead_letters import DeadLetters
from tests.engine.runtime.test_guarding import Bench, envelope
from tests.plants.modbus_slave import slave_on_tcp
from tests.steady import SteadyClock, steadily

HEATER = {"options": {"connection": "plc", "data_type": "uint16", "address": 20}, "interlocks": []}


def test_a_flex_write_is_refused_where_its_value_is_beyond_limits_that_cut_others(registry: Registry) -> None:
    def asked(address: int, *values: int) -> dict[str, Any]:
        return {"fc": 16, "unitid": 1, "address": address, "quantity": len(values), "value": list(values)}

    async def main() -> None:
        async with slave_on_tcp() as slave:
            device = {"clienttype": "tcp", "tcpHost": "127.0.0.1", "tcpPort": str(slave.port), "clientTimeout": "300"}
            made = convert(
                [
                    {"id": "t", "type": "tab", "label": "oven"},
                    {"id": "d", "type": "modbus-client", "name": "plc", **device},
                    {
                        "id": "w",
                        "z": "t",
                        "type": "modbus-flex-write",
                        "name": "heater",
                        "server": "d",
                        "wires": [[], []],
                    },
                ],
                registry,
            )
            assert made.flows["oven"].nodes["heater"].type == "nodered/modbus-flex-write"
            found = parse_envelope(format_envelope(envelope(slave.port, **HEATER)), registry, {})
            assert (found.problems, found.envelope is None, found.plan is None) == ([], False, False)
            engine = Engine(SteadyClock(), DeadLetters())
            guarding = Guarding(found.envelope, found.plan, engine.around.connections, engine.clock, engine.observer)  # type: ignore[arg-type]
            await guarding.start()
            place(engine, lambda: guarding)
            project = Project.of(*made.flows.values(), connections=made.connections)
            await engine.deploy(plan_flow(made.flows["oven"], project, registry))
            bench = Bench(slave, engine, guarding, [])
            try:
                bench.temperature(20)
                await bench.armed()
                bench.give("heater", asked(20, 80))
                await bench.until(lambda: slave.bank.holding[20] == 80)
                bench.give("heater", asked(20, 500))
                await bench.until(lambda: len(bench.refusals()) == 1)
                bench.give("heater", asked(21, 50))
                bench.give("heater", asked(20, 50, 50))
                await bench.until(lambda: len(bench.refusals()) == 3)
                assert [seen.address for seen in bench.writes()] == [20]
                assert slave.bank.holding[20] == 80
            finally:
                await engine.stop(1)
                await guarding.stop()

    steadily(main())

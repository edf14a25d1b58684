# ruff: noqa: E501 - a flow reads better with a node on a line
"""Nodes that people add to Node-RED: Modbus, dashboards, ping, tail, smooth, cron-plus."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from flowengine.cli import cli
from flowengine.errors import BadData
from flowengine.flow.check import check_project
from flowengine.flow.model import Wire
from flowengine.flow.plan import plan_flow
from flowengine.flow.problem import errors
from flowengine.flow.project import Project
from flowengine.message import Message
from flowengine.nodered.conversion import Conversion, Wishes, convert
from flowengine.nodered.exporting import export
from flowengine.nodered.palette import STANDS
from flowengine.nodered.project import Origin, without_secrets
from flowengine.registry import Registry
from flowengine.runtime.engine import Engine
from flowengine.testing import running
from flowengine_nodes.modbus.device import Device
from flowengine_nodes.nodered.modbus import ModbusFlexGetter, ModbusWrite
from flowengine_nodes.nodered.ping import echo
from tests.nodered.comparing import Bench
from tests.plants.modbus_slave import Reply, slave_on_tcp

PALETTE = json.loads((Path(__file__).parent / "palette.json").read_text())


def project_of(made: Conversion) -> Project:
    return Project.of(*made.flows.values(), connections=made.connections)


def test_the_palette_comes_over_and_passes_the_check_of_flow_files(registry: Registry) -> None:
    made = convert(PALETTE, registry)
    assert [str(problem) for problem in errors(check_project(project_of(made), registry, {}, made.secrets.get))] == []
    kinds = {name: node.type for name, node in made.flows["oven"].nodes.items()}
    assert kinds["temperatures"] == "nodered/modbus-read"
    assert kinds["setpoint"] == "nodered/modbus-write"
    assert kinds["gauge"] == "dashboard/gauge"
    assert (kinds["flex"], kinds["ask"]) == ("nodered/modbus-flex-getter", "nodered/modbus-getter")
    assert kinds["anywhere"] == "nodered/modbus-flex-write"
    assert kinds["chart-2"] == "dashboard/chart"
    assert made.connections["oven-plc"].type == "modbus/device"
    assert made.connections["oven-plc"].options["timeout"] == 0.5


def test_every_type_of_the_palette_comes_back_as_it_was(registry: Registry) -> None:
    bare = [{"id": f"bare{i}", "z": "t1", "type": kind, "wires": [["d1"]]} for i, kind in enumerate(STANDS)]
    odd = [{"id": f"odd{i}", "z": "t1", "type": kind, "wires": "x", "group": 3, "server": [], "options": {"a": 1}, "min": "9", "max": None,
            "segments": 4, "colors": {}, "columns": 7, "label": ["<b>"], "topicType": "jsonata"} for i, kind in enumerate(STANDS)]  # fmt: skip
    values = PALETTE + bare + odd
    made = convert(values, registry)
    assert not errors(check_project(project_of(made), registry, {}, made.secrets.get))
    back, _ = export(project_of(made), [Origin(without_secrets(values), Wishes(), made.credentials)], registry)
    assert back == values


def test_what_cannot_be_carried_over_is_said_with_what_is_nearest(registry: Registry) -> None:
    findings = {each.node: each for each in convert(PALETTE, registry).report.findings if each.level == "placeholder"}
    assert "S7" in findings["s7-in"].text


def test_tabs_and_groups_of_a_dashboard_become_pages(registry: Registry, tmp_path: Path) -> None:
    source, folder = tmp_path / "flows.json", tmp_path / "flows"
    source.write_text(json.dumps(PALETTE))
    CliRunner().invoke(cli, ["import", "nodered", str(source), "-o", str(folder)])
    from flowengine_web.dashboard import canonical, read_pages

    kept, _ = read_pages(folder)
    assert [page.name for page in kept.pages] == ["Oven", "Line 2"]
    gauge, slider = kept.pages[0].spots[:2]
    assert (gauge.node, gauge.x, gauge.w) == ("gauge", 0, 4)
    assert (slider.node, slider.y) == ("slider", gauge.h)
    assert canonical(kept.pages) == (folder / "dashboard.json").read_text()


CONTROLS = [
    {"id": "t1", "type": "tab", "label": "Hall"},
    {
        "id": "in",
        "z": "t1",
        "type": "function",
        "name": "in",
        "func": "return msg",
        "wires": [["s1", "s2", "b1", "w1"]],
    },
    {
        "id": "s1",
        "z": "t1",
        "type": "ui_slider",
        "name": "speed",
        "min": 0,
        "max": 100,
        "passthru": True,
        "wires": [["out"]],
    },
    {
        "id": "s2",
        "z": "t1",
        "type": "ui-slider",
        "name": "level",
        "min": 0,
        "max": 100,
        "passthru": False,
        "wires": [["out", "in"]],
    },
    {
        "id": "b1",
        "z": "t1",
        "type": "ui_button",
        "name": "go",
        "payload": "start",
        "payloadType": "str",
        "topic": "line",
        "topicType": "str",
        "passthru": True,
        "wires": [["out"]],
    },
    {
        "id": "w1",
        "z": "t1",
        "type": "ui_switch",
        "name": "fan",
        "decouple": "true",
        "passthru": False,
        "wires": [["out"]],
    },
    {
        "id": "out",
        "z": "t1",
        "type": "function",
        "name": "out",
        "func": "context.set('seen', [...(context.get('seen') || []), msg.payload]); return msg",
        "wires": [["d"]],
    },
    {"id": "d", "z": "t1", "type": "debug", "name": "d", "complete": "payload"},
]


def test_a_message_to_a_control_sets_what_it_shows_and_goes_on_where_it_was_passed_through(registry: Registry) -> None:
    made = convert(CONTROLS, registry)
    assert {each.level for each in made.report.findings} == set()  # the way back from "level" closes no loop
    assert not errors(check_project(project_of(made), registry, {}, made.secrets.get))

    async def main() -> None:
        engine = Engine()
        await engine.deploy(plan_flow(made.flows["hall"], project_of(made), registry))
        nodes: dict[str, Any] = dict(engine.flows["hall"].nodes)
        token = engine.watch("hall")

        def shown(control: str) -> Any:
            assert nodes[control].reads == f"{control}-shown"
            found = nodes[f"{control}-shown"].shown()
            return found and found["value"]

        async def counted(number: int) -> None:
            async with asyncio.timeout(30):
                while engine.look("hall").nodes["out"].received < number:
                    await asyncio.sleep(0.005)

        await engine.inject("hall", "in", Message(40))
        await counted(2)  # passed through by the slider, and "start" of the button
        assert [shown(name) for name in ("speed", "level", "fan")] == [40, 40, 40]
        await engine.operate("hall", "speed", 70)
        await engine.operate("hall", "fan", True)
        await engine.operate("hall", "go", None)
        await counted(5)
        assert [shown(name) for name in ("speed", "level", "fan")] == [70, 40, 40]  # the switch shows its input alone
        engine.unwatch(token)
        await engine.stop()

    asyncio.run(main())


def test_controls_with_inputs_come_back_as_they_were_and_with_wires_that_were_drawn_since(registry: Registry) -> None:
    made = convert(CONTROLS, registry)
    origin = [Origin(CONTROLS, Wishes(), {})]
    assert export(project_of(made), origin, registry)[0] == CONTROLS
    flow = made.flows["hall"]
    more = (
        *flow.wires,
        Wire(source="out", out="1", target="level-shown"),
        Wire(source="speed-shown", out="", target="d"),
    )
    made.flows["hall"] = msgspec.structs.replace(flow, wires=more)
    back = {each["id"]: each for each in export(project_of(made), origin, registry)[0]}
    assert back["out"]["wires"] == [["d", "s2"]]
    assert back["s1"]["wires"] == [["out", "d"]]
    assert len(back) == len(CONTROLS)


def test_what_is_read_from_a_device_goes_through_a_function_to_a_write_and_a_failure_to_what_catch_leads_to(
    registry: Registry,
) -> None:
    failing = [
        {"id": "f9", "z": "t1", "type": "function", "func": "msg.payload = 99; return msg;", "wires": [["w9"]]},
        {"id": "w9", "z": "t1", "type": "modbus-write", "dataType": "HoldingRegister", "adr": "30", "server": "mc"},
        {"id": "k9", "z": "t1", "type": "catch", "scope": ["r1"], "wires": [["f9"]]},
    ]

    async def main() -> None:
        async with slave_on_tcp() as slave:
            slave.bank.holding[10:12] = [180, 7]
            entries = [
                {**each, "tcpPort": str(slave.port)} if each["id"] == "mc" else each for each in PALETTE + failing
            ]
            made = convert(entries, registry)
            engine = Engine()
            await engine.deploy(plan_flow(made.flows["oven"], project_of(made), registry))
            async with asyncio.timeout(30):
                while slave.bank.holding[20] != 180:
                    await asyncio.sleep(0.01)
            slave.script = lambda seen: Reply(exception=2 if seen.function == 3 else 0)
            async with asyncio.timeout(30):
                while slave.bank.holding[30] != 99:
                    await asyncio.sleep(0.01)
            await engine.stop()

    asyncio.run(main())


def test_a_flex_getter_reads_what_its_message_names_and_gives_lists_as_node_red_did() -> None:
    async def main() -> tuple[Any, Any]:
        async with slave_on_tcp() as slave:
            device = Device(host="127.0.0.1", port=slave.port)
            slave.bank.coil[3] = True
            slave.bank.holding[5:7] = [1, 515]
            async with running(device):
                node = ModbusFlexGetter(connection=device, keep=True)
                async with running(node):
                    coils = await node.process(
                        Message({"fc": 1, "unitid": 1, "address": 3, "quantity": 2}, properties={"a": 1})
                    )
                    words = await node.process(Message('{"fc": "3", "unitid": 1, "address": 5, "quantity": 2}'))
                    with pytest.raises(BadData):
                        await node.process(Message("nothing"))
            return coils, words

    coils, words = asyncio.run(main())
    assert [each.port for each in coils] == ["1", "2"]
    assert coils[0].msg.payload == [True] + [False] * 7
    assert coils[0].msg.properties["a"] == 1
    assert words[0].msg.payload == [1, 515]
    assert words[1].msg.payload == {"data": [1, 515], "buffer": b"\0\1\2\3"}


def test_a_write_takes_what_node_red_took_and_says_beforehand_what_it_would_write() -> None:
    device = Device(host="127.0.0.1")
    coil = ModbusWrite(connection=device, table="coil", address=3)
    assert [[each.value for each in coil.writes(Message(value))] for value in (1, "false", True, "0")] == [
        [True],
        [False],
        [True],
        [False],
    ]
    several = ModbusWrite(connection=device, address=5, count=2, data_type="raw", function="multiple")
    assert [each.value for each in several.writes(Message("[1, 2]"))] == [1, 2]
    one = ModbusWrite(connection=device, address=5, data_type="uint16")
    assert [each.value for each in one.writes(Message("42"))] == [42]
    with pytest.raises(BadData):
        one.writes(Message("hot"))


def test_cron_plus_sends_each_schedule_at_its_time(bench: Bench) -> None:
    schedules = [{"name": "minute", "expression": "0 * * * * *", "payload": "m", "payloadType": "str"},
                 {"name": "half", "expression": "30 * * * * * *"}]  # fmt: skip
    flows = [
        {"id": "c", "type": "cronplus", "options": schedules, "wires": [["d"]]},
        {"id": "d", "type": "junction", "wires": []},
    ]
    bench.send(op="load", flows=flows, tap=["d"], clock="virtual")
    bench.send(op="advance", seconds=120, req=1)
    seen = [each["msg"] for each in bench.until("reply") if each["event"] == "msg"]
    assert sorted(msg["topic"] for msg in seen) == ["half", "half", "minute", "minute"]
    assert {msg["payload"] for msg in seen if msg["topic"] == "minute"} == {"m"}
    assert all(msg["cronplus"]["config"]["name"] == msg["topic"] for msg in seen)


def test_ping_measures_who_answers_and_gives_false_for_who_does_not(bench: Bench) -> None:
    if not may_ping():
        pytest.skip("this user may not send ICMP")
    flows = [
        {"id": "n", "type": "ping", "mode": "triggered", "wires": [["d"]]},
        {"id": "d", "type": "junction", "wires": []},
    ]
    bench.send(op="load", flows=flows, tap=["d"])
    bench.send(
        op="inject",
        node="n",
        msg={"payload": [{"host": "127.0.0.1"}, {"host": "no-such-host.invalid", "timeout": 1000}]},
    )
    found: dict[str, Any] = {}
    while len(found) < 2:
        msg = list(bench.until("msg"))[-1]["msg"]
        found[msg["topic"]] = msg["payload"]
    assert 0 <= found["127.0.0.1"] < 1000
    assert found["no-such-host.invalid"] is False


def may_ping() -> bool:
    try:
        asyncio.run(echo("127.0.0.1", time.monotonic))
    except PermissionError:
        return False
    return True

"""Tabs, a subflow, links, functions, MQTT, HTTP, Modbus and a dashboard of Node-RED: over, run, edited, and back."""

from __future__ import annotations

import asyncio
import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from flowengine.cli import cli
from flowengine.registry import Registry
from flowengine.service import Service, Who
from tests.plants.modbus_slave import Slave, slave_on_tcp
from tests.plants.mosquitto import free_port
from tests.plants.mqtt_peer import Peer
from tests.plants.signed_envelope import write_envelope

FLOWS = (Path(__file__).parent / "whole_plant.json").read_text()


def envelope(port: int) -> dict[str, Any]:
    """Return the limits of the register that the flow writes."""
    device = {"host": "127.0.0.1", "port": port, "timeout": 0.5}
    heater = {"connection": "oven-plc", "data_type": "uint16", "address": 20}
    return {
        "flowengine": 1,
        "version": 1,
        "connections": {"oven-plc": {"type": "modbus/device", "options": device}},
        "outputs": {
            "heater": {
                "type": "modbus/write",
                "options": heater,
                "range": [0, 2500],
                "writers": ["oven/heater"],
                "safe": 0,
            }
        },
    }


def brought_over(tmp_path: Path, broker: int, device: int) -> Path:
    """Import the file as a person does; returns the folder."""
    source, folder = tmp_path / "flows.json", tmp_path / "plant"
    source.write_text(FLOWS.replace("{MQTT}", str(broker)).replace("{MODBUS}", str(device)))
    run = CliRunner().invoke(cli, ["import", "nodered", str(source), "-o", str(folder)])
    assert run.exit_code == 0, run.output
    return folder


def exported(folder: Path) -> dict[str, dict[str, Any]]:
    """Return the entries that go back to Node-RED, by id."""
    run = CliRunner().invoke(cli, ["export", "nodered", str(folder), "-o", str(folder.parent / "back.json")])
    assert run.exit_code == 0, run.output
    return {entry["id"]: entry for entry in json.loads((folder.parent / "back.json").read_text())}


async def until(condition: Callable[[], Any], ask: Callable[[], None] = lambda: None) -> None:
    """Wait for something; `ask` asks for it again, since who subscribes late has missed what came before."""
    async with asyncio.timeout(20):
        while not condition():
            ask()
            await asyncio.sleep(0.1)


def asked(port: int) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/setpoint", timeout=5) as answer:
        return json.load(answer)


async def lived(folder: Path, slave: Slave, broker: int, registry: Registry) -> None:
    http = free_port()
    service = Service(folder, registry, environment={"NODE_RED_HTTP_PORT": str(http)})
    try:
        await service.start(strict=True, watch=True)
        await service.machines.act(_arm())
        with Peer(broker, "plant/oven/temperature") as peer:
            await until(lambda: slave.bank.holding[20] == 215, lambda: peer.post("plant/oven/wanted", "21.5"))
            assert json.loads((await asyncio.to_thread(peer.next)).payload) == 180.5
        assert await asyncio.to_thread(asked, http) == {"setpoint": 215}
        (gauge,) = [each for each in service.engine.widgets() if each.node == "gauge"]
        assert gauge.shown()["value"] == 180.5
        file = folder / "oven.json"
        file.write_text(file.read_text().replace("2500", "1000"))  # an editor outside; the canvas deploys the same
        await until(lambda: _differs(service))
        await service.take(["oven"], Who("anna", "admin"))
        with Peer(broker) as peer:
            await until(lambda: slave.bank.holding[20] == 1000, lambda: peer.post("plant/oven/wanted", "240"))
    finally:
        await service.stop(1)


def _arm() -> Any:
    from flowengine.runtime.guard_desk import Act

    return Act(what="arm", by="anna")


def _differs(service: Service) -> bool:
    found = next(flow for flow in service.summary().flows if flow.name == "oven")
    return found.revision != found.disk


def test_a_whole_plant_comes_over_runs_is_edited_and_goes_back(
    tmp_path: Path, registry: Registry, broker_port: int
) -> None:
    async def main() -> Path:
        async with slave_on_tcp() as slave:
            slave.bank.holding[10] = 1805
            folder = brought_over(tmp_path, broker_port, slave.port)
            assert exported(folder) == {
                entry["id"]: entry for entry in json.loads((tmp_path / "flows.json").read_text())
            }
            write_envelope(folder, envelope(slave.port))
            await lived(folder, slave, broker_port, registry)
            return folder

    folder = asyncio.run(main())
    before = {entry["id"]: entry for entry in json.loads((tmp_path / "flows.json").read_text())}
    after = exported(folder)
    assert "1000" in after["f1"]["func"]
    assert {id: entry for id, entry in after.items() if id != "f1"} == {id: e for id, e in before.items() if id != "f1"}

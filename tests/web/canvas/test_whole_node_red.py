"""A plant of Node-RED with MQTT, HTTP, Modbus and a dashboard: dropped on the page, deployed, edited, shown."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import re
import socket
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page, expect

from flowengine.cli import cli
from flowengine.registry import Registry
from flowengine.rehearse.suite import run_tests
from flowengine.runtime.guard.desk import Act
from tests.plants.guarded_oven import oven
from tests.plants.modbus_slave import Slave
from tests.plants.mosquitto import LOOPBACK, Mosquitto
from tests.plants.mqtt_peer import Peer
from tests.plants.signed_envelope import write_envelope
from tests.web.canvas.conftest import Flows, OpenEditor, OpenPage, empty, folder_of
from tests.web.canvas.pointing import wait_for_flow
from tests.web.canvas.reading import wait_until
from tests.web.canvas.served import Served
from tests.web.canvas.test_deploying import deploy
from tests.web.canvas.test_nodered import dropped
from tests.web.patience import PATIENCE, until

FLOWS = (Path(__file__).parents[2] / "nodered" / "whole_plant.json").read_text()


def envelope(port: int) -> dict[str, Any]:
    """Return the limits of the register that the flow writes."""
    device = {"host": "127.0.0.1", "port": port, "timeout": 0.5}
    heater = {"connection": "oven-plc", "data_type": "uint16", "address": 20}
    write = {"type": "modbus/write", "options": heater, "range": [0, 2500], "writers": ["oven/heater"], "safe": 0}
    connections = {"oven-plc": {"type": "modbus/device", "options": device}}
    return {"flowengine": 1, "version": 1, "connections": connections, "outputs": {"heater": write}}


@pytest.fixture
def slave() -> Iterator[Slave]:
    """The oven's PLC, at 180.5 °C."""
    with oven() as made:
        made.bank.holding[10] = 1805
        yield made


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[int]:
    with Mosquitto(tmp_path) as made:
        yield made.port


@pytest.fixture
def flows() -> Flows:
    return {"empty": empty()}


@pytest.fixture
def plant_folder(tmp_path: Path, flows: Flows, users: Path, slave: Slave) -> Path:
    """A folder with an envelope, which OT has signed, and one flow with nothing in it."""
    folder = folder_of(tmp_path, flows, users)
    write_envelope(folder, envelope(slave.port))
    return folder


@pytest.fixture
def http() -> int:
    """A port that nothing else is given before the flow takes it: below those that systems hand out."""
    for port in random.sample(range(20_000, 32_000), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind((LOOPBACK, port))
            return port
    raise AssertionError("a hundred ports are taken")


@pytest.fixture
def server(plant_folder: Path, registry: Registry, canvas_build: None, http: int) -> Iterator[Served]:
    served = Served(plant_folder, registry, environment={"NODE_RED_HTTP_PORT": str(http)})
    served.start()
    yield served
    served.stop()


def posted_until(page: Page, peer: Peer, value: str, condition: Callable[[], bool]) -> None:
    """Wish for a temperature again and again, until it has come to something."""

    def wished() -> bool:
        if condition():
            return True
        peer.post("plant/oven/wanted", value)
        return False

    until(wished, lambda _: page.wait_for_timeout(100))


def asked(port: int) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/setpoint", timeout=PATIENCE) as answer:
        return json.load(answer)


def exported(folder: Path) -> dict[str, Any]:
    """Return the entries that go back to Node-RED, by id; the flow that was there before stays here."""
    back = folder.parent / "back.json"
    run = CliRunner().invoke(cli, ["export", "nodered", str(folder), "-o", str(back)])
    assert run.exit_code == 0, run.output
    return {each["id"]: each for each in json.loads(back.read_text()) if each.get("label") != "empty"}


def unmet(folder: Path, registry: Registry) -> list[str]:
    """Put a test beside the flow and run it, as `flowengine test` does; returns what did not hold."""
    feed = [{"node": "wanted", "at": 1, "every": 1, "values": [7, 500]}]
    expect = [{"node": "heater", "payloads": [70, 1000]}]
    case = {"name": "ten times, within the limit", "duration": 3, "feed": feed, "expect": expect}
    file = folder / "oven.test.json"
    file.write_text(json.dumps({"flowengine-test": 1, "tests": [case]}))
    with ThreadPoolExecutor(1) as apart:  # the browser's loop runs in this thread
        result = apart.submit(run_tests, [file], registry).result()
    assert len(result.outcomes) == 1
    return [*result.files[0].problems, *(str(each.error or each.unmet) for each in result.outcomes if not each.passed)]


def test_a_plant_is_dropped_on_the_page_runs_is_edited_tested_shown_to_operators_and_goes_back(
    editor: OpenEditor,
    open_page: OpenPage,
    server: Served,
    slave: Slave,
    broker: int,
    http: int,
    plant_folder: Path,
    registry: Registry,
    shot: Callable[[Page, str], None],
) -> None:
    text = FLOWS.replace("{MQTT}", str(broker)).replace("{MODBUS}", str(slave.port))
    page = editor("empty", role="admin")
    dropped(page, text)
    page.get_by_role("dialog", name="Import a flow").get_by_role("button", name="Read").click()
    dialog = page.get_by_role("dialog", name="Import from Node-RED: flows.json")
    expect(dialog.get_by_role("region", name="What becomes of it")).to_contain_text("the guard lets a write through")
    shot(page, "report")
    dialog.get_by_role("button", name="Open in the draft").click()
    expect(page.get_by_role("tab", name=re.compile("oven, not deployed"))).to_be_visible()
    deploy(page)
    server.do(lambda: asyncio.ensure_future(server.service.machines.act(Act(what="arm", by="anna"))))
    with Peer(broker, "plant/oven/temperature") as peer:
        posted_until(page, peer, "21.5", lambda: slave.bank.holding[20] == 215)
        assert json.loads(peer.next().payload) == 180.5
    wait_until(page, lambda: asked(http) == {"setpoint": 215})
    before = {each["id"]: each for each in json.loads(text)}
    assert exported(plant_folder) == before
    page.get_by_role("tab", name=re.compile("^oven,")).click()
    shot(page, "runs")

    page.evaluate("flowengine.view.getState().select('oven', {nodes: ['limit']})")
    page.evaluate("flowengine.view.getState().openDrawer('settings')")
    form = page.get_by_role("tabpanel", name="Settings")
    expect(form.get_by_label("Name", exact=True).first).to_have_value("limit")
    code = form.get_by_role("textbox", name="Func", exact=True)
    code.fill("msg.payload = Math.min(msg.payload, 1000); return msg;")
    code.blur()
    wait_for_flow(page, "oven", "doc.nodes.limit.options.func.includes('1000')")
    deploy(page)
    with Peer(broker) as peer:
        posted_until(page, peer, "240", lambda: slave.bank.holding[20] == 1000)
    shot(page, "edited")
    assert unmet(plant_folder, registry) == []

    operators = open_page("operator", "/dashboard")
    expect(operators.get_by_role("main")).to_contain_text("180.5")
    shot(operators, "pages")

    after = exported(plant_folder)
    assert "1000" in after["f1"]["func"]
    assert {**after, "f1": before["f1"]} == before

"""The demo's oven behind OT's envelope: a flow that would overheat it is refused, and where forced, stopped."""

from __future__ import annotations

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowengine.access.audit import audit_folder, entries
from flowengine.access.trust import read_trust
from flowengine.cli import cli
from flowengine.flow.file import from_data
from flowengine.registry import Registry
from flowengine.runtime import loop
from flowengine_demo.own_envelope import sign_own_envelope
from flowengine_demo.session import Session, Settings, flows_folder
from tests.fair import fairly, within
from tests.web.patience import PATIENCE


def overheating(name: str, plant: dict[str, Any]) -> dict[str, Any]:
    """Return a flow that heats for ever."""
    heater = {"connection": "plant", "unit": 1, "address": 20, "data_type": "float32", "engineering_unit": "%"}
    return {
        "flowengine": 1,
        "name": name,
        "connections": {"plant": plant},
        "nodes": {
            "full": {"type": "timing/every", "options": {"interval": 0.1, "send": "value", "value": 100}},
            "heater": {"type": "modbus/write", "options": heater},
        },
        "wires": [{"from": "full", "to": "heater"}],
    }


def plant_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "oven-control.json").read_text())["connections"]["plant"]
    return found


def test_a_flow_that_would_overheat_the_oven_is_refused_by_the_check(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    shutil.copytree(flows_folder(), flows, ignore=shutil.ignore_patterns(".*", "*.test.json"))
    (flows / "overheat.json").write_text(json.dumps(overheating("overheat", plant_of(flows)), indent=1))
    found = CliRunner().invoke(cli, ["check", str(flows)])
    assert found.exit_code == 1
    assert "the envelope does not let overheat/heater write 'heater'" in found.output


def test_where_it_is_forced_the_guard_stops_it_before_it_is_too_hot_and_an_alarm_says_why(tmp_path: Path) -> None:
    async def main(folder: Path) -> Path:
        settings = Settings(registry=Registry.discover(), state=folder, speed=10.0, door_every_s=None)
        async with Session(settings) as session:
            service, watch = session.service, session.watch

            def alarm(name: str) -> str:
                return next((one.text for one in service.alarms.look().alarms if one.name == name), "")

            def force(name: str) -> Any:
                return service.engine.deploy(service.plan(from_data(overheating(name, plant_of(service.folder)))))

            await within(PATIENCE, lambda: (watch.value("heater") or 0) > 0)
            assert (await service.machines.look())["signed_by"] == "ot-demo"
            assert [name for name in map(alarm, ("guard:heater/refused", "guard:heater/safe")) if name] == []

            await force("overheat")
            await within(PATIENCE, lambda: alarm("guard:heater/refused"))
            assert "overheat/heater is not among the writers of heater" in alarm("guard:heater/refused")

            await force("oven-control")  # the writer that OT lists, gone mad
            await within(PATIENCE, lambda: alarm("guard:heater/trip"))
            assert "the oven is hotter than 240 degC" in alarm("guard:heater/trip")
            look = await service.machines.look()
            while look["outputs"]["heater"]["told"] != 0:  # the whole test has a limit
                await asyncio.sleep(0.02)
                look = await service.machines.look()
            assert look["inputs"]["temperature"]["value"] < 260
        return folder

    folder = fairly(lambda number: loop.run(asyncio.wait_for(main(tmp_path / str(number)), 6 * PATIENCE)))
    record = entries(audit_folder(folder / "flows", folder / "engine"))
    armed = [entry for entry in record if entry.what == "guard-armed"]
    outputs = ("heater", "panel", "compressor-1", "compressor-2", "compressor-3")
    assert {(entry.who, entry.about) for entry in armed} == {("the demo", name) for name in outputs}


def test_the_demos_key_counts_in_its_own_folder_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant = tmp_path / "plant-trust.json"
    monkeypatch.setenv("FLOWENGINE_TRUST", str(plant))
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        shutil.copy(flows_folder() / "envelope.json", tmp_path / name)
        sign_own_envelope(tmp_path / name, tmp_path)
    assert not plant.exists()
    assert not list(tmp_path.rglob("*.sig"))
    monkeypatch.delenv("FLOWENGINE_TRUST")
    sign_own_envelope(tmp_path / "first", tmp_path)
    assert [key.name for key in read_trust(tmp_path / "trusted-keys.json").keys.values()] == ["ot-demo"]
    assert (tmp_path / "ot-demo.key").stat().st_mode & 0o077 == 0

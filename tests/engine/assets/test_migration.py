from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from flowengine.assets.migration import Draft, draft
from flowengine.assets.shape import AssetShape, ProductShape
from flowengine.cli import cli
from flowengine.flow.file import parse_flow
from flowengine.flow.project import Project, load_project
from flowengine.registry import Registry

REGISTRY = Registry.discover()
EXAMPLES = Path(__file__).parents[3] / "flows"
PART = AssetShape(kind="device", connection="plc", where={"unit": 3})


def made(
    options: dict[str, Any], old: dict[str, Any], new: dict[str, Any], **more: Any
) -> tuple[Draft, dict[str, Any]]:
    """Replace the device under one node; gives the draft and the node's new options."""
    flow: dict[str, Any] = {
        "flowengine": 1,
        "name": "f",
        "connections": {"plc": {"type": "modbus/device", "options": {"host": "10.0.0.5"}}},
        "nodes": {"reading": {"type": "modbus/read", "options": {"connection": "plc", "unit": 3, **options}}},
    }
    before, after = (ProductShape(vendor="Acme", model=name, registers=map) for name, map in (("A", old), ("B", new)))
    found = draft(Project.of(parse_flow(json.dumps(flow), "f.json")), REGISTRY, PART, before, after, **more)
    text = found.files.get("f.json")
    return found, (json.loads(text) if text else flow)["nodes"]["reading"]["options"]


def test_a_node_gets_the_place_of_the_same_register_in_the_new_device() -> None:
    old = {"t": {"address": 10, "data_type": "float32"}, "other": {"address": 12}}
    found, options = made(
        {"address": 10, "data_type": "float32", "topic": "t", "interval": 2},
        old,
        {"t": {"table": "input", "address": 110, "data_type": "int16", "scale": 0.1}},
    )
    assert options == {
        "connection": "plc",
        "unit": 3,
        "table": "input",
        "address": 110,
        "data_type": "int16",
        "scale": 0.1,
        "topic": "t",
        "interval": 2,
    }
    assert found.left == []


def test_what_is_in_neither_map_is_named_and_stays() -> None:
    found, options = made({"address": 11}, {"t": {"address": 10}}, {"t": {"address": 20}})
    assert found.left == ["f/reading: what it uses is not in the register map of Acme A"]
    assert options["address"] == 11
    found, _ = made({"address": 10}, {"t": {"address": 10}}, {"u": {"address": 20}})
    assert found.left == ["f/reading: Acme B has no register 't' in its map"]
    units = ({"address": 10, "engineering_unit": "degC"}, {"address": 20, "engineering_unit": "degF"})
    found, options = made({"address": 10}, {"t": units[0]}, {"t": units[1]})
    assert "has it in 'degF', the old one in 'degC'" in found.left[0]
    assert options["address"] == 10


def test_points_are_replaced_one_by_one_and_another_unit_is_another_device() -> None:
    points = {"a": {"address": 1}, "b": {"address": 2, "scale": 0.5}}
    registers = ({"a": {"address": 1}, "b": {"address": 2}}, {"a": {"address": 101}, "b": {"address": 102}})
    _, options = made({"points": points}, *registers)
    assert {name: point["address"] for name, point in options["points"].items()} == {"a": 101, "b": 102}
    assert options["points"]["b"]["scale"] == 0.5
    found, _ = made({"address": 1, "unit": 4}, *registers)
    assert (found.changes, found.left, found.files) == ([], [], {})


def flow_of(name: str, unit: int, own: bool) -> str:
    plc = {"connections": {"plc": {"type": "modbus/device", "options": {"host": "10.0.0.5"}}}} if own else {}
    options = {"connection": "plc", "unit": unit, "address": 1}
    nodes = {"reading": {"type": "modbus/read", "options": options}}
    return json.dumps({"flowengine": 1, "name": name, **plc, "nodes": nodes})


def moved(folder: Path, **flows: str) -> Draft:
    """Replace the device of unit 3 by one at another address."""
    shared = {"plc": {"type": "modbus/device", "options": {"host": "10.0.0.5"}}}
    (folder / "connections.json").write_text(json.dumps({"flowengine": 1, "connections": shared}))
    for name, text in flows.items():
        (folder / f"{name}.json").write_text(text)
    before, after = (ProductShape(vendor="A", model="m", registers={"t": {"address": at}}) for at in (1, 2))
    return draft(load_project(folder), REGISTRY, PART, before, after, {"host": "10.0.0.9"})


def test_an_address_changes_where_the_part_is_used_and_nowhere_else(tmp_path: Path) -> None:
    found = moved(tmp_path, a=flow_of("a", 3, True), b=flow_of("b", 4, True))
    assert sorted(found.files) == ["a.json"]
    assert json.loads(found.files["a.json"])["connections"]["plc"]["options"]["host"] == "10.0.0.9"
    assert found.left == []


def test_a_shared_connection_changes_where_the_part_is_alone_on_it(tmp_path: Path) -> None:
    found = moved(tmp_path, a=flow_of("a", 3, False), b=flow_of("b", 4, True))
    assert sorted(found.files) == ["a.json", "connections.json"]
    assert found.left == []


def test_a_connection_that_leads_to_other_devices_too_stays_and_is_named(tmp_path: Path) -> None:
    found = moved(tmp_path, a=flow_of("a", 3, False), b=flow_of("b", 4, False))
    assert sorted(found.files) == ["a.json"]
    (said,) = found.left
    assert said.startswith("connections.json: 'plc' leads to other devices, too, as for b/reading: ")


FACTORS = st.sampled_from([0.01, 0.1, 0.5, 1.0, 2.0, 10.0])
OFFSETS = st.sampled_from([-40.0, 0.0, 5.0])


@given(FACTORS, OFFSETS, FACTORS, OFFSETS, FACTORS, OFFSETS, st.floats(-1000, 1000))
def test_a_node_gives_the_same_value_from_the_new_register(
    s: float, o: float, s_new: float, o_new: float, mine: float, added: float, value: float
) -> None:
    old, new = {"address": 1, "scale": s, "offset": o}, {"address": 2, "scale": s_new, "offset": o_new}
    _, options = made({"address": 1, "scale": mine, "offset": added}, {"t": old}, {"t": new})
    before = (value - o) / s * mine + added
    after = (value - o_new) / s_new * options.get("scale", 1.0) + options.get("offset", 0.0)
    assert after == pytest.approx(before, rel=1e-9, abs=1e-6)


def test_the_example_oven_gets_another_controller_and_its_tests_still_pass(tmp_path: Path) -> None:
    flows = tmp_path / "flows"
    flows.mkdir()
    for name in ("alarm", "warmed-up", "oven-control", "oven-control.test", "connections", "assets"):
        shutil.copy(EXAMPLES / f"{name}.json", flows)
    out = tmp_path / "draft"
    arguments = ["migrate", str(flows), "oven-controller", "ct-60", "-o", str(out), "--set", "host=10.0.0.9"]
    run = CliRunner().invoke(cli, arguments)
    assert run.exit_code == 0, run.output
    assert "changed  oven-control/heat-output: scale 0.06 -> 0.006" in run.output
    assert " passed in " in run.output
    assert "failed" not in run.output
    drafted = json.loads((out / "oven-control.json").read_text())
    assert drafted["nodes"]["heater"]["options"]["address"] == 200
    assert drafted["connections"]["plant"]["options"]["host"] == "10.0.0.9"
    assert json.loads((flows / "oven-control.json").read_text())["nodes"]["heater"]["options"]["address"] == 20
    assert CliRunner().invoke(cli, arguments).exit_code == 2  # the draft is there already


@pytest.mark.parametrize(
    ("part", "product", "said"),
    [
        ("nobody", "ct-60", "there is no part 'nobody'"),
        ("oven-controller", "nothing", "there is no product 'nothing'"),
        ("oven", "ct-60", "has no connection"),
        ("press-controller", "ct-60", "has no register map"),
    ],
)
def test_what_cannot_be_drafted_says_why(part: str, product: str, said: str, tmp_path: Path) -> None:
    run = CliRunner().invoke(cli, ["migrate", str(EXAMPLES), part, product, "-o", str(tmp_path / "x")])
    assert run.exit_code == 2
    assert said in run.output

# ruff: noqa: E501 - a flow reads better with a node on a line
"""Flows of Node-RED become flow files, and flow files become flows of Node-RED again."""

from __future__ import annotations

import contextlib
import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowengine.cli import cli
from flowengine.flow.check import check_project
from flowengine.flow.problem import errors
from flowengine.flow.project import Project
from flowengine.nodered.conversion import Conversion, Wishes, convert
from flowengine.nodered.entries import NotNodeRed, parse
from flowengine.nodered.exporting import export
from flowengine.nodered.project import Origin, without_secrets
from flowengine.nodered.secrets import WrongKey, decrypt
from flowengine.registry import Registry
from tests.steps import growth

PLANT = json.loads((Path(__file__).parent / "plant.json").read_text())


def project_of(made: Conversion) -> Project:
    return Project.of(*made.flows.values(), connections=made.connections)


def back(entries: list[Any], registry: Registry) -> list[Any]:
    made = convert(entries, registry)
    found, _ = export(project_of(made), [Origin(without_secrets(entries), Wishes(), made.credentials)], registry)
    return found


def test_tabs_subflows_and_configuration_become_files_with_readable_names(registry: Registry) -> None:
    made = convert(PLANT, registry)
    assert set(made.flows) == {"oven-ueberwachung", "other", "scale-it"}
    oven = made.flows["oven-ueberwachung"]
    assert {"temp", "gain-3", "limit", "plc", "to-alarm", "alarm", "out", "catch", "ask"} <= set(oven.nodes)
    assert oven.nodes["gain-3"].type == "flow/scale-it"
    assert oven.nodes["ask"].disabled
    assert made.flows["other"].disabled
    assert oven.layout["temp"] == [140, 75]  # nodes here are larger
    assert oven.layout["$group:grp"] == {"nodes": ["out"]}
    assert oven.layout["$note:hello"]["text"] == "Hello\nnote"
    assert made.connections["plant"].type == "mqtt/broker"


def test_what_was_imported_passes_the_check_of_flow_files(registry: Registry) -> None:
    made = convert(PLANT, registry)
    problems = errors(check_project(project_of(made), registry, {}, made.secrets.get))
    assert [str(problem) for problem in problems] == []


def test_links_within_a_tab_are_wires_and_those_to_another_tab_are_named(registry: Registry) -> None:
    oven = convert(PLANT, registry).flows["oven-ueberwachung"]
    assert ("to-alarm", "alarm") in {(wire.source, wire.target) for wire in oven.wires}
    assert oven.nodes["to-alarm"].options["links"] == ["other.alarm"]


def test_unknown_nodes_are_placeholders_that_keep_their_configuration_and_say_what_is_nearest(
    registry: Registry,
) -> None:
    made = convert(PLANT, registry)
    plc = made.flows["oven-ueberwachung"].nodes["plc"]
    assert plc.type == "nodered/unknown"
    assert plc.options["configuration"] == {"adr": "10", "quantity": "2", "server": "mc"}
    finding = next(each for each in made.report.findings if each.node == "plc")
    assert (finding.level, finding.hint) == ("placeholder", "nearest: modbus/read with several points")


def test_credentials_become_secrets_that_no_file_holds(registry: Registry) -> None:
    made = convert(PLANT, registry)
    assert made.connections["plant"].options["password"] == "${secret:plant-password}"
    assert made.secrets["plant-password"] == "secret!"
    assert "secret!" not in repr(made.flows) + repr(made.connections) + made.report.text() + repr(made.report.as_dict())


def test_a_loop_is_reported_with_the_wire_and_the_two_ways_out_of_it(registry: Registry) -> None:
    loop = [
        {"id": "a", "type": "function", "func": "return msg", "wires": [["b"]]},
        {"id": "b", "type": "delay", "wires": [["a"]]},
    ]
    made = convert(loop, registry)
    finding = next(each for each in made.report.findings if each.level == "loop")
    assert "delay.1 -> function" in finding.text
    assert "feedback" in finding.hint
    assert "--asynchronous" in finding.hint


def test_in_node_reds_order_a_loop_runs_over_a_pair_of_links(registry: Registry) -> None:
    loop = [
        {"id": "a", "type": "function", "func": "return msg", "wires": [["b"]]},
        {"id": "b", "type": "delay", "wires": [["a"]]},
    ]
    made = convert(loop, registry, Wishes(asynchronous=True))
    assert not errors(check_project(project_of(made), registry))
    assert {"back-to-function", "jump-to-function"} <= set(made.flows["flow"].nodes)


def test_an_encrypted_credentials_file_is_read_with_its_key_and_no_other() -> None:
    sealed = (Path(__file__).parent / "plant_cred.json").read_bytes()
    assert decrypt(sealed, "the key")["b1"] == {"user": "u", "password": "secret!"}
    with pytest.raises(WrongKey):
        decrypt(sealed, "another")
    with pytest.raises(WrongKey):
        decrypt(sealed, "")


def test_what_was_not_changed_is_exported_as_it_came(registry: Registry) -> None:
    assert back(PLANT, registry) == without_secrets(PLANT)


def test_what_was_changed_is_exported_as_it_is_now(registry: Registry, tmp_path: Path) -> None:
    source, folder = tmp_path / "flows.json", tmp_path / "flows"
    source.write_text(json.dumps(PLANT))
    run = CliRunner().invoke(cli, ["import", "nodered", str(source), "-o", str(folder)])
    assert run.exit_code == 1, run.output  # placeholders are in it
    assert "nearest: modbus/read" in run.output
    path = folder / "oven-ueberwachung.json"
    flow = json.loads(path.read_text())
    flow["nodes"]["limit"]["options"]["checkall"] = "false"
    flow["nodes"]["extra"] = {"type": "nodered/debug", "options": {"name": "extra"}}
    flow["wires"].append({"from": "temp.1", "to": "extra"})
    flow["layout"]["temp"] = [14, 30]
    del flow["nodes"]["ask"]
    path.write_text(json.dumps(flow))
    out = tmp_path / "back.json"
    run = CliRunner().invoke(cli, ["export", "nodered", str(folder), "-o", str(out)])
    assert run.exit_code == 0, run.output
    entries = {entry["id"]: entry for entry in json.loads(out.read_text())}
    extra = next(entry for entry in entries.values() if entry.get("name") == "extra")
    assert (extra["type"], extra["z"]) == ("debug", "t1")
    assert entries["sw"]["checkall"] == "false"
    assert entries["mi"]["wires"] == [["i1", extra["id"]]]
    assert (entries["mi"]["x"], entries["mi"]["y"]) == (10, 20)
    assert "hr" not in entries
    assert entries["ui"] == next(entry for entry in PLANT if entry["id"] == "ui")


def test_a_folder_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    source, folder = tmp_path / "flows.json", tmp_path / "flows"
    source.write_text('[{"id": "a", "type": "inject", "wires": []}]')
    for wanted in (0, 1):
        run = CliRunner().invoke(cli, ["import", "nodered", str(source), "-o", str(folder)])
        assert run.exit_code == wanted


# --- hostile files ---

TEXT = st.text(max_size=12) | st.sampled_from(
    ["__proto__", "constructor", "<script>alert(1)</script>", "../../x", "${HOME}"]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
IDS = st.sampled_from(["a", "b", "c", "d", "t1", "sf", "g1"])
TYPES = st.sampled_from(
    ["tab", "subflow", "group", "comment", "inject", "function", "switch", "link in", "link out", "link call", "catch",
     "subflow:sf", "subflow:a", "mqtt-broker", "mqtt in", "http request", "junction", "no such", "global-config", "join"]
)  # fmt: skip
KEYS = st.sampled_from(
    ["name", "wires", "z", "links", "scope", "rules", "outputs", "env", "in", "out", "status", "d", "x", "y", "g", "nodes",
     "broker", "func", "libs", "info", "label", "credentials", "disabled", "mode", "property", "repeat", "port", "props"]
)  # fmt: skip
ENTRIES = st.fixed_dictionaries({"id": IDS | JSON, "type": TYPES | JSON}).flatmap(
    lambda entry: st.dictionaries(KEYS, JSON | st.lists(st.lists(IDS, max_size=3), max_size=3) | IDS, max_size=8).map(
        lambda rest: {**rest, **entry}
    )
)


@settings(max_examples=150)
@example([{"id": "a", "type": "inject", "z": "a"}])
@given(st.lists(ENTRIES | JSON, max_size=8))
def test_any_list_ends_with_a_report_and_is_exported_as_it_came(values: list[Any]) -> None:
    registry = _registry()
    made = convert(values, registry)
    assert made.report.text()
    json.dumps(made.report.as_dict())
    check_project(project_of(made), registry)
    assert back(values, registry) == without_secrets(values)


@settings(max_examples=100)
@given(
    st.binary(max_size=200) | st.integers(0, len(json.dumps(PLANT)) - 1).map(lambda n: json.dumps(PLANT)[:n].encode())
)
def test_any_bytes_are_read_or_refused_in_words(data: bytes) -> None:
    with contextlib.suppress(NotNodeRed):
        convert(parse(data), _registry())


def brought_over(count: int, registry: Registry) -> int:
    """Bring a line of so many nodes over; returns how many came."""
    line = [{"id": f"n{i}", "type": "junction", "z": "t", "wires": [[f"n{i + 1}"]]} for i in range(count)]
    return convert(line, registry).report.counts["nodes"]


def test_each_of_many_nodes_is_brought_over_as_soon_as_one_of_few(registry: Registry) -> None:
    assert growth(lambda count: brought_over(count, registry), 250, 1000) < 1.1


@pytest.mark.timed
def test_a_hundred_thousand_nodes_are_brought_over_in_time(registry: Registry) -> None:
    began = time.process_time()
    assert brought_over(100_000, registry) == 100_000
    assert time.process_time() - began < 20


def test_a_node_without_its_connection_is_a_placeholder_and_the_rest_of_its_flow_runs(registry: Registry) -> None:
    nodes = [
        {"id": "none", "type": "mqtt in", "topic": "a", "broker": "", "wires": [["d"]]},
        {"id": "gone", "type": "mqtt out", "topic": "a", "broker": "b9", "wires": []},
        {"id": "d", "type": "debug", "wires": []},
    ]
    made = convert(nodes, registry)
    assert not errors(check_project(project_of(made), registry))
    texts = {each.id: (each.level, each.text) for each in made.report.findings}
    assert texts["none"] == ("placeholder", "'broker' names no configuration node")
    assert texts["gone"] == ("placeholder", "'broker' names the configuration node b9, which is not in the file")
    assert not made.unknown
    assert back(nodes, registry) == nodes


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b" \n", "it is empty"),
        (b'[{"id": "a",\n "type": "tab"', "it ends in the middle, at line 2"),
        (b'[{"id": "a", "name": "cut', "it ends in the middle, at line 1"),
        (b"[1 2]", "not JSON: Expecting ',' delimiter"),
        ("[é]".encode("latin-1"), "it is no text in UTF-8"),
        (b'{"$": "5f4d"}', "these are the credentials"),
        (b'{"name": "x"}', "this is an object"),
        (b"null", "this is null"),
        (b"5", "this is a number"),
        (b'[{"x": NaN}]', "NaN is not JSON"),
    ],
)
def test_what_is_no_flows_json_is_refused_with_what_it_is_and_what_to_do(given: bytes, words: str) -> None:
    with pytest.raises(NotNodeRed, match=re.escape(words)):
        parse(given)


def test_deep_nesting_is_refused_in_words() -> None:
    with pytest.raises(NotNodeRed, match="nested"):
        parse("[" * 100_000 + "]" * 100_000)
    deep: Any = []
    for _ in range(200):
        deep = [deep]
    made = convert([{"id": "a", "type": "function", "func": deep}], _registry())
    assert made.report.has("error")


_known: list[Registry] = []


def _registry() -> Registry:
    if not _known:
        _known.append(Registry.discover())
    return _known[0]

# ruff: noqa: E501 - a flow reads better with a node on a line
"""Subflows of Node-RED: variables, contexts, failures and states of each instance."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from tests.nodered.comparing import Bench

CODE = "msg.payload = [env.get('A'), env.get('B'), flow.get('n') || 0]; flow.set('n', (flow.get('n') || 0) + 1); if (msg.bad) throw new Error('bad'); node.status({fill: 'red', shape: 'dot', text: 'in'}); return [msg, {payload: 'state'}];"
FLOW: list[dict[str, Any]] = [
    {"id": "t", "type": "tab", "label": "t", "env": [{"name": "B", "value": "7", "type": "num"}]},
    {"id": "s", "type": "subflow", "name": "sub", "env": [{"name": "A", "value": "own", "type": "str"}],
     "in": [{"wires": [{"id": "fn"}]}], "out": [{"wires": [{"id": "fn", "port": 0}]}], "status": {"wires": [{"id": "fn", "port": 1}]}},
    {"id": "fn", "z": "s", "type": "function", "func": CODE, "outputs": 2, "wires": [[], []]},
    {"id": "one", "z": "t", "type": "subflow:s", "name": "first", "env": [{"name": "A", "value": "true", "type": "bool"}], "wires": [["h"]]},
    {"id": "two", "z": "t", "type": "subflow:s", "name": "", "wires": [["h"]]},
    {"id": "c", "z": "t", "type": "catch", "scope": None, "wires": [["hc"]]},
    {"id": "st", "z": "t", "type": "status", "scope": ["one"], "wires": [["hs"]]},
    *({"id": id, "z": "t", "type": "junction", "wires": []} for id in ("h", "hc", "hs")),
]  # fmt: skip


@pytest.fixture
def loaded(bench: Bench) -> Bench:
    bench.send(op="load", flows=FLOW, tap=["h", "hc", "hs", "one"], clock="virtual")
    assert list(bench.until("loaded", "error"))[-1]["event"] == "loaded"
    return bench


def given(bench: Bench, node: str, **msg: Any) -> dict[str, list[dict[str, Any]]]:
    bench.send(op="inject", node=node, msg=msg)
    bench.send(op="advance", seconds=0.01, req=1)
    found: dict[str, list[dict[str, Any]]] = {}
    for each in bench.until("reply"):
        if each["event"] == "msg":
            found.setdefault(each["node"], []).append(each["msg"])
    return found


def test_an_instance_has_variables_of_its_own_before_those_of_the_subflow_and_the_tab(loaded: Bench) -> None:
    assert given(loaded, "one")["h"][0]["payload"] == [True, 7, 0]
    assert given(loaded, "two")["h"][0]["payload"] == ["own", 7, 0]


def test_each_instance_has_a_flow_context_of_its_own(loaded: Bench) -> None:
    assert [given(loaded, "one")["h"][0]["payload"][2] for _ in range(3)] == [0, 1, 2]
    assert given(loaded, "two")["h"][0]["payload"][2] == 0


def test_what_fails_inside_is_caught_outside_as_a_failure_of_the_node_in_that_instance(loaded: Bench) -> None:
    (caught,) = given(loaded, "one", bad=True)["hc"]
    assert caught["error"]["source"] == {"id": "one-fn", "type": "function", "name": "", "count": 1}


def test_the_state_of_an_instance_is_what_comes_to_the_subflows_status(loaded: Bench) -> None:
    states = [each["status"]["text"] for each in given(loaded, "one")["hs"]]
    assert "state" in states


def test_variables_and_states_are_nodes_of_the_flow_file(registry: Registry) -> None:
    flow = convert(FLOW, registry).flows["sub"]
    assert flow.nodes["environment"].type == "nodered/environment"
    assert flow.nodes["environment"].options["given"] == "${parameter:given}"
    assert flow.nodes["status"].type == "nodered/subflow-status"


def test_a_configuration_node_that_there_is_none_for_is_kept(registry: Registry) -> None:
    made = convert([{"id": "a", "type": "s7 endpoint", "name": "PLC", "address": "10.0.0.1"}], registry)
    assert made.connections["plc"].type == "nodered/configuration"
    assert made.connections["plc"].options["configuration"] == {"address": "10.0.0.1"}

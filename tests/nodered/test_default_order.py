# ruff: noqa: E501 - a flow reads better with a node on a line
"""Imported flows in the order of this engine: results go on at once, branch by branch."""

from __future__ import annotations

from typing import Any

from flowengine.flow.file import to_data
from flowengine.nodered.conversion import Wishes, convert
from flowengine.registry import Registry
from tests.nodered.comparing import Bench

FLOW: list[dict[str, Any]] = [
    {"id": "t", "type": "tab", "label": "t"},
    {"id": "sf", "type": "subflow", "name": "sub", "in": [{"wires": [{"id": "fn"}]}], "out": [{"wires": [{"id": "fn", "port": 0}]}], "env": [{"name": "G", "type": "num", "value": "2"}]},
    {"id": "fn", "z": "sf", "type": "function", "func": "if (msg.payload < 0) throw new Error('neg'); msg.payload *= env.get('G'); return msg", "outputs": 1, "wires": [[]]},
    {"id": "a", "z": "t", "type": "switch", "name": "start", "property": "payload", "rules": [{"t": "gte", "v": "-10", "vt": "num"}], "wires": [["i", "lo"]]},
    {"id": "i", "z": "t", "type": "subflow:sf", "name": "twice", "env": [{"name": "G", "type": "num", "value": "3"}], "wires": [["end"]]},
    {"id": "lo", "z": "t", "type": "link out", "name": "over", "links": ["li"], "wires": []},
    {"id": "li", "z": "t", "type": "link in", "name": "there", "links": ["lo"], "wires": [["call"]]},
    {"id": "call", "z": "t", "type": "link call", "name": "ask", "links": ["q"], "linkType": "static", "timeout": "5", "wires": [["end"]]},
    {"id": "q", "z": "t", "type": "link in", "name": "answer", "links": [], "wires": [["f2"]]},
    {"id": "f2", "z": "t", "type": "function", "name": "plus", "func": "setTimeout(() => { msg.payload += 100; node.send(msg); }, 50);", "outputs": 1, "wires": [["back"]]},
    {"id": "back", "z": "t", "type": "link out", "mode": "return", "name": "back", "links": [], "wires": []},
    {"id": "c", "z": "t", "type": "catch", "name": "caught", "scope": None, "wires": [["end"]]},
    {"id": "end", "z": "t", "type": "junction", "name": "end", "wires": []},
]  # fmt: skip


def arrived(bench: Bench, registry: Registry, wishes: Wishes, *payloads: float) -> list[dict[str, Any]]:
    made = convert(FLOW, registry, wishes)
    flows = {name: to_data(flow) for name, flow in made.flows.items()}
    bench.send(op="load", flow=flows["t"], siblings=[flows["sub"]], tap=["end"], clock="virtual")
    assert list(bench.until("loaded", "error"))[-1]["event"] == "loaded"
    for payload in payloads:
        bench.send(op="inject", node="start", msg={"payload": payload})
    bench.send(op="advance", seconds=1, req=1)
    return [each["msg"] for each in bench.until("reply") if each["event"] == "msg"]


def test_subflows_links_calls_and_catch_nodes_work_in_this_order_too(bench: Bench, registry: Registry) -> None:
    found = arrived(bench, registry, Wishes(), 1)
    assert [each["payload"] for each in found] == [3, 101]
    failed = arrived(bench, registry, Wishes(), -1)
    assert [each["payload"] for each in failed] == [-1, 99]
    assert failed[0]["error"]["source"]["id"].startswith("twice-")


def test_nodes_of_our_own_stand_in_only_where_nobody_hears_of_them(registry: Registry) -> None:
    assert convert(FLOW, registry, Wishes(native=True)).flows["t"].nodes["start"].type == "nodered/switch"
    quiet = [entry for entry in FLOW if entry["type"] != "catch"]
    flow = convert(quiet, registry, Wishes(native=True)).flows["t"]
    assert flow.nodes["start"].type == "routing/switch"
    assert flow.nodes["start"].options == {"rules": [{"operator": "gte", "value": -10}]}

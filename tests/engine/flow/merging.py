"""A flow, and what people do to it on two sides of a merge."""

from __future__ import annotations

import copy
from typing import Any

from flowengine.flow.canonical import format_flow
from flowengine.flow.file import parse_flow
from flowengine.flow.merge import Merged, merge

Flow = dict[str, Any]


def base() -> Flow:
    return {
        "flowengine": 1,
        "name": "oven",
        "note": "Hold the heat",
        "environment": {"HOST": "10.0.0.1"},
        "connections": {"oven": {"type": "modbus/device", "options": {"host": "${HOST}", "port": 502}}},
        "nodes": {
            "read": {"type": "modbus/read", "options": {"connection": "oven", "address": 10}},
            "hold": {"type": "control/pid", "options": {"setpoint": 180, "limits": {"low": 0, "high": 100}}},
            "heat": {"type": "modbus/write", "options": {"connection": "oven", "address": 20}},
            "show": {"type": "debug/log"},
        },
        "wires": [
            {"from": "read", "to": "hold"},
            {"from": "hold", "to": "heat"},
            {"from": "hold", "to": "show"},
        ],
        "layout": {"read": [0, 0], "hold": [200, 0], "heat": [400, 0], "show": [400, 100]},
    }


def both(ours: Any, theirs: Any) -> Merged:
    """Merge what two functions do to the same flow; whatever comes out is a flow file."""
    sides = []
    for change in (ours, theirs):
        data = base()
        change(data)
        sides.append(data)
    before = copy.deepcopy(sides)
    merged = merge(base(), *sides)
    assert sides == before, "what is merged must not be changed"
    assert parse_flow(format_flow(merged.data), "oven.json").problems == []
    return merged


def clean(ours: Any, theirs: Any) -> Flow:
    merged = both(ours, theirs)
    assert merged.conflicts == []
    return merged.data


def option(node: str, name: str, value: Any) -> Any:
    return lambda data: data["nodes"][node]["options"].update({name: value})


def rename(old: str, new: str) -> Any:
    def change(data: Flow) -> None:
        data["nodes"] = {new if key == old else key: node for key, node in data["nodes"].items()}
        data["wires"] = [{key: new if end == old else end for key, end in wire.items()} for wire in data["wires"]]
        data["layout"] = {new if key == old else key: place for key, place in data["layout"].items()}

    return change


def remove(node: str) -> Any:
    def change(data: Flow) -> None:
        del data["nodes"][node], data["layout"][node]
        data["wires"] = [wire for wire in data["wires"] if node not in (wire["from"], wire["to"])]

    return change


def add(name: str, *wires: Flow) -> Any:
    def change(data: Flow) -> None:
        data["nodes"][name] = {"type": "debug/log"}
        data["wires"] += wires

    return change


def move(node: str, x: int) -> Any:
    return lambda data: data["layout"].update({node: [x, 0]})


def nothing(data: Flow) -> None:
    pass

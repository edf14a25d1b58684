"""Flows that show something while they are looked at: floods, trips, ways of a message."""

from __future__ import annotations

from typing import Any

from tests.web.canvas.conftest import line


def flood() -> dict[str, Any]:
    """A flow that sends 5,000 messages a second to a debug node once its button is pressed."""
    return {
        "flowengine": 1,
        "name": "flood",
        "nodes": {
            "go": {
                "type": "timing/inject",
                "options": {"send": "value", "value": {"temps": [21, 22], "state": "open"}},
            },
            "tick": {"type": "sources/signal", "options": {"interval": 0.0002}},
            "gate": {
                "type": "routing/switch",
                "options": {"rules": [{"operator": "gte", "value": -1e9, "port": "all"}]},
            },
            "log": {"type": "debug/log", "options": {"level": "off"}},
            "seen": {"type": "debug/log", "options": {"level": "off"}},
        },
        "wires": [
            {"from": "tick", "to": "gate"},
            {"from": "gate.all", "to": "log"},
            {"from": "go", "to": "seen"},
        ],
        "layout": {"tick": [80, 80], "gate": [320, 80], "log": [560, 80], "go": [80, 180], "seen": [320, 180]},
    }


def trip() -> dict[str, Any]:
    """A flow whose limit trips when one button is pressed and clears by the other."""
    return {
        "flowengine": 1,
        "name": "trip",
        "nodes": {
            "hot": {"type": "timing/inject", "options": {"send": "value", "value": 300}},
            "cold": {"type": "timing/inject", "options": {"send": "value", "value": 20}},
            "break": {"type": "timing/inject", "options": {"send": "value", "value": 300}},
            "limit": {"type": "control/limit", "options": {"high": 230, "latching": False}},
            "log": {"type": "debug/log", "options": {"level": "off"}},
            "bad": {"type": "values/expression", "options": {"expression": "payload.missing.deep + 1"}},
        },
        "wires": [
            {"from": "hot", "to": "limit"},
            {"from": "cold", "to": "limit"},
            {"from": "limit.ok", "to": "log"},
            {"from": "break", "to": "bad"},
        ],
        "layout": {
            "hot": [80, 80],
            "cold": [80, 180],
            "limit": [320, 80],
            "log": [560, 80],
            "break": [80, 280],
            "bad": [320, 280],
        },
    }


def two_ways() -> dict[str, Any]:
    """The flow of the other tests, with a button whose message goes to a debug node by two ways."""
    flow = line()
    flow["nodes"]["button"]["options"] = {"send": "value", "value": {"temps": [21, 22], "state": "open"}}
    flow["nodes"]["seen"] = {"type": "debug/log", "options": {"level": "off"}}
    flow["nodes"]["temp"] = {"type": "values/expression", "options": {"expression": "payload.temps[0]"}}
    flow["wires"] = [
        {"from": "tick", "to": "double"},
        {"from": "double", "to": "log"},
        {"from": "button", "to": "temp"},
        {"from": "temp", "to": "seen"},
        {"from": "button", "to": "seen"},
    ]
    flow["nodes"]["log"]["options"] = {"level": "off"}
    return flow


def bordered() -> list[dict[str, Any]]:
    """A flow with an instance of a subflow in the middle, and that subflow."""
    inner = {"type": "values/expression", "options": {"expression": "payload + 1"}}
    doors = {"inputs": {"in": ["first"]}, "outputs": {"out": ["last"]}}
    part = {"subflow": doors, "nodes": {"first": inner, "last": inner}}
    nodes = {
        "button": {"type": "timing/inject", "options": {"value": 7}},
        "zone": {"type": "flow/part"},
        "seen": {"type": "debug/log", "options": {"level": "off"}},
        "aside": {"type": "debug/log", "options": {"level": "off"}},
        "never": {"type": "timing/inject", "options": {"value": 8}},
    }
    wires = [("button", "zone"), ("zone", "seen"), ("never", "zone"), ("zone", "aside")]
    return [
        {"flowengine": 1, "name": "part", **part, "wires": [{"from": "first", "to": "last"}]},
        {"flowengine": 1, "name": "outer", "nodes": nodes, "wires": [{"from": a, "to": b} for a, b in wires]},
    ]

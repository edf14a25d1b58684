"""The plant that `hostile.py` attacks: four outputs with limits, the flow that may write them, and one that may not."""

from __future__ import annotations

import random
from typing import Any

CONNECTION: dict[str, Any] = {"type": "modbus/device", "options": {"host": "127.0.0.1", "timeout": 0.5}}
PLACES: dict[str, dict[str, Any]] = {
    "heater": {"address": 20, "data_type": "float32"},
    "valve": {"address": 24, "data_type": "float32"},
    "speed": {"address": 30, "data_type": "int16"},
    "lamp": {"table": "coil", "address": 3},
}
NONSENSE: tuple[Any, ...] = (
    *(-1, 101, 100.0001, -0.0, 1e308, float("nan"), float("inf"), -float("inf"), 2**63, 10**30, 5e-324, True, False),
    *(None, "", "50", "0x10", "\x00", b"\x00\xff", [], [1, 2], [50] * 200, {}, {"value": 5}, {"payload": 50}),
)


def connections(port: int, **more: Any) -> dict[str, Any]:
    """Return the connection, alike in the flow and in the envelope."""
    return {"plc": {**CONNECTION, "options": {**CONNECTION["options"], "port": port, **more}}}


def envelope(port: int, wide: bool = False) -> dict[str, Any]:
    """Return OT's limits; `wide`: those that an attacker would like."""
    limits: dict[str, dict[str, Any]] = {
        "heater": {"range": [0, 100], "clamp": True, "watchdog": 0.5, "writers": ["oven/heater"], "safe": 7},
        "valve": {
            "range": [-5, 5],
            "rate": 2,
            "interval": 0.05,
            "clamp": True,
            "writers": ["oven/valve", "oven/speed"],
            "safe": 0,
        },
        "speed": {"range": [0, 50], "writers": ["oven/*"], "safe": 5},
        "lamp": {"writers": ["*/*"], "safe": False},
    }
    if wide:
        limits = {name: {**one, "writers": ["*/*"]} for name, one in limits.items()}
        limits["heater"]["range"] = limits["valve"]["range"] = [-9999, 9999]
    outputs = {
        name: {"type": "modbus/write", "options": {"connection": "plc", **place}, "group": "oven", **limits[name]}
        for name, place in PLACES.items()
    }
    return {"flowengine": 1, "version": 5, "connections": connections(port), "outputs": outputs}


def oven(port: int) -> dict[str, Any]:
    """Return the flow that may write: it does so far beyond what may be, too; and it has a control for operators."""
    nodes: dict[str, Any] = {
        "tick": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}},
        "wild": {"type": "values/expression", "options": {"expression": "(payload * 7919) % 400 - 150"}},
        "knob": {"type": "dashboard/slider", "options": {"low": -1000, "high": 1000}},
        "button": {"type": "timing/inject", "options": {"value": 5000}},
    }
    wires = [{"from": "tick", "to": "wild"}]
    for name, place in PLACES.items():
        nodes[name] = {"type": "modbus/write", "options": {"connection": "plc", **place}}
        wires += [{"from": source, "to": name} for source in ("wild", "knob", "button")]
    return {"flowengine": 1, "name": "oven", "connections": connections(port), "nodes": nodes, "wires": wires}


def evil(port: int, rng: random.Random) -> dict[str, Any]:
    """Return a flow that may write nothing but the lamp: other places, other types, other ways to the same device."""
    odd: list[dict[str, Any]] = [
        *PLACES.values(),
        {"address": rng.randrange(60), "data_type": rng.choice(("int16", "uint16", "float32", "int32", "float64"))},
        {"address": 20, "data_type": "int16"},
        {"address": 21, "data_type": "uint16"},
        {"table": "coil", "address": rng.randrange(60)},
    ]
    nodes: dict[str, Any] = {
        "tick": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}},
        "wild": {"type": "values/expression", "options": {"expression": "(payload * 104729) % 300 - 100"}},
    }
    for number, place in enumerate(odd):
        nodes[f"w{number}"] = {"type": "modbus/write", "options": {"connection": "plc", **place}}
    wires = [{"from": "tick", "to": "wild"}, *({"from": "wild", "to": f"w{number}"} for number in range(len(odd)))]
    more = {"timeout": 0.6} if rng.random() < 0.3 else {}
    return {"flowengine": 1, "name": "evil", "connections": connections(port, **more), "nodes": nodes, "wires": wires}

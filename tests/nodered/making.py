# ruff: noqa: E501 - one case a line reads better
"""How cases are made: a node under test, what leads to it, what is behind it."""

from __future__ import annotations

import random
from typing import Any

Case = dict[str, Any]


NOTHING: Any = object()


VALUES: list[Any] = [
    0, 1, -1, 1.5, -0.5, 7, 10, 99.999, 1e21, 1e-7, 123456789, "", "a", "abc", "ABC", "10", "1", "0", " 5 ", "0x1F", "true",
    "false", "null", "1,2", "a\nb", "a,b;c", "ünïcödé", "<b>&\"'", True, False, None, [], [1, 2, 3], ["b", "a"], [[1], [2]],
    {}, {"a": 1}, {"a": {"b": [1, 2]}}, {"name": "x", "value": 3}, {"type": "Buffer", "data": [104, 105]}, NOTHING,
]  # fmt: skip


TOPICS: list[Any] = ["t1", "t2", "a/b", "", NOTHING, NOTHING]


def msg(pick: random.Random, value: Any = NOTHING, **more: Any) -> dict[str, Any]:
    made = {"payload": pick.choice(VALUES) if value is NOTHING else value, "topic": pick.choice(TOPICS), **more}
    return {key: inner for key, inner in made.items() if inner is not NOTHING}


def case(name: str, node: dict[str, Any], messages: list[dict[str, Any]], outputs: int = 1, **more: Any) -> Case:
    """Return a case; `wait` is how long Node-RED is given, in ms, `pause` how long between messages."""
    sinks = [f"h{n + 1}" for n in range(outputs)]
    flows = [
        {"id": "f", "type": "tab", "label": "case"},
        {"id": "n", "z": "f", "name": "", **node, "wires": [[sink] for sink in sinks]},
        *({"id": sink, "z": "f", "type": "junction", "wires": []} for sink in sinks),
        {"id": "c", "z": "f", "type": "catch", "scope": ["n"], "uncaught": False, "wires": [["hc"]]},
        {"id": "hc", "z": "f", "type": "junction", "wires": []},
    ]
    return {"name": name, "flows": flows, "inject": [["n", m] for m in messages], "tap": [*sinks, "hc"], **more}


def placed(flows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give every node a place: what has none is a configuration node to Node-RED, and may not lead in a circle."""
    return [{**each, "x": 1, "y": 1} if "z" in each else each for each in flows]


def own(made: Case, own: str) -> Case:
    """Give the flow and the node ids of their own: Node-RED keeps contexts over a deploy."""
    names = {"f": f"f-{own}", "n": f"n-{own}"}
    for entry in made["flows"]:
        for key in ("id", "z"):
            entry[key] = names.get(entry.get(key), entry.get(key))
        if isinstance(entry.get("scope"), list):
            entry["scope"] = [names.get(id, id) for id in entry["scope"]]
    for entry in made["flows"]:
        if "wires" in entry:
            entry["wires"] = [[names.get(id, id) for id in port] for port in entry["wires"]]
        if "nodes" in entry:
            entry["nodes"] = [names.get(id, id) for id in entry["nodes"]]
    made["flows"] = [
        {key: value for key, value in entry.items() if value is not None or key == "scope"} for entry in made["flows"]
    ]
    made["inject"] = [[names.get(id, id), message] for id, message in made["inject"]]
    return made

# ruff: noqa: E501 - one case a line reads better
"""Cases of subflows, and of variables at every level."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from tests.nodered.making import Case, msg, placed

VALUES: list[tuple[str, str]] = [
    ("one", "str"), ("5", "num"), ("true", "bool"), ("[1,2]", "json"), ('{"a":1}', "json"), ("", "str"), ("x${B}y", "str"),
    ("1+2", "jsonata"), ("0", "num"), ("false", "bool"),
]  # fmt: skip


def variables(pick: random.Random, *names: str) -> list[dict[str, str]]:
    """Return variables with some of these names."""
    chosen = [(name, *pick.choice(VALUES)) for name in names if pick.random() < 0.6]
    return [{"name": name, "value": value, "type": kind} for name, value, kind in chosen]


def environments(pick: random.Random) -> Iterator[Case]:
    """Nodes in a tab, a group in a group, a subflow and one inside it read variables that each of these may set."""
    code = "const r = {}; for (const n of ['A', 'B', 'C', '$parent.A', 'NR_FLOW_NAME', 'NR_NODE_NAME', 'NR_SUBFLOW_NAME', 'none']) { const v = env.get(n); r[n] = v === undefined ? 'undefined' : v; } msg.payload = r; return msg;"
    for number in range(30):
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case", "env": variables(pick, "A", "B")},
            {"id": f"s{number}", "type": "subflow", "name": "outer", "env": variables(pick, "A", "B", "C"), "in": [{"wires": [{"id": f"i{number}"}]}], "out": [{"wires": [{"id": f"i{number}", "port": 0}]}]},
            {"id": f"u{number}", "type": "subflow", "name": "inner", "env": variables(pick, "A", "C"), "in": [{"wires": [{"id": f"k{number}"}]}], "out": [{"wires": [{"id": f"k{number}", "port": 0}]}]},
            {"id": f"i{number}", "z": f"s{number}", "type": f"subflow:u{number}", "name": "within", "env": variables(pick, "C"), "wires": [[]]},
            {"id": f"k{number}", "z": f"u{number}", "type": "function", "name": "reads", "func": code, "outputs": 1, "wires": [[]]},
            {"id": "g1", "z": "f", "type": "group", "name": "around", "nodes": ["g2"], "env": variables(pick, "A", "C")},
            {"id": "g2", "z": "f", "type": "group", "name": "inside", "nodes": ["n"], "g": "g1", "env": variables(pick, "B")},
            {"id": "n", "z": "f", "g": "g2", "type": "function", "name": "grouped", "func": code, "outputs": 1, "wires": [["h1"]]},
            {"id": "m", "z": "f", "type": f"subflow:s{number}", "name": "instance", "env": variables(pick, "A", "B"), "wires": [["h2"]]},
            {"id": "t", "z": "f", "type": "template", "field": "payload", "fieldType": "msg", "syntax": "mustache", "template": "{{env.A}}|{{env.B}}", "output": "str", "wires": [["h1"]]},
            {"id": "in", "z": "f", "type": "junction", "wires": [["m"]]},
            *({"id": id, "z": "f", "type": "junction", "wires": []} for id in ("h1", "h2")),
        ]  # fmt: skip
        yield {
            "name": "",
            "flows": placed(flows),
            "inject": [[id, msg(pick, 1)] for id in ("n", "in", "t")],
            "tap": ["h1", "h2"],
        }


def subflows(pick: random.Random) -> Iterator[Case]:
    """Two instances with contexts, a state and failures of their own."""
    for number in range(24):
        code = pick.choice([
            "flow.set('c', (flow.get('c') || 0) + 1); msg.payload = flow.get('c'); return [msg, {payload: 'n' + msg.payload}];",
            "if (msg.payload === 1) throw new Error('one'); return [null, msg];",
            "node.status({fill: 'green', shape: 'dot', text: 't' + msg.payload}); node.send([msg, {payload: {text: 'own', fill: 'red'}}]); node.error('bad', msg);",
        ])  # fmt: skip
        inner: list[dict[str, Any]] = [{"id": f"c{number}", "z": f"s{number}", "type": "catch", "scope": None, "uncaught": False, "wires": [[f"e{number}"]]}, {"id": f"e{number}", "z": f"s{number}", "type": "function", "func": "msg.caught = true; return msg;", "outputs": 1, "wires": [[]]}]  # fmt: skip
        caught = pick.random() < 0.4
        flows: list[dict[str, Any]] = [
            {"id": "f", "type": "tab", "label": "case"},
            {"id": f"s{number}", "type": "subflow", "name": "sub", "in": [{"wires": [{"id": f"k{number}"}]}], "out": [{"wires": [{"id": f"k{number}", "port": 0}, *([{"id": f"e{number}", "port": 0}] if caught else [])]}, {"wires": [{"id": f"k{number}", "port": 1}]}], "status": {"wires": [{"id": f"k{number}", "port": 1}]}},
            {"id": f"k{number}", "z": f"s{number}", "type": "function", "name": "in", "func": code, "outputs": 2, "wires": [[], []]},
            *(inner if caught else []),
            {"id": "n", "z": "f", "type": f"subflow:s{number}", "name": "first", "wires": [["h1"], ["h2"]]},
            {"id": f"m{number}", "z": "f", "type": f"subflow:s{number}", "name": "", "wires": [["h1"], ["h2"]]},
            {"id": "st", "z": "f", "type": "status", "scope": pick.choice([None, ["n"], [f"m{number}"]]), "wires": [["hs"]]},
            {"id": "ct", "z": "f", "type": "catch", "scope": pick.choice([None, ["n"]]), "uncaught": False, "wires": [["hc"]]},
            *({"id": f"to-{id[0]}", "z": "f", "type": "junction", "wires": [[id]]} for id in ("n", f"m{number}")),
            *({"id": id, "z": "f", "type": "junction", "wires": []} for id in ("h1", "h2", "hs", "hc")),
        ]  # fmt: skip
        messages = [["to-" + pick.choice("nm"), msg(pick, pick.choice([1, 2, 3]))] for _ in range(5)]
        yield {"name": "", "flows": placed(flows), "inject": messages, "tap": ["h1", "h2", "hs", "hc"], "wait": 15}

# ruff: noqa: E501 - a flow reads better with a node on a line
"""Flows of Node-RED under `flowengine test`: what hears the flow itself does so there, too."""

from __future__ import annotations

import json
from pathlib import Path

from flowengine.flow.file import write_flow
from flowengine.nodered.conversion import convert
from flowengine.registry import Registry
from flowengine.rehearse.suite import run_tests

FLOWS = [
    {"id": "t", "type": "tab", "label": "t"},
    {"id": "i", "z": "t", "type": "inject", "name": "reading", "props": [{"p": "payload"}], "wires": [["f"]]},
    {"id": "f", "z": "t", "type": "function", "name": "check", "func": "node.status({text: 'at ' + msg.payload}); if (msg.payload > 90) throw new Error('too hot'); node.done(); return msg", "outputs": 1, "wires": [[]]},
    {"id": "c", "z": "t", "type": "catch", "name": "failed", "scope": None, "wires": [["l"]]},
    {"id": "s", "z": "t", "type": "status", "name": "states", "scope": ["f"], "wires": [["l"]]},
    {"id": "d", "z": "t", "type": "complete", "name": "ended", "scope": ["f"], "wires": [["l"]]},
    {"id": "l", "z": "t", "type": "link out", "mode": "link", "links": ["m"], "wires": []},
    {"id": "m", "z": "t", "type": "link in", "links": ["l"], "wires": [["w"]]},
    {"id": "w", "z": "t", "type": "debug", "name": "kept", "complete": "true", "wires": []},
]  # fmt: skip


def test_catch_status_complete_and_links_are_themselves_in_a_flow_test(tmp_path: Path, registry: Registry) -> None:
    write_flow(tmp_path / "t.json", convert(FLOWS, registry).flows["t"])
    case = {
        "name": "too hot",
        "feed": [{"node": "reading", "at": 1, "values": [20, 95], "every": 1, "until": 2}],
        "expect": [
            {"node": "kept", "property": "error.message", "matches": "Error: too hot", "count": 1},
            {"node": "kept", "property": "status.text", "matches": "at 95", "count": 1},
            {"node": "kept", "property": "complete.source.name", "matches": "check", "count": 1},
        ],
    }
    (tmp_path / "t.test.json").write_text(json.dumps({"flowengine-test": 1, "tests": [case]}))
    (result,) = run_tests([tmp_path / "t.test.json"], registry).files
    assert result.problems == []
    assert [outcome.error or outcome.unmet for outcome in result.outcomes] == [[]]

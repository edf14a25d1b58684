"""A press whose current a model foretells: version 1 counts, version 2 challenges it on what really comes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from flowengine_nodes.models.learner import Learner

TAKES = {"speed": [0.0, 60.0]}
GIVES = {"current": [-10.0, 40.0]}
PLC = {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": 1}}}


def versions(folder: Path) -> dict[str, str]:
    """Write two versions beside the flows, the second nearer to the truth; return the SHA-256 of each."""
    found = {}
    for version, slope in (("1", 0.1), ("2", 0.5)):
        model = Learner("linear_model.LinearRegression", {}, TAKES, GIVES)
        for number in range(600):
            speed = float(number % 60)
            model.learn([speed], [slope * speed])
        file = folder / "models" / "current" / f"{version}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(model.document()))
        found[version] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def press(folder: Path, *, acts: bool = False) -> dict[str, Any]:
    """Write the versions and return the flow; `acts`: what it foretells is written to a machine."""
    digests, models = versions(folder), folder / "models" / "current"
    predict = {"takes": TAKES, "gives": GIVES, "learn": False, "version": "1"}
    predict |= {"file": str(models / "1.json"), "sha256": digests["1"]}
    predict |= {"challenger": str(models / "2.json"), "challenger_sha256": digests["2"]}
    flow: dict[str, Any] = {
        "flowengine": 1,
        "name": "press",
        "nodes": {
            "every": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}},
            "speed": {"type": "values/expression", "options": {"expression": '{"speed": payload % 60}'}},
            "predict": {"type": "models/river", "options": predict},
            "real": {"type": "values/expression", "options": {"expression": "payload % 60 * 0.5"}},
        },
        "wires": [
            {"from": "every", "to": "speed"},
            {"from": "speed", "to": "predict"},
            {"from": "every", "to": "real"},
            {"from": "real", "to": "predict.truth"},
        ],
        "layout": {"every": [60, 60], "speed": [300, 60], "predict": [540, 60], "real": [300, 160]},
    }
    if acts:
        flow["connections"] = PLC
        flow["nodes"] |= {
            "current": {"type": "values/expression", "options": {"expression": "payload.current"}},
            "limit": {"type": "modbus/write", "options": {"connection": "plc", "address": 20}},
        }
        flow["wires"] += [{"from": "predict", "to": "current"}, {"from": "current", "to": "limit"}]
    return flow

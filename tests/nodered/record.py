"""Asks a real Node-RED about every case and keeps its answers, so that they can be compared where npm is out of reach.

python -m tests.nodered.record /path/to/node_modules [--all]

The folder holds node-red and node-red-node-smooth. Without --all it is asked about those cases alone that there is no
answer to yet.
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tests.nodered.cases import all_cases
from tests.nodered.cases_network import real_cases
from tests.nodered.making import Case
from tests.plants.mosquitto import Mosquitto

HERE = Path(__file__).parent
ANSWERS = HERE / "answers.jsonl.xz"
REAL_ANSWERS = HERE / "real_answers.jsonl.xz"


def ask(modules: str, cases: Iterable[Case], **more: str) -> list[dict[str, Any]]:
    """Return Node-RED's answers, case by case."""
    lines = "".join(json.dumps(case) + "\n" for case in cases)
    environment = {**os.environ, "NODE_PATH": modules, **more}
    done = subprocess.run(
        ["node", str(HERE / "answers.js")], input=lines, capture_output=True, text=True, env=environment, check=True
    )
    return [json.loads(line) for line in done.stdout.split("\n") if line.startswith('{"name"')]


def answers(path: Path = ANSWERS) -> dict[str, list[dict[str, Any]]]:
    """Return the answers that are kept: case -> what arrived."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return {name: seen for name, seen in map(json.loads, lines)}


def keep(path: Path, cases: Iterable[Case], modules: str, everything: bool, **more: str) -> None:
    """Ask, and keep the answers to the cases that there are."""
    cases = list(cases)
    kept = {} if everything else answers(path)
    found = ask(modules, [case for case in cases if case["name"] not in kept], **more)
    kept |= {answer["name"]: _seen(answer) for answer in found}
    with lzma.open(path, "wt", encoding="utf-8", preset=9) as out:
        for case in cases:
            out.write(json.dumps([case["name"], kept[case["name"]]], separators=(",", ":")) + "\n")
    print(f"{len(found)} of {len(cases)} answers are new, {path.stat().st_size} bytes")


def _seen(answer: dict[str, Any]) -> list[dict[str, Any]]:
    seen = [each for each in answer["seen"] if "msg" in each]
    for each in seen:
        each["msg"].pop("_msgid", None)
        if isinstance(each["msg"].get("error"), dict):
            each["msg"]["error"].pop("stack", None)
    return seen


if __name__ == "__main__":
    folder_of_modules, all_of_them = sys.argv[1], "--all" in sys.argv[2:]
    with tempfile.TemporaryDirectory() as folder, Mosquitto(Path(folder)) as broker:
        keep(REAL_ANSWERS, real_cases(), folder_of_modules, all_of_them, MQTT_PORT=str(broker.port))
    keep(ANSWERS, all_cases(), folder_of_modules, all_of_them)

"""Asks a real Node-RED about every case and keeps its answers, so that they can be compared where npm is out of reach.

python -m tests.nodered.record /path/to/node_modules
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
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]


def answers(path: Path = ANSWERS) -> dict[str, list[dict[str, Any]]]:
    """Return the answers that are kept: case -> what arrived."""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        return {name: seen for name, seen in map(json.loads, lines)}


def keep(path: Path, found: list[dict[str, Any]]) -> None:
    """Keep answers."""
    with lzma.open(path, "wt", encoding="utf-8", preset=9) as out:
        for answer in found:
            seen = [each for each in answer["seen"] if "msg" in each]
            for each in seen:
                each["msg"].pop("_msgid", None)
                if isinstance(each["msg"].get("error"), dict):
                    each["msg"]["error"].pop("stack", None)
            out.write(json.dumps([answer["name"], seen], separators=(",", ":")) + "\n")
    print(f"{len(found)} answers, {path.stat().st_size} bytes")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, Mosquitto(Path(folder)) as broker:
        keep(REAL_ANSWERS, ask(sys.argv[1], real_cases(), MQTT_PORT=str(broker.port)))
    keep(ANSWERS, ask(sys.argv[1], all_cases()))

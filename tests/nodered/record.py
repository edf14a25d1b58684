"""Asks a real Node-RED about every case and keeps its answers, so that they can be compared where npm is out of reach.

python -m tests.nodered.record /path/to/node_modules
"""

from __future__ import annotations

import json
import lzma
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.nodered.cases import all_cases

HERE = Path(__file__).parent
ANSWERS = HERE / "answers.jsonl.xz"


def ask(modules: str) -> list[dict[str, Any]]:
    """Return Node-RED's answers, case by case."""
    lines = "".join(json.dumps(case) + "\n" for case in all_cases())
    environment = {**os.environ, "NODE_PATH": modules}
    done = subprocess.run(
        ["node", str(HERE / "answers.js")], input=lines, capture_output=True, text=True, env=environment, check=True
    )
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"name"')]


def answers() -> dict[str, list[dict[str, Any]]]:
    """Return the answers that are kept: case -> what arrived."""
    with lzma.open(ANSWERS, "rt", encoding="utf-8") as lines:
        return {name: seen for name, seen in map(json.loads, lines)}


if __name__ == "__main__":
    found = ask(sys.argv[1])
    with lzma.open(ANSWERS, "wt", encoding="utf-8", preset=9) as out:
        for answer in found:
            seen = [each for each in answer["seen"] if "msg" in each]
            for each in seen:
                each["msg"].pop("_msgid", None)
                if isinstance(each["msg"].get("error"), dict):
                    each["msg"]["error"].pop("stack", None)
            out.write(json.dumps([answer["name"], seen], separators=(",", ":")) + "\n")
    print(f"{len(found)} answers, {ANSWERS.stat().st_size} bytes")

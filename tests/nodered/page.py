"""Writes the table of nodes and options in docs/nodered.md from the cases and their answers.

python -m tests.nodered.page
"""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path

from flowengine.nodered import table
from flowengine.options import schema_of
from flowengine.registry import Registry
from tests.nodered.cases import all_cases
from tests.nodered.cases_network import real_cases
from tests.nodered.disagreements import KNOWN

PAGE = Path(__file__).parents[2] / "docs" / "nodered.md"
BEGIN, END = "<!-- table: python -m tests.nodered.page -->", "<!-- end of the table -->"
OPTIONS = Path(__file__).with_name("options.json")
"""Node -> the options that Node-RED's editor has for it; options.js writes it."""
OWN = {"name", "id", "group"}
ELSEWHERE = {"name", "noerr", "winHide", "inputs"}
"""Options that only the editor or the import reads, or that count on Windows alone."""

UNREAD = {("link in", "links"), ("tcp in", "base64"), ("file in", "chunk")}
"""Options that Node-RED's editor keeps, and Node-RED itself never reads."""


def lines() -> list[str]:
    """Return the table: for each node how many cases compare it, and which options they vary."""
    cases: dict[str, int] = defaultdict(int)
    differ: dict[str, int] = defaultdict(int)
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in (*all_cases(), *real_cases()):
        for entry in {entry["type"]: entry for entry in case["flows"]}.values():
            cases[entry["type"]] += 1
        for entry in case["flows"]:
            for key, value in entry.items():
                values[entry["type"], table.OPTIONS.get(key, key)].add(json.dumps(value, sort_keys=True))
        if case["name"] in KNOWN:  # the node under test is the one that is called n
            differ[next(e["type"] for e in case["flows"] if str(e["id"]).startswith("n-"))] += 1
    registry = Registry.discover()
    heads = (
        "node",
        "cases, of them otherwise",
        "options compared with Node-RED",
        "options that the cases leave as they are",
        "missing here",
    )
    made = ["| " + " | ".join(heads) + " |", "| --- | --- | --- | --- | --- |"]
    theirs_all: dict[str, list[str]] = json.loads(OPTIONS.read_text(encoding="utf-8"))
    websockets = {name: kind for name, kind in table.CONNECTIONS.items() if name.startswith("websocket")}
    for theirs, ours in {**table.NODES, **websockets}.items():
        known = registry.types.get(ours)
        if known is None:
            made.append(f"| {theirs} | 0 | | not there yet: becomes a placeholder | |")
            continue
        properties = schema_of(known.cls)["properties"]
        options = [name for name in properties if name not in OWN]
        missing = [
            name
            for name in theirs_all.get(theirs, ())
            if name not in ELSEWHERE
            and (theirs, name) not in UNREAD
            and table.OPTIONS.get(name, name) not in properties
        ]
        compared = [_theirs(name) for name in options if len(values[theirs, name]) > 1]
        alone = [_theirs(name) for name in options if len(values[theirs, name]) <= 1]
        count = f"{cases[theirs]}, {differ[theirs]}" if cases[theirs] else "0"
        made.append(f"| {theirs} | {count} | {', '.join(compared)} | {', '.join(alone)} | {', '.join(missing)} |")
    return made


def _theirs(name: str) -> str:
    return next((theirs for theirs, ours in table.OPTIONS.items() if ours == name), name)


def written(text: str) -> str:
    """Return the page with a fresh table and list of disagreements."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    reasons = [f"- `{name}`: {reason}." for name, reason in KNOWN.items()]
    total, real = sum(1 for _ in all_cases()), sum(1 for _ in real_cases())
    said = (
        f"{total + real} cases are compared, {real} of them over real sockets, files and processes; {len(KNOWN)} give\n"
    )
    said += "something else, which is listed below the table."
    return "\n".join([before + BEGIN, "", said, "", *lines(), "", *reasons, "", END]) + after


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")

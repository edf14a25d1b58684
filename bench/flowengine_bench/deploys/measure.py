"""One node of 10,000 changed, again and again, in `flowengine run`: with worker processes, and without.

The flow lies in a git repository and has positions, as one that was drawn. Each deploy is what the canvas sends, the
whole flow by HTTP, and done when the answer has come; by then the file is written and committed. Behind the changed
node stands one that says when the first message with the new option came.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from flowengine.access.access import Access, access_file
from flowengine.flow.canonical import format_flow
from flowengine_bench.child import Child, ChildFailed, child
from flowengine_bench.nodered.ports import free_port
from flowengine_bench.ours import flows
from flowengine_bench.ours.server import BENCH_NODES
from flowengine_bench.reporting import MARK

NODES = 10_000
WANTED_S = 0.5
DEPLOYS = 7
"""Of each arrangement; the first is not counted, as the canvas has asked for a preview by then."""
CALM_S = 2.0
"""Between two deploys."""
ARRANGEMENTS: Mapping[str, Sequence[str]] = {"workers": (), "one process": ("--workers", "0")}
CHANGED, SEEN = "gain", "seen"
DEPLOYED = "deployed large in "
PHASE = re.compile(r"([a-z][a-z ]*) (\d+\.\d+)")


@dataclass(frozen=True)
class Deploys:
    """Seconds of each counted deploy in one arrangement."""

    answered: list[float]
    """From the call to the answer."""
    in_force: list[float]
    """From the call to the first message with the new option."""
    phases: dict[str, float]
    """The median of each phase, seconds, as the log says."""
    resident_mb: float
    """Of the process that serves the API, after all of them."""


def measure() -> dict[str, Deploys]:
    """Measure all arrangements."""
    return {name: _measure(arguments) for name, arguments in ARRANGEMENTS.items()}


def table(found: Mapping[str, Deploys]) -> Iterator[str]:
    """Return the figures as lines for a person."""
    yield f"one changed node of {NODES:,}, median of {DEPLOYS - 1} deploys (wanted: {WANTED_S:g} s)"
    for name, one in found.items():
        yield (
            f"{name}: answered {_shown(one.answered)}, in force {_shown(one.in_force)}; "
            f"{one.resident_mb:.0f} MB in the process of the API"
        )
        yield "  " + ", ".join(f"{phase} {seconds * 1000:.0f} ms" for phase, seconds in one.phases.items())


def large(option: float) -> dict[str, Any]:
    """The flow; `option` is what the changed node adds to."""
    made = flows.large(NODES - 3)
    nodes = {
        **made["nodes"],
        "pulse": flows.node("timing/every", interval=0.01, send="count"),
        CHANGED: flows.node("values/expression", expression=f"{option}"),
        SEEN: flows.node("bench/changed"),
    }
    wires = [*made["wires"], {"from": "pulse", "to": CHANGED}, {"from": CHANGED, "to": SEEN}]
    layout = {name: [number % 20 * 180, number // 20 * 80] for number, name in enumerate(nodes)}
    return {**made, "name": "large", "nodes": nodes, "wires": wires, "layout": layout}


def _measure(arguments: Sequence[str]) -> Deploys:
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as name:
        folder = Path(name)
        (folder / "large.json").write_text(format_flow(large(0)), encoding="utf-8")
        _become_repository(folder)
        port = free_port()
        headers = _session(folder, port)
        with _engine(folder, port, arguments) as engine:
            _seen(engine, 0)
            call = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            base = _ask(call, "GET", "/api/flows/large", headers)["summary"]["disk"]
            answered, in_force, phases = [], [], []
            for number in range(1, DEPLOYS + 1):
                time.sleep(CALM_S)
                body = json.dumps({"flows": {"large": {"base": base, "flow": large(number)}}}).encode()
                began = time.monotonic()
                answer = _ask(call, "POST", "/api/deploys", headers, body)
                answered.append(time.monotonic() - began)
                if answer["restarted"] != {"large": [CHANGED]} or not answer["commit"]:
                    raise ChildFailed(f"not what was asked for: {str(answer)[:300]}")
                base = answer["revisions"]["large"]
                seen, said = _seen(engine, number, told=True)
                in_force.append(seen - began)
                phases.append(said)
            return Deploys(answered[1:], in_force[1:], _medians(phases[1:]), _resident_mb(engine.pid))


def _medians(phases: Sequence[Mapping[str, float]]) -> dict[str, float]:
    return {name: statistics.median(one[name] for one in phases) for name in phases[0]}


def _shown(seconds: Sequence[float]) -> str:
    return f"{statistics.median(seconds):.3f} s ({min(seconds):.3f} to {max(seconds):.3f})"


def _seen(engine: Child, option: float, told: bool = False) -> tuple[float, dict[str, float]]:
    """Return when the first message with an option came, monotonic seconds, and if `told` the phases from the log."""
    came, phases = 0.0, dict[str, float]()
    while not came or (told and not phases):
        at, line = engine.line(120.0)
        if MARK in line:
            report = msgspec.json.decode(line.partition(MARK)[2])
            if report["event"] == "changed" and report["payload"] == option:
                came = at
        elif DEPLOYED in line:
            phases = {name: float(seconds) for name, seconds in PHASE.findall(line.partition(DEPLOYED)[2])}
    return came, phases


def _ask(
    call: http.client.HTTPConnection, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None
) -> Any:
    call.request(method, path, body, dict(headers))
    answer = call.getresponse()
    raw = answer.read()
    if answer.status != 200:
        raise ChildFailed(f"{method} {path}: {answer.status} {raw[:300]!r}")
    return msgspec.json.decode(raw)


def _session(folder: Path, port: int) -> dict[str, str]:
    """Sign an editor in before the server starts; returns what its requests carry."""
    access = Access(access_file(folder))
    access.users.add("bench", "admin", "nobody guesses this")
    token, who = access.sessions.begin("bench")
    access.close()
    return {
        "Cookie": f"flowengine-{port}={token}",
        "X-CSRF-Token": who.csrf,
        "Origin": f"http://127.0.0.1:{port}",
        "Content-Type": "application/json",
    }


def _become_repository(folder: Path) -> None:
    (folder / ".gitignore").write_text(".flowengine\n", encoding="utf-8")
    for words in (
        ["init", "--quiet"],
        ["config", "user.name", "Bench"],
        ["config", "user.email", "bench@example.org"],
        ["add", "."],
        ["commit", "--quiet", "-m", "begin"],
    ):
        subprocess.run(["git", "-C", str(folder), *words], check=True, capture_output=True)


@contextlib.contextmanager
def _engine(folder: Path, port: int, arguments: Sequence[str]) -> Iterator[Child]:
    command = [sys.executable, "-m", "flowengine", "run", str(folder), "--port", str(port), *arguments]
    parent = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))
    with child([*command, "--nodes-dir", str(BENCH_NODES)], {**os.environ, "PYTHONPATH": path}) as running:
        yield running


def _resident_mb(pid: int) -> float:
    """Return resident memory in MB of 1,000,000 bytes."""
    pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="utf-8").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

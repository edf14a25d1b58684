"""40 browsers against one engine: phases with and without them in turns, so that a noisy machine is noisy to both."""

from __future__ import annotations

import contextlib
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from flowengine.access.access import Access, access_file
from flowengine_bench.child import Child, child
from flowengine_bench.nodered.ports import free_port
from flowengine_bench.ours.server import BENCH_NODES
from flowengine_bench.reporting import MARK

BROWSERS = 40
SECONDS = 10.0
"""Of each phase."""
SETTLE = 3.0
NODES = 50
"""Nodes with values that change, 20 times a second each."""
TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Phase:
    """What was measured in one phase."""

    late: list[float] = field(default_factory=list)
    """How late each message of the control loop came to its end, ms."""
    engine: float = 0.0
    """Share of a core that the engine's thread took."""
    process: float = 0.0
    """Share of a core that the whole process took."""
    frames: float = 0.0
    """Events that each browser was sent a second."""

    @property
    def p99(self) -> float:
        """The lateness that one message in a hundred exceeds, ms."""
        return statistics.quantiles(self.late, n=100)[-1]


@dataclass(frozen=True)
class WebFigures:
    """Medians over all rounds; what changes is compared within each."""

    browsers: int
    frames: float
    engine_without: float
    engine_with: float
    process_without: float
    process_with: float
    p99_without: float
    p99_with: float
    p99_change: float
    """By which share the control loop's p99 grew."""

    @property
    def engine_share(self) -> float:
        """What the browsers cost the engine's thread, share of a core."""
        return self.engine_with - self.engine_without


def measure(rounds: int = 3) -> WebFigures:
    """Measure: without, with, without, ... so many times each."""
    without, with_them = [], []
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as name:
        folder = Path(name)
        _write_flows(folder)
        port = free_port()
        cookie, csrf = _session(folder, port)
        with _engine(folder, port) as engine:
            _wait(engine, "late")
            for _ in range(rounds):
                without.append(_phase(engine))
                arguments = [str(port), cookie, csrf, str(BROWSERS)]
                with _child("flowengine_bench.web.browsers", *arguments) as browsers:
                    _wait(browsers, "open")
                    with_them.append(_phase(engine, browsers))
    return WebFigures(
        browsers=BROWSERS,
        frames=_median(phase.frames for phase in with_them),
        engine_without=_median(phase.engine for phase in without),
        engine_with=_median(phase.engine for phase in with_them),
        process_without=_median(phase.process for phase in without),
        process_with=_median(phase.process for phase in with_them),
        p99_without=_median(phase.p99 for phase in without),
        p99_with=_median(phase.p99 for phase in with_them),
        p99_change=_median(two.p99 / one.p99 - 1 for one, two in zip(without, with_them, strict=True)),
    )


def table(figures: WebFigures) -> Iterator[str]:
    """Return the figures as lines for a person."""
    yield f"{figures.browsers} browsers, {figures.frames:.0f} events a second each"
    yield (
        f"engine's thread: {figures.engine_without:.1%} of a core without, {figures.engine_with:.1%} with them: "
        f"{figures.engine_share:+.1%} (aim: below 5 %)"
    )
    yield f"whole process: {figures.process_without:.1%} without, {figures.process_with:.1%} with them"
    yield (
        f"control loop at 100 Hz, p99 late: {figures.p99_without:.2f} ms without, {figures.p99_with:.2f} ms with them: "
        f"{figures.p99_change:+.0%} (aim: below 20 %)"
    )


def _phase(engine: Child, browsers: Child | None = None) -> Phase:
    found = Phase()
    _collect(engine, SETTLE)
    if browsers is not None:
        _collect(browsers, 0.0)
    began, engine_before, process_before = time.monotonic(), _used(engine, thread=True), _used(engine)
    found.late = [late for report in _collect(engine, SECONDS, "late") for late in report["late"]]
    passed = time.monotonic() - began
    found.engine = (_used(engine, thread=True) - engine_before) / passed
    found.process = (_used(engine) - process_before) / passed
    if browsers is not None:
        found.frames = statistics.mean(report["frames"] for report in _collect(browsers, 0.0, "read"))
    return found


def _used(engine: Child, thread: bool = False) -> float:
    """Return the seconds of a core that the process, or its main thread, has used."""
    path = f"/proc/{engine.pid}/task/{engine.pid}/stat" if thread else f"/proc/{engine.pid}/stat"
    fields = Path(path).read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _collect(running: Child, seconds: float, event: str = "") -> list[dict[str, Any]]:
    """Read reports for so long; with 0 those that are there already."""
    found: list[dict[str, Any]] = []
    until = time.monotonic() + seconds
    while True:
        item = running.line_within(max(0.01, until - time.monotonic()))
        if item is None:
            return found
        if MARK in item[1]:
            report = msgspec.json.decode(item[1].partition(MARK)[2])
            if report["event"] == event:
                found.append(report)
        if seconds and time.monotonic() >= until:
            return found


def _wait(running: Child, event: str) -> None:
    while True:
        _, line = running.line(60.0)
        if MARK in line and msgspec.json.decode(line.partition(MARK)[2])["event"] == event:
            return


@contextlib.contextmanager
def _engine(folder: Path, port: int) -> Iterator[Child]:
    where = [str(folder), "--port", str(port), "--workers", "0"]  # flows and web in one process: the worst case
    options = ["--nodes-dir", str(BENCH_NODES), "--log-level", "error"]
    arguments = ["run", *where, *options]
    with _child("flowengine", *arguments) as running:
        yield running


@contextlib.contextmanager
def _child(module: str, *arguments: str) -> Iterator[Child]:
    parent = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))
    with child([sys.executable, "-m", module, *arguments], {**os.environ, "PYTHONPATH": path}) as running:
        yield running


def _session(folder: Path, port: int) -> tuple[str, str]:
    """Sign somebody in before the server starts; returns cookie and CSRF token."""
    access = Access(access_file(folder))
    access.users.add("bench", "viewer", "nobody guesses this")
    token, who = access.sessions.begin("bench")
    access.close()
    return f"flowengine-{port}={token}", who.csrf


def _write_flows(folder: Path) -> None:
    control = {
        "flowengine": 1,
        "name": "control",
        "nodes": {
            "loop": {"type": "bench/loop"},
            **{f"step-{n}": {"type": "values/expression", "options": {"expression": "payload + 0"}} for n in range(5)},
            "late": {"type": "bench/late", "options": {"every": 50}},
        },
        "wires": [
            {"from": "loop", "to": "step-0"},
            *({"from": f"step-{n}", "to": f"step-{n + 1}"} for n in range(4)),
            {"from": "step-4", "to": "late"},
        ],
    }
    count = NODES // 2
    values = {
        "flowengine": 1,
        "name": "values",
        "nodes": {
            **{
                f"tick-{n}": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}}
                for n in range(count)
            },
            **{
                f"double-{n}": {"type": "values/expression", "options": {"expression": "payload * 2"}}
                for n in range(count)
            },
            "slow": {"type": "timing/every", "options": {"interval": 0.1, "send": "count"}},
            "show": {"type": "debug/log"},
        },
        "wires": [
            *({"from": f"tick-{n}", "to": f"double-{n}"} for n in range(count)),
            {"from": "slow", "to": "show"},
        ],
    }
    for flow in (control, values):
        (folder / f"{flow['name']}.json").write_text(json.dumps(flow), encoding="utf-8")


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)

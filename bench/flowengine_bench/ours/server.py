"""`flowengine run` as a child process, with a flow of its own and the bench nodes."""

import contextlib
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

import flowengine_bench
from flowengine_bench.nodered.child import Child, ChildFailed, child
from flowengine_bench.ours.flows import FlowFile

START_TIMEOUT_S = 60.0
BENCH_NODES = Path(__file__).parent / "bench_nodes"
MARK = "@bench "


class Report(msgspec.Struct, frozen=True):
    """One line that a bench node wrote: what happened, when it was read here (monotonic s), and its figure, if any."""

    event: str
    at: float = 0.0
    rate: float = 0.0
    seconds: float = 0.0


class Running:
    """A running flowengine and what its bench nodes report."""

    def __init__(self, running: Child) -> None:
        self._child = running
        self.pid = running.pid
        self.began = running.began

    def wait_for(self, event: str, timeout_s: float = START_TIMEOUT_S) -> Report:
        """The next report of this kind; others are passed over."""
        until = time.monotonic() + timeout_s
        while True:
            at, line = self._child.line(until - time.monotonic())
            if MARK not in line:
                continue
            report = msgspec.json.decode(line.partition(MARK)[2], type=Report)
            if report.event == event:
                return msgspec.structs.replace(report, at=at)

    def resident_mb(self) -> float:
        """Resident memory now, in MB of 1,000,000 bytes, as the kernel counts it (VmRSS)."""
        for line in Path(f"/proc/{self.pid}/status").read_text(encoding="utf-8").splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise ChildFailed("the kernel gives no VmRSS for flowengine")


@contextlib.contextmanager
def flowengine(flow: FlowFile) -> Iterator[Running]:
    """Run a flow for the length of a block."""
    with tempfile.TemporaryDirectory(prefix="flowengine-bench-") as folder:
        (Path(folder) / "bench.json").write_text(json.dumps(flow), encoding="utf-8")
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "flowengine",
            "run",
            folder,
            "--headless",
            "--nodes-dir",
            BENCH_NODES,
        ]
        with _python(command) as running:
            yield running


@contextlib.contextmanager
def module(name: str, *arguments: str) -> Iterator[Running]:
    """Run another module of this package for the length of a block."""
    with _python([sys.executable, "-m", name, *arguments]) as running:
        yield running


@contextlib.contextmanager
def _python(command: Sequence[str | Path]) -> Iterator[Running]:
    """Start Python where it finds this package too, wherever we were imported from."""
    parent = str(Path(flowengine_bench.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))
    with child(command, {**os.environ, "PYTHONPATH": path}) as running:
        yield Running(running)

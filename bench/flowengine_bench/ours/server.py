"""`flowengine run` as a child process, with a flow of its own and the bench nodes."""

import contextlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import flowengine_bench
from flowengine_bench.child import child
from flowengine_bench.ours.flows import FlowFile
from flowengine_bench.reporting import Reporting

BENCH_NODES = Path(__file__).parent / "bench_nodes"


@contextlib.contextmanager
def flowengine(flow: FlowFile) -> Iterator[Reporting]:
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
def module(name: str, *arguments: str) -> Iterator[Reporting]:
    """Run another module of this package for the length of a block."""
    with _python([sys.executable, "-m", name, *arguments]) as running:
        yield running


@contextlib.contextmanager
def _python(command: Sequence[str | Path]) -> Iterator[Reporting]:
    """Start Python where it finds this package too, wherever we were imported from."""
    parent = str(Path(flowengine_bench.__file__).parent.parent)
    path = os.pathsep.join(filter(None, [parent, os.environ.get("PYTHONPATH")]))
    with child(command, {**os.environ, "PYTHONPATH": path}) as running:
        yield Reporting(running)

"""A sink that takes 10 messages a second behind sources that make 2,000, in 256 MB of memory: nothing may grow or die.

Three flows, one for each policy of a full queue: the source waits, the queue spills to the disk up to a bound, the
oldest are dropped. Where this user may make a memory cgroup the engine and its workers live in one, else only what they
take is measured.

    python -m tests.soak.slow --minutes 10
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.soak.answers import NODES
from tests.soak.kills import Engine

SOURCES = ("tick", "tock")
"""Each makes 1,000 messages a second, if it may."""

LIMIT_MB = 256
SIZE = 1000
SPILL = 50_000
BODY = "x" * 1000
QUEUES: dict[str, dict[str, Any]] = {
    "block": {"size": SIZE},
    "spill": {"size": SIZE, "full": "spill", "spill_size": SPILL, "spill_full": "drop-oldest"},
    "drop-oldest": {"size": SIZE, "full": "drop-oldest"},
}
CGROUPS = Path("/sys/fs/cgroup")


def flow(queue: dict[str, Any], file: Path) -> dict[str, Any]:
    """Return a flow of a fast source and a slow sink."""
    return {
        "flowengine": 1,
        "nodes": {
            **{source: {"type": "timing/every", "options": {"interval": 0.001}} for source in SOURCES},
            "body": {"type": "values/change", "options": {"rules": [{"property": "payload", "to": BODY}]}},
            "count": {"type": "debug/counter", "options": {"property": "count"}},
            "sink": {"type": "soak/slow", "options": {"file": str(file)}},
        },
        "wires": [
            *({"from": source, "to": "body"} for source in SOURCES),
            {"from": "body", "to": "count"},
            {"from": "count", "to": "sink", "queue": queue},
        ],
    }


@dataclass
class Report:
    """What came of it."""

    minutes: float
    took: dict[str, int]
    """By policy, how many messages the sink took."""
    newest: dict[str, int]
    """By policy, the number of the last of them."""
    disordered: int
    early_mb: float
    """Memory after a tenth of the time."""
    most_mb: float
    killed: int | None
    """Processes that the kernel ended for want of memory; None: there was no limit to keep."""

    @property
    def good(self) -> bool:
        """Whether all is as promised."""
        steady = self.most_mb < min(LIMIT_MB * 1.048576, self.early_mb * 1.2 + SPILL * len(BODY) / 1e6)
        return steady and not self.killed and not self.disordered and all(self.took.values())

    def __str__(self) -> str:
        limit = "no cgroup could be made" if self.killed is None else f"{self.killed} ended at {LIMIT_MB} MiB"
        counts = ", ".join(
            f"{policy}: {count} taken up to {self.newest[policy]}" for policy, count in self.took.items()
        )
        return (
            f"slow sinks for {self.minutes:g} minutes: {counts}; {self.disordered} out of order; "
            f"memory {self.early_mb:.0f} MB early, {self.most_mb:.0f} MB at most; {limit}"
        )


def run(folder: Path, minutes: float) -> Report:
    """Have slow sinks behind fast sources for so many minutes."""
    (folder / "flows").mkdir()
    for policy, queue in QUEUES.items():
        (folder / "flows" / f"{policy}.json").write_text(json.dumps(flow(queue, folder / policy)))
    engine = Engine(folder, "--nodes-dir", str(NODES), program=("flowengine", "run", "--headless"))
    with memory_group() as group:
        _start(engine, group)
        try:
            memory = list(_watched(engine, 60 * minutes))
            killed = _killed(group) if group else None
            engine.stop()
        finally:
            engine.end()
    numbers = {policy: [int(line) for line in (folder / policy).read_text().split()] for policy in QUEUES}
    disordered = sum(later <= one for taken in numbers.values() for one, later in itertools.pairwise(taken))
    return Report(
        minutes,
        {policy: len(taken) for policy, taken in numbers.items()},
        {policy: max(taken, default=0) for policy, taken in numbers.items()},
        disordered,
        memory[len(memory) // 10],
        max(memory),
        killed,
    )


def _start(engine: Engine, group: Path | None) -> None:
    """Start the engine in the group: a child begins where its parent is."""
    if group is not None:
        (group / "cgroup.procs").write_text(str(os.getpid()))
    engine.start()
    if group is not None:
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))


def _watched(engine: Engine, seconds: float) -> Iterator[float]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(1)
        engine.must_run()
        yield engine.resident_mb()


@contextmanager
def memory_group() -> Iterator[Path | None]:
    """Make a cgroup with the limit for as long as it lasts; None: this user may not, or the system has none."""
    for root, limit in ((CGROUPS / "memory", "memory.limit_in_bytes"), (CGROUPS, "memory.max")):
        group = root / f"flowengine-soak-{os.getpid()}"
        try:
            group.mkdir()
        except OSError:
            continue
        try:
            if (group / limit).exists():
                (group / limit).write_text(str(LIMIT_MB * 2**20))
                yield group
                return
        finally:
            _leave(group)
    yield None


def _leave(group: Path) -> None:
    """Remove a cgroup once its last process has ended."""
    until = time.monotonic() + 10
    while (group / "cgroup.procs").read_text() and time.monotonic() < until:
        time.sleep(0.05)
    group.rmdir()


def _killed(group: Path) -> int:
    """Return how many processes of a cgroup the kernel has ended, by either version of cgroups."""
    for file in ("memory.oom_control", "memory.events"):
        if (group / file).exists():
            words = dict(line.split() for line in (group / file).read_text().splitlines())
            return int(words["oom_kill"])
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = run(Path(folder), given.minutes)
    print(report)
    sys.exit(not report.good)


if __name__ == "__main__":
    main()

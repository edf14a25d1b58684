"""What the bench nodes in a child process report, whichever engine runs them."""

import time
from pathlib import Path

import msgspec

from flowengine_bench.child import Child, ChildFailed

START_TIMEOUT_S = 60.0
MARK = "@bench "
"""What a line begins with that a bench node wrote."""


class Report(msgspec.Struct, frozen=True):
    """One line that a bench node wrote: what happened, when it was read here (monotonic s), and its figure, if any."""

    event: str
    at: float = 0.0
    rate: float = 0.0
    seconds: float = 0.0
    nodes: int = 0


class Reporting:
    """A running engine and what its bench nodes report."""

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
        raise ChildFailed(f"the kernel gives no VmRSS for process {self.pid}")

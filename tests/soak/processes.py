"""The processes of an engine, as the kernel shows them."""

from __future__ import annotations

import contextlib
from pathlib import Path


def children(process: int) -> list[int]:
    """Return the processes that one has started."""
    found = []
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            fields = file.read_text().rpartition(")")[2].split()
            if int(fields[1]) == process and fields[0] != "Z":
                found.append(int(file.parent.name))
    return found


def family(process: int) -> list[int]:
    """Return a process and all that descend from it."""
    return [process, *(one for child in children(process) for one in family(child))]


def memory_mb(process: int) -> float:
    """Return the memory of a process and all that descend from it, in MB of 1,000,000 bytes; what they share, once."""
    total = 0
    for one in family(process):
        with contextlib.suppress(OSError):  # it has just ended
            for line in Path(f"/proc/{one}/smaps_rollup").read_text(encoding="utf-8").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total * 1024 / 1e6


def holder(process: int, file: Path) -> int | None:
    """Return the process among those that descend from one that has a file open; None: there is none."""
    for one in family(process)[1:]:
        with contextlib.suppress(OSError):
            if any(opened.resolve() == file for opened in Path(f"/proc/{one}/fd").iterdir()):
                return one
    return None

"""What the system tells of a process: memory, processor time, and whether it runs."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_TICK: Final = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01


def resident_of(process: int | str) -> int:
    """Return the bytes of memory that a process holds; 0: it is gone, or the system does not say."""
    try:
        return int(Path(f"/proc/{process}/statm").read_bytes().split()[1]) * _PAGE
    except (OSError, IndexError):
        return 0


def work_of(process: int) -> tuple[str, float]:
    """Return the state of a process (`R`: it runs or could, `T`: it is stopped), and its seconds of processor time.

    Both are empty: it is gone, or the system does not say.
    """
    try:
        fields = Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()
        return fields[0].decode(), (int(fields[11]) + int(fields[12])) * _TICK
    except (OSError, IndexError):
        return "", 0.0


def used_by(process: int) -> float:
    """Return the seconds of processor time that a process has had, all its threads together, to the microsecond.

    Raises:
        OSError: it is gone.
    """
    return time.clock_gettime((~process << 3) | 2)  # the clock of a process, as clock_getcpuclockid(3) names it

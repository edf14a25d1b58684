"""What holds for the whole suite: its order, and that it does the same every time, whatever the computer is like."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

ANY_COMPUTER = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""On a busy computer an example takes what it takes."""
settings.register_profile("same", ANY_COMPUTER, derandomize=True, database=None)
settings.register_profile("random", ANY_COMPUTER, derandomize=False, print_blob=True)
settings.load_profile("same")  # the examples are the same in every run; `make fuzz` looks for others

LONG = ("web", "soak", "e2e")
"""Folders of tests whose files take many seconds each: browsers and processes."""

LAST_LONG = 0.8
"""Part of the short files among which the long ones are spread: none begins at the very end."""

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Spread the long files among the short ones.

    A browser test waits a lot, a short test computes: side by side they fill the cores, while browsers beside browsers
    make each other wait, and a long file at the end would leave one process working alone.
    """
    files: dict[Path, list[pytest.Item]] = {}
    for item in items:
        files.setdefault(item.path, []).append(item)
    long = [file for file in files if file.relative_to(HERE).parts[0] in LONG]
    short = [file for file in files if file.relative_to(HERE).parts[0] not in LONG]
    place = {file: n * LAST_LONG / len(long) for n, file in enumerate(long)}
    place |= {file: n / len(short) for n, file in enumerate(short)}
    items[:] = [item for file in sorted(files, key=place.__getitem__) for item in files[file]]

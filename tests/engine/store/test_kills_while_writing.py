"""A process that is killed while it writes, merges its log into the file or gives space back leaves a whole checkpoint.

KILLS=200 makes it a soak; KILLS_SEED repeats one.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from flowengine.store.checkpoints import Changes, CheckpointFile, Stored, Waiting
from tests.soak.processes import killed_while_writing

ROWS = 40
"""Messages in one checkpoint; each is 4 kB, so that the log is merged after some 25 checkpoints."""

KEPT = 30
"""Checkpoints whose messages wait at the same time; every 50 all are finished, so that space is given back."""


def checkpoint(number: int) -> Changes:
    """Return what the checkpoint of a number adds to the one before."""
    first = number * ROWS
    added = [Waiting(first + row, f"node {row % 3}", "in", bytes([number % 256]) * 4000) for row in range(ROWS)]
    gone = range(number - 50, number) if number % 50 == 0 else range(number - KEPT, number - KEPT + 1)
    finished = [one * ROWS + row for one in gone if one >= 0 for row in range(ROWS)]
    return Changes({"node:count": Stored("test/count", b"%d" % number)}, added=added, finished=finished)


def waiting(number: int) -> set[int]:
    """Return which messages wait after the checkpoint of a number."""
    found: set[int] = set()
    for one in range(max(0, number - 100), number + 1):
        changes = checkpoint(one)
        found -= set(changes.finished)
        found |= {message.number for message in changes.added}
    return {message for message in found if message >= (number - 60) * ROWS}


def write_for_ever(path: Path) -> None:
    """Write checkpoint after checkpoint, and say so after each."""
    file = CheckpointFile(path)
    states = file.states()
    number = int(states["node:count"].data) + 1 if states else 0
    while True:
        file.write(checkpoint(number))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


@pytest.mark.timeout(600)
def test_a_kill_leaves_a_whole_checkpoint_and_none_that_was_stored_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "flow.sqlite"
    for told in killed_while_writing(__spec__.name, path, kills=5, longest=0.6):
        file = CheckpointFile(path)
        assert file.damage == []
        number = int(file.states()["node:count"].data)
        assert number in (told, told + 1)
        found = {one.number for node in range(3) for one in file.waiting(f"node {node}")}
        assert {one for one in found if one >= (number - 60) * ROWS} == waiting(number)
        file.close()


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))

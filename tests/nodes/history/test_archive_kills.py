"""A process that is killed while it writes and settles loses no sample that it was told is stored.

KILLS=200 makes it a soak, KILLS_SEED repeats one.
"""

from __future__ import annotations

import sys
from pathlib import Path

from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.query import values
from flowengine_nodes.history.samples import GOOD, SECOND, Sample
from tests.soak.processes import killed_while_writing

TAGS = 5
BATCH = 100


def write_for_ever(file: Path) -> None:
    """Append batch after batch, settle every seventh time, and say after each how far it is."""
    archive = Archive(file)
    newest = values(archive, "t0", -(1 << 50), 1 << 50, 10**9)
    number = len(newest) // BATCH
    while True:
        first = number * BATCH
        archive.append(
            [Sample(f"t{t}", n * SECOND, n + t / 10, GOOD) for n in range(first, first + BATCH) for t in range(TAGS)]
        )
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        if number % 7 == 6:
            archive.settle()
        number += 1


def test_a_kill_loses_nothing_that_was_stored_and_leaves_whole_batches(tmp_path: Path) -> None:
    file = tmp_path / "history.sqlite"
    for told in killed_while_writing(__spec__.name, file, kills=3, longest=0.4):
        archive = Archive(file)
        assert archive.damaged == 0
        for t in range(TAGS):
            rows = values(archive, f"t{t}", -(1 << 50), 1 << 50, 10**9)
            assert [row.value for row in rows] == [n + t / 10 for n in range(len(rows))]
            assert len(rows) // BATCH in (told + 1, told + 2)
        archive.close()


if __name__ == "__main__":
    write_for_ever(Path(sys.argv[1]))

from __future__ import annotations

import math
import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from flowengine import BadData
from flowengine_nodes.history.archive import FULL, Archive
from flowengine_nodes.history.block import Block
from flowengine_nodes.history.query import aggregate, last, values
from flowengine_nodes.history.samples import BAD, GOOD, QUALITIES, SECOND, UNCERTAIN, Sample

EVER = 1 << 50


def samples(first: int, count: int, tag: str = "t") -> list[Sample]:
    return [Sample(tag, n * SECOND, float(n), GOOD) for n in range(first, first + count)]


def numbers(archive: Archive, tag: str = "t") -> list[float]:
    return [row.value for row in values(archive, tag, -EVER, EVER, 1_000_000)]


def test_what_was_appended_is_there_before_and_after_it_becomes_blocks_and_after_a_restart(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    for first in range(0, 2500, 100):
        archive.append([*samples(first, 100), *samples(first, 1, "other")])
    assert numbers(archive) == [float(n) for n in range(2500)]
    archive.settle()
    archive.append(samples(2500, 10))
    archive.close()
    archive = Archive(tmp_path / "h")
    assert numbers(archive) == [float(n) for n in range(2510)]
    assert len(numbers(archive, "other")) == 25
    assert numbers(archive, "nobody") == []
    archive.close()


class Counted(Archive):
    """Counts the rows that it puts into blocks."""

    written = 0

    def replace(self, id: int, block: Block) -> None:
        self.written += len(block.times)
        super().replace(id, block)


@pytest.mark.parametrize("few", [1, 7, 67, 400, 900, 1500])
def test_a_slow_tag_fills_up_blocks_and_each_row_is_written_a_few_times(few: int, tmp_path: Path) -> None:
    archive, rows = Counted(tmp_path / "h"), 0
    while rows < min(3 * FULL, 500 * few):
        archive.append(samples(rows, few))
        archive.settle()
        rows += few
    counts = [row[0] for row in archive.db.execute("SELECT count FROM block ORDER BY last")]
    full = counts.count(FULL)
    assert counts[:full] == [FULL] * full
    assert len(counts) - full <= math.log2(max(2, FULL / few)) + 1, counts
    assert archive.written <= rows * (math.log2(max(1, FULL / few)) + 2)
    assert numbers(archive) == [float(n) for n in range(rows)]
    archive.close()


SAMPLES = st.builds(
    Sample,
    st.sampled_from("ab"),
    st.integers(-20, 60).map(lambda n: n * SECOND),
    st.floats(-1e9, 1e9) | st.integers(-5, 5).map(float),
    st.sampled_from([GOOD, GOOD, UNCERTAIN, BAD]),
)
STEPS = st.lists(SAMPLES, min_size=1, max_size=12) | st.sampled_from(["settle", "reopen"])


def one(time: int, value: float) -> list[Sample]:
    return [Sample("a", time * SECOND, value, GOOD)]


LATE: list[list[Sample] | str] = [
    one(0, 1) + one(5, 2) + one(10, 3),
    "settle",
    one(5, 4),
    "settle",
    one(11, 5),
    "settle",
]


@settings(max_examples=60)
@example(LATE, 0, 20, 5, 0)  # the first block is filled up after a later one has changed what is in it
@given(
    st.lists(STEPS, max_size=8), st.integers(-25, 65), st.integers(0, 60), st.integers(1, 30), st.sampled_from([0, 7])
)
def test_queries_answer_as_a_plain_table_would_in_whatever_order_samples_came(
    steps: list[list[Sample] | str], begin: int, length: int, most: int, interval: int
) -> None:
    table: dict[tuple[str, int], Sample] = {}
    begin, end = begin * SECOND, (begin + length) * SECOND
    with tempfile.TemporaryDirectory() as folder:
        archive = Archive(Path(folder) / "h")
        for step in steps:
            if step == "settle":
                archive.settle()
            elif step == "reopen":
                archive.close()
                archive = Archive(Path(folder) / "h")
            elif isinstance(step, list):
                archive.append(step)
                table.update(((one.tag, one.time), one) for one in step)
        for tag in "ab":
            own = sorted(one for (name, _), one in table.items() if name == tag)
            inside = [one for one in own if begin <= one.time <= end]
            expected = [one[1:] for one in inside]
            assert [row[:3] for row in values(archive, tag, begin, end, 1000)] == expected
            assert [row[:3] for row in last(archive, tag, end)] == [one[1:] for one in own if one.time <= end][-1:]
            width = interval * SECOND or math.ceil((end - begin + 1) / most)
            origin = 0 if interval else begin
            rows = aggregate(archive, tag, begin, end, interval, 30 if interval else most)
            assert len(rows) <= (30 if interval else most)
            for row in rows:
                members = [one for one in inside if (one.time - origin) // width * width + origin == row.time]
                usable = [one.value for one in members if one.quality != BAD]
                assert row.made_of == len(usable)
                doubtful = any(one.quality != GOOD for one in members)
                assert QUALITIES[row.quality] == ("bad" if not usable else "uncertain" if doubtful else "good")
                if usable:
                    assert (row.low, row.high) == (min(usable), max(usable))
                    assert row.value == pytest.approx(math.fsum(usable) / len(usable), rel=1e-9, abs=1e-6)
            assert len(rows) == len({(one.time - origin) // width for one in inside})
        archive.close()


def test_more_than_was_asked_for_is_an_error_and_not_cut_off(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    archive.append(samples(0, 100))
    with pytest.raises(BadData, match="more than 99 values"):
        values(archive, "t", -EVER, EVER, 99)
    with pytest.raises(BadData, match="100 intervals of 1 s, and at most 50"):
        aggregate(archive, "t", 0, 99 * SECOND, 1, 50)
    archive.close()


def test_a_log_cut_off_anywhere_leaves_whole_batches_the_first_of_them(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    for n in range(20):
        archive.append(samples(n * 50, 50))
    whole = (tmp_path / "h-wal").read_bytes()
    for cut in range(0, len(whole), len(whole) // 23):
        copy = tmp_path / f"cut-{cut}"
        copy.mkdir()
        shutil.copy(tmp_path / "h", copy / "h")
        (copy / "h-wal").write_bytes(whole[:cut])
        torn = Archive(copy / "h")
        found = numbers(torn)
        assert found == [float(n) for n in range(len(found))]
        assert len(found) % 50 == 0
        torn.append(samples(5000, 1))
        assert numbers(torn)[-1] == 5000.0
        torn.close()
    archive.close()


def test_a_block_that_the_disk_has_changed_is_left_out_and_counted(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    archive.append(samples(0, 2 * FULL))
    archive.settle()
    archive.append(samples(5000, 3))
    archive.db.execute(
        "UPDATE block SET data = CAST(substr(data, 1, 50) || x'00' || substr(data, 52) AS BLOB) WHERE id = 1"
    )
    archive.close()
    archive = Archive(tmp_path / "h")
    assert numbers(archive) == [*(float(n) for n in range(FULL, 2 * FULL)), 5000.0, 5001.0, 5002.0]
    assert archive.damaged == 1
    archive.close()


def test_a_file_belongs_to_one_archive_at_a_time(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        Archive(tmp_path / "h")
    archive.append(samples(0, 1))
    archive.close()
    Archive(tmp_path / "h").close()


def test_the_file_of_another_program_is_not_touched(tmp_path: Path) -> None:
    users = sqlite3.connect(tmp_path / "users")
    users.execute("CREATE TABLE user (name)")
    users.commit()
    users.close()
    before = (tmp_path / "users").read_bytes()
    with pytest.raises(sqlite3.DatabaseError, match="another program"):
        Archive(tmp_path / "users")
    assert (tmp_path / "users").read_bytes() == before

"""The archive as it is read from outside, beside the engine that writes it."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from flowengine import BadData, Retryable
from flowengine_nodes.history import query
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.beside import beside
from flowengine_nodes.history.expiry import DAY, Retention, expire
from flowengine_nodes.history.samples import BAD, GOOD, SECOND, Sample

EVER = 1e9


def samples(first: int, count: int, tag: str = "t") -> list[Sample]:
    return [Sample(tag, n * SECOND, float(n), GOOD) for n in range(first, first + count)]


def numbers(file: Path, tag: str = "t") -> list[float | None]:
    with beside(file) as seen:
        return [one.value for one in seen.values(tag, -EVER, EVER)]


def test_all_that_was_acknowledged_is_seen_from_outside_while_it_is_written_and_when_the_engine_is_gone(
    tmp_path: Path,
) -> None:
    file = tmp_path / "a file with % and ?"
    archive = Archive(file)
    archive.append([*samples(0, 1200), *samples(5, 1, "other")])
    assert numbers(file) == [float(n) for n in range(1200)]
    archive.settle()
    archive.append(samples(1200, 10))
    assert numbers(file) == [float(n) for n in range(1210)], "blocks and what the journal holds"
    with beside(file) as seen:
        archive.append(samples(1210, 5))
        archive.settle()
        assert len(list(seen.values("t", -EVER, EVER))) == 1210, "as of one instant"
        assert seen.tags() == ["other", "t"]
        assert list(seen.values("nobody", -EVER, EVER)) == []
    archive.close()
    assert numbers(file) == [float(n) for n in range(1215)], "nobody writes"
    Archive(file).close()


def test_whatever_the_writer_does_a_reader_sees_each_acknowledged_value_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    acknowledged, over = 0, threading.Event()

    def write() -> None:
        nonlocal acknowledged
        for n in range(0, 2000, 50):
            archive.append(samples(n, 50))
            acknowledged = n + 50
            if n % 300 == 250:
                archive.settle()
        over.set()

    writer = threading.Thread(target=write)
    writer.start()
    looks = 0
    while not over.is_set() or not looks:
        least = acknowledged
        found = numbers(tmp_path / "h")
        assert found == [float(n) for n in range(len(found))], "in order, none twice, none missing"
        assert least <= len(found)
        looks += 1
    writer.join()
    archive.close()


def test_a_reader_neither_changes_the_file_nor_keeps_a_writer_out(tmp_path: Path) -> None:
    Archive(tmp_path / "h").close()
    with pytest.raises(Retryable, match="readonly"), beside(tmp_path / "h") as seen:
        seen.db.execute("DELETE FROM block")
    with beside(tmp_path / "h"):
        archive = Archive(tmp_path / "h")
        archive.append(samples(0, 1))
        archive.close()
    assert numbers(tmp_path / "h") == [0.0]


def test_summaries_have_the_smallest_the_largest_and_the_mean_of_each_interval(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    archive.append([*samples(0, 20), Sample("t", 20 * SECOND, float("nan"), BAD)])
    with beside(tmp_path / "h") as seen:
        found = seen.summaries("t", 0, 29, 10)
    assert [(one.time, one.low, one.value, one.high, one.made_of) for one in found] == [
        (0.0, 0.0, 4.5, 9.0, 10),
        (10.0, 10.0, 14.5, 19.0, 10),
        (20.0, None, None, None, 0),
    ]
    assert found[2].quality == "bad"
    archive.close()


def test_old_summaries_and_new_values_come_in_order_of_time(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "h")
    archive.append(samples(0, 7200))
    archive.settle()
    list(expire(archive, Retention(raw=1, minutes=0), 1 * DAY + 3600))
    archive.append(samples(30, 1))  # late: what is older has been summed up
    archive.settle()
    list(expire(archive, Retention(raw=1, minutes=0), 1 * DAY + 3600))
    with beside(tmp_path / "h") as seen:
        found = list(seen.values("t", -EVER, EVER))
    assert [one.time for one in found] == sorted(one.time for one in found)
    assert [one.made_of for one in found].count(None) == 3600
    assert sum(one.made_of or 0 for one in found) == 3601
    archive.close()


def test_more_than_one_question_may_read_is_refused_and_can_be_known_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MOST_READ", 99)
    archive = Archive(tmp_path / "h")
    archive.append(samples(0, 100))
    archive.settle()
    archive.append(samples(100, 5))
    with beside(tmp_path / "h") as seen:
        assert [seen.about(tag, 0, 200) for tag in ("t", "nobody")] == [105, 0]
        assert [seen.knows(tag) for tag in ("t", "nobody")] == [True, False]
        with pytest.raises(BadData, match="99 are read at most"):
            seen.summaries("t", 0, 200, 10)
    archive.close()


def test_a_file_that_is_none_says_so(tmp_path: Path) -> None:
    with pytest.raises(Retryable, match="nothing has been kept there yet"), beside(tmp_path / "none"):
        pass
    assert not (tmp_path / "none").exists()
    other = sqlite3.connect(tmp_path / "other")
    other.execute("CREATE TABLE orders (id)")
    other.commit()
    other.close()
    with pytest.raises(Retryable, match="of another program"), beside(tmp_path / "other"):
        pass
    (tmp_path / "text").write_text("no database, but long enough to be looked at" * 100)
    with pytest.raises(Retryable, match="not a database"), beside(tmp_path / "text"):
        pass

from pathlib import Path

import pytest

from flowengine_nodes.sources.csv_replay import BLOCK, CsvFile, Row, plain, seconds


def write(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8")
    return str(path)


def rows(file: str, column: str, time_column: str, separator: str = ",") -> list[Row]:
    reader = CsvFile(file, column, time_column, separator)
    found = reader.read()
    reader.close()
    return found


def test_rows_come_with_their_time_and_value(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "t,temp,name\n0,20.5,x\n1.5,,y\n")
    assert [(r.line, r.time, r.value) for r in rows(file, "temp", "t")] == [(2, 0, 20.5), (3, 1.5, None)]


def test_without_a_column_each_row_is_an_object(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "t;temp;name\n0;20;x\n")
    assert rows(file, "", "t", ";")[0].value == {"temp": 20, "name": "x"}


def test_a_large_file_is_read_block_by_block_and_again_from_the_start(tmp_path: Path) -> None:
    file = CsvFile(write(tmp_path / "a.csv", "v\n" + "".join(f"{n}\n" for n in range(BLOCK + 5))), "v", "", ",")
    assert [len(file.read()), len(file.read()), len(file.read())] == [BLOCK, 5, 0]
    assert file.read()[0].value == 0
    file.close()


def test_a_bad_time_spoils_its_row_only(tmp_path: Path) -> None:
    file = write(tmp_path / "a.csv", "t,v\nnoon,1\n2,2\n")
    bad, good = rows(file, "v", "t")
    assert "line 2: time 'noon'" in bad.problem
    assert (good.problem, good.value) == ("", 2)


def test_a_missing_column_is_named_with_those_that_are_there(tmp_path: Path) -> None:
    file = CsvFile(write(tmp_path / "a.csv", "t,v\n"), "pressure", "", ",")
    with pytest.raises(ValueError, match="no column 'pressure'; it has: t, v"):
        file.read()
    file.close()


def test_times_are_seconds_or_dates() -> None:
    assert seconds("12.5") == 12.5
    assert seconds("2026-01-01T00:00:00") == seconds("2026-01-01T01:00:00+01:00") == 1_767_225_600


def test_texts_that_are_numbers_become_numbers() -> None:
    assert [plain(t) for t in ("1", "1.5", "-2e3", "abc", "", None)] == [1, 1.5, -2000.0, "abc", None, None]

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowengine_nodes.files.line_reader import LineReader, Position, TooLong


def reader(file: Path, longest: int = 100, too_long: TooLong = "cut", encoding: str = "utf-8") -> LineReader:
    return LineReader(file, encoding, longest, too_long)


def texts(following: LineReader) -> list[str]:
    found: list[str] = []
    while lines := following.read():
        found += [line.text for line in lines]
    return found


def write(file: Path, data: bytes) -> None:
    with file.open("ab") as stream:
        stream.write(data)


def test_a_line_counts_when_its_end_has_come(tmp_path: Path) -> None:
    file = tmp_path / "log"
    following = reader(file)
    assert texts(following) == []
    write(file, b"one\r\ntw")
    assert texts(following) == ["one"]
    write(file, b"o\n\n")
    assert texts(following) == ["two", ""]
    following.close()


def test_it_begins_at_the_end_or_at_a_position_of_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "log"
    write(file, b"one\ntwo\n")
    following = reader(file)
    following.begin("end")
    assert texts(following) == []
    write(file, b"three\n")
    (line,) = following.read()
    following.close()
    write(file, b"four\n")
    after = reader(file)
    after.begin(line.end)
    assert texts(after) == ["four"]
    after.close()
    other = reader(file)
    other.begin(Position(1, 1, 4))
    assert texts(other) == ["one", "two", "three", "four"]
    other.close()


def test_rotation_loses_no_line(tmp_path: Path) -> None:
    file = tmp_path / "log"
    write(file, b"one\n")
    following = reader(file)
    assert texts(following) == ["one"]
    write(file, b"two\nlast without end")
    file.rename(tmp_path / "log.1")
    write(file, b"three\n")
    assert texts(following) == ["two", "last without end", "three"]
    following.close()


def test_truncation_begins_anew(tmp_path: Path) -> None:
    file = tmp_path / "log"
    write(file, b"one\ntwo\n")
    following = reader(file)
    texts(following)
    with file.open("wb") as stream:
        stream.write(b"new\n")
    assert texts(following) == ["new"]
    following.close()


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("cut", ["abc", "x", "abc"]), ("split", ["abc", "def", "gh", "x", "abc", "d"]), ("skip", ["x"])],
)
def test_a_line_too_long_is_cut_split_or_skipped(tmp_path: Path, policy: TooLong, expected: list[str]) -> None:
    file = tmp_path / "log"
    following = reader(file, longest=3, too_long=policy)
    found: list[str] = []
    for piece in (b"abcd", b"ef", b"gh\nx\nab", b"cd\n"):
        write(file, piece)
        found += texts(following)
    assert found == expected
    following.close()


def test_a_line_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    file = tmp_path / "log"
    write(file, b"x" * 1_000_000)
    following = reader(file, longest=10)
    assert texts(following) == ["x" * 10]
    assert len(following._rest) <= 10
    write(file, b"\nnext\n")
    assert [(line.text, line.end.offset) for line in following.read()] == [("next", 1_000_006)]
    following.close()


def test_other_encodings_are_read_and_unknown_characters_marked(tmp_path: Path) -> None:
    file = tmp_path / "log"
    write(file, "21 °C\n".encode("latin-1"))
    for encoding, text in (("latin-1", "21 °C"), ("utf-8", "21 \ufffdC")):
        following = reader(file, encoding=encoding)
        assert texts(following) == [text]
        following.close()
    with pytest.raises(ValueError, match="line ends are one byte"):
        reader(file, encoding="utf-16")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], max_examples=60)
@given(st.lists(st.binary(max_size=12), max_size=12), st.integers(1, 20))
def test_however_a_file_grows_its_lines_are_the_same(tmp_path: Path, pieces: list[bytes], longest: int) -> None:
    file = tmp_path / "log"
    file.unlink(missing_ok=True)
    following = reader(file, longest=longest, too_long="split", encoding="latin-1")
    found: list[str] = []
    ends: list[int] = []
    for piece in pieces:
        write(file, piece)
        while lines := following.read():
            found += [line.text for line in lines]
            ends += [line.end.offset for line in lines]
    following.close()
    expected: list[str] = []
    for line in b"".join(pieces).split(b"\n")[:-1]:
        parts = [line[i : i + longest] for i in range(0, len(line), longest)] or [b""]
        expected += [part.removesuffix(b"\r").decode("latin-1") for part in parts]
    assert found[: len(expected)] == expected
    assert ends == sorted(ends)

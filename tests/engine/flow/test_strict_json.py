from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine.flow.strict_json import MAX_BYTES, MAX_DEPTH, MISSING, parse_json, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=30,
)


@given(VALUES, st.sampled_from([None, 0, 1, 3]))
def test_every_json_value_is_read_as_it_was_written(value: Any, indent: int | None) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=False)
    parsed = parse_json(text.encode("utf-8", "surrogatepass") if text.isascii() else text, "f")
    assert parsed.value == value
    assert parsed.problems == [] or "surrogate" in parsed.problems[0].message


def places(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, one in inner for place in places(one, (*path, key)))]


@given(VALUES)
def test_every_value_is_found_on_its_line(value: Any) -> None:
    text = json.dumps(value, indent=1)
    where = places(value)
    lines = parse_json(text, "f").lines(where)
    # json.dumps gives every member a line of its own and closes what it has opened on a line of its own
    expected, line = {}, 1

    def walk(value: Any, path: tuple[str | int, ...]) -> None:
        nonlocal line
        expected[path] = line
        inner = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
        for key, one in inner:
            line += 1
            walk(one, (*path, key))
        line += bool(inner)

    walk(value, ())
    assert dict(lines) == expected


def test_a_path_that_is_not_there_has_the_line_of_what_is_around_it() -> None:
    parsed = parse_json('{\n "a": {\n  "b": 1}}', "f")
    assert parsed.lines([("a", "c", "d")]) == {("a", "c", "d"): 2}


@pytest.mark.parametrize(
    ("raw", "code", "line", "words"),
    [
        (b"", "not-json", 1, "empty"),
        (b" \n ", "not-json", 1, "empty"),
        (b'{"a": 1,\n}', "not-json", 2, "remove the comma"),
        (b'{"a": 1} // no', "not-json", 1, "no comments"),
        (b"{'a': 1}", "not-json", 1, "double quotes"),
        (b'{"a": \n"\xff"}', "not-utf8", 2, "not UTF-8"),
        ('{"a": 1}'.encode("utf-16"), "not-utf8", 0, "UTF-16"),
        (b'\xef\xbb\xbf{"a": 1}', "bom", 1, "byte order mark"),
        (b'{"a": 1,\n"a": 2}', "duplicate-key", 2, "'a' is there twice"),
        (b'{"a":\nNaN}', "not-a-number", 1, "NaN"),
        (b"[1,\n-Infinity]", "not-a-number", 2, "-Infinity"),
        (b"[1,\n1e999]", "not-a-number", 2, "larger"),
        (b'["\\ud800"]', "not-utf8", 1, "surrogate"),
        (b'{"\\udfff": 1}', "not-utf8", 1, "surrogate"),
        (b"[" * 100_000, "too-deep", 1, "100 levels"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "too-deep", 1, "100 levels"),
        (b'{"a":\n' * 150 + b"1" + b"}" * 150, "too-deep", 101, "100 levels"),
        (b"1" * 10_000, "not-json", 1, "digits"),
        (b" " * (MAX_BYTES + 1), "too-large", 0, "16 MiB"),
        (b"\x00", "not-json", 1, "not JSON"),
        (b'{"a": "\n"}', "not-json", 1, "not JSON"),
    ],
)
def test_what_is_no_json_of_ours_is_said_with_its_line(raw: bytes, code: str, line: int, words: str) -> None:
    [problem] = parse_json(raw, "f.json").problems
    assert (problem.code, problem.line) == (code, line)
    assert words in str(problem)


def test_the_deepest_value_that_is_allowed_is_read() -> None:
    assert parse_json("[" * MAX_DEPTH + "]" * MAX_DEPTH, "f").problems == []


def test_all_duplicate_keys_are_found_and_the_rest_is_read_all_the_same() -> None:
    parsed = parse_json('{"nodes": {\n"a": 1,\n"a": 2,\n"b": 3,\n"b": NaN}}', "f")
    assert [(p.line, p.path) for p in parsed.problems] == [(3, "$.nodes.a"), (5, "$.nodes.b"), (5, "$.nodes.b")]
    assert "node id 'a' is there twice" in parsed.problems[0].message
    assert parsed.value["nodes"]["a"] == 2


def test_a_file_that_is_not_there_is_a_problem(tmp_path: Path) -> None:
    parsed = read_json(tmp_path / "none.json")
    assert parsed.value is MISSING
    assert parsed.problems[0].code == "unreadable"
    assert read_json(tmp_path).problems[0].code == "unreadable"

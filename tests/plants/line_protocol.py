"""InfluxDB's side of the line protocol, read character by character as its documentation describes it."""

from __future__ import annotations

from typing import Any, NamedTuple


class Point(NamedTuple):
    """One point; time in the unit it was written in."""

    measurement: str
    tags: dict[str, str]
    fields: dict[str, Any]
    time: int


def parse(text: str) -> list[Point]:
    """Return the points of a body.

    Raises:
        ValueError: a line is none.
    """
    points, at = [], 0
    while at < len(text):
        measurement, at = _until(text, at, ", ")
        tags: dict[str, str] = {}
        while text[at] == ",":
            name, at = _until(text, at + 1, "=")
            tags[name], at = _until(text, at + 1, ", ")
        fields: dict[str, Any] = {}
        while not fields or text[at] == ",":
            name, at = _until(text, at + 1, "=")
            fields[name], at = _value(text, at + 1)
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        points.append(Point(measurement, tags, fields, int(text[at + 1 : end])))
        at = end + 1
    return points


def _until(text: str, at: int, marks: str) -> tuple[str, int]:
    found = ""
    while text[at] not in marks:
        if text[at] == "\\" and text[at + 1] in ", =":
            at += 1
        found += text[at]
        at += 1
    if not found:
        raise ValueError(f"a name is empty at {at}")
    return found, at


def _value(text: str, at: int) -> tuple[Any, int]:
    if text[at] == '"':
        found, at = "", at + 1
        while text[at] != '"':
            at += text[at] == "\\"
            found += text[at]
            at += 1
        return found, at + 1
    word, at = _until(text, at, ", ")
    if word in ("true", "false"):
        return word == "true", at
    return int(word[:-1]) if word.endswith("i") else float(word), at

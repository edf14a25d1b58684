"""JSON as a flow file may hold it: strict, bounded, and with the line of every value when one is asked for.

The fast way is the C parser of the standard library with hooks that notice what RFC 8259 leaves open (duplicate
keys, NaN, numbers out of range). Positions come from a second look at the text, taken only when there is a problem to
show: where the parser noticed something, a loop over tokens without recursion; else a way down to what is asked for.
"""

from __future__ import annotations

import json
import math
import re
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, cast

from flowengine.flow.problem import Keys, Problem, Report

MAX_BYTES = 16 * 1024 * 1024
"""A larger file is refused unread; 10,000 nodes need about 2 MiB."""
MAX_DEPTH = 100
"""Lists and objects within one another at most."""
MAX_VALUES = 300_000
"""Values that are looked through to say where in the text a fault lies, such as a key that is there twice."""

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "MISSING", "__bool__": lambda self: False})()

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},]|[^\s\[\]{},:"]+', re.DOTALL)
_SPACE = cast("Callable[[str, int], re.Match[str]]", re.compile(r"[ \t\n\r]*").match)  # it always matches
_PASS_OVER = json.JSONDecoder().raw_decode
_NESTED = frozenset((dict, list))
_MEMBERS: dict[Keys, str] = {("nodes",): "node id", ("connections",): "connection"}
_SURROGATE = re.compile(r"(\\u[dD][89abAB]..\\u[dD][c-fC-F]..)|\\u[dD][89a-fA-F]..")


@dataclass(frozen=True)
class Json:
    """One JSON file: its text, its value (`MISSING` when it is not JSON) and what is wrong with it."""

    file: str
    text: str = ""
    value: Any = MISSING
    problems: list[Problem] = field(default_factory=list)

    def report(self) -> Report:
        """Begin to collect problems of this file."""
        return Report(self.file, self.lines)

    def lines(self, paths: Collection[Keys]) -> Mapping[Keys, int]:
        """Return the line of each path, or that of the nearest value around it; 0 when there is no text."""
        if not self.text:
            return {}
        wanted: dict[str | int, Any] = {}
        for path in paths:
            inner = wanted
            for key in path:
                inner = inner.setdefault(key, {})
        offsets: dict[Keys, int] = {(): 0}
        with suppress(ValueError, IndexError):  # as far as the text is well formed
            _locate(self.text, 0, wanted, (), offsets)
        line = _line_counter(self.text)
        found: dict[Keys, int] = {}
        for path in paths:
            known = next(path[:n] for n in range(len(path), -1, -1) if path[:n] in offsets)
            found[path] = line(offsets[known])
        return found


def read_json(path: Path, shown_as: str = "") -> Json:
    """Read a file; one that cannot be read, is too large or is not JSON has that as its problem."""
    file = shown_as or str(path)
    try:
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        return Json(file, problems=[Problem("error", "unreadable", f"cannot be read: {reason}", file)])
    return parse_json(raw, file)


def parse_json(raw: bytes | str, file: str) -> Json:
    """Parse a text; never raises: all faults are in `problems`."""

    def refused(code: str, message: str, line: int = 0, hint: str = "") -> Json:
        return Json(file, problems=[Problem("error", code, message, file, line, hint=hint)])

    if len(raw) > MAX_BYTES:
        return refused("too-large", f"larger than {MAX_BYTES // 2**20} MiB", hint="split it into several flows")
    if isinstance(raw, bytes):
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return refused("not-utf8", "the text is UTF-16", hint="save it as UTF-8 without a byte order mark")
        try:
            text = raw.decode()
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            return refused("not-utf8", f"byte {error.start + 1} is not UTF-8", line, "save it as UTF-8")
    else:
        text = raw
        if _is_broken(text):
            return refused("not-utf8", "the text has half of a surrogate pair in it: it cannot be written as UTF-8")
    problems: list[Problem] = []
    if text.startswith("\ufeff"):
        hint = "save it as UTF-8 without a byte order mark"
        problems.append(Problem("error", "bom", "begins with a byte order mark", file, 1, hint=hint))
        text = text[1:]
    parsed, odd = _parse(text, file)
    if odd:
        problems += _oddities(parsed)
        if any(problem.code == "not-utf8" for problem in problems):  # no check could show such a text
            parsed = _parse(_SURROGATE.sub(lambda match: match[1] or r"\ufffd", text), file)[0]
        return Json(file, text, parsed.value, problems)
    return Json(file, text, parsed.value, problems + parsed.problems)


def _parse(text: str, file: str) -> tuple[Json, bool]:
    """Return the value, and whether something in it is not as RFC 8259 wants it."""
    odd = False

    def from_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal odd
        value = dict(pairs)
        odd = odd or len(value) != len(pairs)
        return value

    def number(digits: str) -> float:
        nonlocal odd
        value = float(digits)
        odd = odd or math.isinf(value)
        return value

    def constant(name: str) -> None:
        nonlocal odd
        odd = True

    def refused(code: str, message: str, line: int, hint: str = "") -> tuple[Json, bool]:
        return Json(file, text, problems=[Problem("error", code, message, file, line, hint=hint)]), False

    if not text.strip():
        return refused("not-json", "the file is empty", 1)
    try:
        value = json.loads(text, object_pairs_hook=from_pairs, parse_float=number, parse_constant=constant)
    except json.JSONDecodeError as error:
        message = f"not JSON: {error.msg[:1].lower()}{error.msg[1:]} (column {error.colno})"
        return refused("not-json", message, error.lineno, _syntax_hint(text, error.pos))
    except RecursionError:
        deep = next((v.offset for v in islice(_values(text), MAX_VALUES) if len(v.path) > MAX_DEPTH), 0)
        return refused("too-deep", f"nested deeper than {MAX_DEPTH} levels", _line_counter(text)(deep))
    except ValueError:  # CPython refuses to read an integer of more than 4300 digits
        return refused("not-json", "a whole number has more digits than can be read", 1)
    if _deeper(value, MAX_DEPTH):
        deep = next((v.offset for v in islice(_values(text), MAX_VALUES) if len(v.path) > MAX_DEPTH), 0)
        return refused("too-deep", f"nested deeper than {MAX_DEPTH} levels", _line_counter(text)(deep))
    return Json(file, text, value), odd or ("\\u" in text and _SURROGATE.search(text) is not None)


@dataclass
class _Value:
    """A value met on the way through a text; `path` is reused from one to the next."""

    path: list[str | int]
    offset: int
    token: str
    duplicate: bool


def _values(text: str) -> Iterator[_Value]:
    """Yield every value of a JSON text in the order written, at the offset of its key if it has one.

    The text has passed the parser, or is looked at only as far as it is well formed.
    """
    path: list[str | int] = []
    members: list[set[str] | None] = []  # of each open object the keys seen so far; None for a list
    value = _Value(path, 0, "", False)
    key_next = False
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token == ",":
            key_next = bool(members) and members[-1] is not None
        elif token in "]}":
            if members:
                members.pop()
                path.pop()
            key_next = False
        elif key_next:
            seen = members[-1]
            if seen is None or token[0] != '"':
                return
            try:
                key = token[1:-1] if "\\" not in token else str(json.loads(token))
            except ValueError:
                return
            value.duplicate = key in seen
            seen.add(key)
            path[-1] = key
            value.offset = match.start()
            key_next = False
        else:
            if not members or members[-1] is None:
                value.offset, value.duplicate = match.start(), False
                if members:
                    path[-1] = int(path[-1]) + 1
            value.token = token
            yield value
            if token == "{":
                members.append(set())
                path.append("")
                key_next = True
            elif token == "[":
                members.append(None)
                path.append(-1)


def _locate(text: str, start: int, wanted: Mapping[str | int, Any], path: Keys, offsets: dict[Keys, int]) -> int:
    """Find the offset of each wanted path within a value, that of its key if it has one; return where the value ends.

    `wanted` holds keys and what is wanted below them; what is not wanted is passed over by the C parser.
    """
    at = _SPACE(text, start).end()
    opening = text[at]
    if not wanted or opening not in "{[":
        return int(_PASS_OVER(text, at)[1])
    number = -1
    while True:
        at = _SPACE(text, at + 1).end()
        if text[at] in "}]":  # of an empty one
            return at + 1
        number += 1
        key: str | int = number
        begin = at
        if opening == "{":
            key, at = _PASS_OVER(text, at)
            at = _SPACE(text, at).end() + 1  # behind the colon
        inner = wanted.get(key)
        if inner is not None:
            offsets[*path, key] = begin
        at = _locate(text, at, inner or {}, (*path, key), offsets)
        at = _SPACE(text, at).end()
        if text[at] in "}]":
            return at + 1


def _oddities(parsed: Json) -> list[Problem]:
    """Find what the hooks noticed: where it is, and all of it."""
    report = parsed.report()
    for value in islice(_values(parsed.text), MAX_VALUES):
        keys, token = tuple(value.path), value.token
        if value.duplicate:
            what = _MEMBERS.get(keys[:-1], "key")
            hint = "rename one of the two" if what != "key" else "remove one of the two"
            report.error("duplicate-key", keys, f"{what} '{str(keys[-1])[:100]}' is there twice", hint=hint)
        if token in ("NaN", "Infinity", "-Infinity"):
            report.error("not-a-number", keys, f"{token} is not JSON", hint="use null, or a number")
        elif token[0] in "-0123456789" and math.isinf(float(token)) and not token.lstrip("-").isdigit():
            report.error("not-a-number", keys, f"{token[:40]} is larger than any number can be")
        elif token[0] == '"' and _is_broken(json.loads(token)):
            report.error("not-utf8", keys, "the text has half of a surrogate pair in it: it cannot be written as UTF-8")
        if keys and isinstance(keys[-1], str) and _is_broken(keys[-1]):
            report.error("not-utf8", keys[:-1], "a key has half of a surrogate pair in it")
    return report.problems()


def _is_broken(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text) if not text.isascii() else False


def _deeper(value: Any, most: int) -> bool:
    level: list[Any] = [value] if value.__class__ in _NESTED else []
    for _ in range(most):
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if outer.__class__ is dict else outer)
            if inner.__class__ in _NESTED
        ]
    return bool(level)


def _line_counter(text: str) -> Any:
    ends = [match.start() for match in re.finditer("\n", text)]
    return lambda offset: bisect_right(ends, offset - 1) + 1


def _syntax_hint(text: str, at: int) -> str:
    before = text[max(0, at - 200) : at].rstrip()
    here = text[at : at + 2]
    if before.endswith(",") and here[:1] in ("}", "]"):
        return "remove the comma in front"
    if here in ("//", "/*") or here[:1] == "#":
        return "JSON has no comments: use a 'note' key"
    if here[:1] == "'":
        return 'JSON uses double quotes: "'
    return ""

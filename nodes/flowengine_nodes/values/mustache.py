"""Mustache templates: parsed once, rendered for each message, with bounded output.

Follows the specification at https://mustache.github.io/mustache.5.html without partials and lambdas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from flowengine import BadData
from flowengine_nodes.values.convert import as_text
from flowengine_nodes.values.properties import MISSING

Keys = tuple[str, ...]
Lookup = Callable[[Keys], Any]
"""Gives the value of a dotted name, or MISSING."""

_ESCAPES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;"}
)
_BLANK_END = re.compile(r"[ \t]*(\r?\n|\Z)")
_DELIMITERS = re.compile(r"(\S+)\s+(\S+)\Z")


def escape(text: str) -> str:
    """Return a text with the eight characters replaced that mustache.js replaces in HTML."""
    return text.translate(_ESCAPES)


class Variable(NamedTuple):
    """A value to be put in."""

    keys: Keys
    escaped: bool


@dataclass(frozen=True)
class Section:
    """A part that is rendered for each item, once, or not at all."""

    keys: Keys
    inverted: bool
    parts: tuple[Part, ...]


Part = str | Variable | Section


class _Open(NamedTuple):
    keys: Keys
    inverted: bool
    line: int
    parts: list[Part]


def parse(template: str) -> tuple[Part, ...]:
    """Return the parts of a template.

    Raises:
        ValueError: a tag or section is not closed, or is not supported; says at which line.
    """
    parts: list[Part] = []
    stack: list[_Open] = [_Open((), False, 0, parts)]
    opening, closing = "{{", "}}"
    at = 0
    while (start := template.find(opening, at)) >= 0:
        line = template.count("\n", 0, start) + 1
        inner = start + len(opening)
        sign = template[inner : inner + 1]
        ending = {"{": "}" + closing, "=": "=" + closing}.get(sign, closing)
        stop = template.find(ending, inner + 1 if sign in ("{", "=") else inner)
        if stop < 0:
            raise ValueError(f"template, line {line}: '{opening}' is not closed by '{ending}'")
        body = template[inner:stop]
        after = stop + len(ending)
        before = template[at:start]
        if body[:1] in ("#", "^", "/", "!", "="):
            before, after = _standing_alone(template, start, after, before)
        if before:
            stack[-1].parts.append(before)
        at = after
        name = body[1:].strip()
        if sign == "=":
            opening, closing = _delimiters(name, line)
        elif sign in ("#", "^"):
            if len(stack) > 100:
                raise ValueError(f"template, line {line}: sections are nested more than 100 deep")
            stack.append(_Open(_keys(name, line), sign == "^", line, []))
        elif sign == "/":
            _close(stack, name, line)
        elif sign == ">":
            raise ValueError(f"template, line {line}: partials ({opening}>...) are not supported")
        elif sign in ("{", "&"):
            stack[-1].parts.append(Variable(_keys(name, line), False))
        elif sign != "!":
            stack[-1].parts.append(Variable(_keys(body.strip(), line), True))
    if len(stack) > 1:
        raise ValueError(f"template, line {stack[-1].line}: section '{'.'.join(stack[-1].keys)}' is not closed")
    parts.append(template[at:])
    return tuple(parts)


def _keys(name: str, line: int) -> Keys:
    if name == ".":
        return ()
    keys = tuple(key.strip() for key in name.split("."))
    if not all(keys):
        raise ValueError(f"template, line {line}: '{name}' is not a name")
    return keys


def _standing_alone(template: str, start: int, after: int, before: str) -> tuple[str, int]:
    """Take away the line of a tag that prints nothing and stands alone on it."""
    begin = template.rfind("\n", 0, start) + 1
    end = _BLANK_END.match(template, after)
    if template[begin:start].strip(" \t") or end is None:
        return before, after
    return before.rstrip(" \t"), end.end()


def _delimiters(text: str, line: int) -> tuple[str, str]:
    found = _DELIMITERS.match(text)
    if found is None or "=" in text:
        raise ValueError(f"template, line {line}: write new delimiters such as {{{{=<% %>=}}}}")
    return found.group(1), found.group(2)


def _close(stack: list[_Open], name: str, line: int) -> None:
    section = stack[-1]
    if len(stack) == 1 or section.keys != _keys(name, line):
        open_one = f"'{'.'.join(section.keys)}' is open" if len(stack) > 1 else "none is open"
        raise ValueError(f"template, line {line}: section '{name}' is closed, but {open_one}")
    stack.pop()
    stack[-1].parts.append(Section(section.keys, section.inverted, tuple(section.parts)))


class Renderer:
    """Renders one template for one message."""

    def __init__(self, root: Lookup, prepare: Callable[[str], str], most: int) -> None:
        self.root = root
        self.prepare = prepare
        """Applied to each text that is put in, before it is escaped."""
        self.left = most
        """Characters and steps that may still be spent."""
        self.out: list[str] = []
        self.stack: list[Any] = []

    def render(self, parts: tuple[Part, ...]) -> str:
        """Return the text.

        Raises:
            BadData: it grows beyond the limit.
        """
        self._parts(parts)
        return "".join(self.out)

    def _parts(self, parts: tuple[Part, ...]) -> None:
        for part in parts:
            if isinstance(part, str):
                self._put(part)
            elif isinstance(part, Variable):
                value = self._value(part.keys)
                text = "" if value is MISSING else as_text(value)
                text = self.prepare(text) if isinstance(value, str | bytes | bytearray) else text
                self._put(escape(text) if part.escaped else text)
            else:
                self._section(part)

    def _put(self, text: str) -> None:
        self.left -= len(text) + 1
        if self.left < 0:
            raise BadData("the text made from the template is too long")
        self.out.append(text)

    def _section(self, section: Section) -> None:
        self._put("")
        value = self._value(section.keys)
        if section.inverted or not value:
            if section.inverted and not value:
                self._parts(section.parts)
            return
        for item in value if isinstance(value, list | tuple) else (value,):
            self._put("")
            self.stack.append(item)
            self._parts(section.parts)
            self.stack.pop()

    def _value(self, keys: Keys) -> Any:
        if not keys:
            return self.stack[-1] if self.stack else MISSING
        for context in reversed(self.stack):
            if isinstance(context, Mapping) and keys[0] in context:
                return descend(context, keys)
        return self.root(keys)


def descend(value: Any, keys: Keys) -> Any:
    """Return what stands below a value; a number counts as a place in a list."""
    for key in keys:
        if isinstance(value, Mapping):
            value = value.get(key, MISSING)
        elif isinstance(value, list | tuple) and key.isdecimal() and len(key) < 10 and int(key) < len(value):
            value = value[int(key)]
        else:
            return MISSING
    return value

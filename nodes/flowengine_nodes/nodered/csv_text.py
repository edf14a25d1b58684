"""CSV as text, by RFC 4180 and as older versions of Node-RED read it."""

from __future__ import annotations

import re
from typing import Any

from flowengine_nodes.nodered import javascript as js
from flowengine_nodes.nodered.base import RedError

Row = list[str | None]
"""The cells of a line; None: there was nothing at all, not even quotation marks."""

QUOTE = '"'


def read(text: str, sep: str, strict: bool = False, one: bool = False, at: int = 0) -> tuple[list[Row], int]:
    """Return the rows of a text by RFC 4180, and where reading ended.

    Args:
        text: the text; lines end by LF, CR LF or CR.
        sep: what separates cells.
        strict: refuse what the RFC does not allow.
        one: read one row only.
        at: where to begin.

    Raises:
        RedError: it is not allowed.
    """
    rows: list[Row] = []
    row: Row = []
    cell: list[str] = []
    fresh, inside, closed = True, False, False

    def end_row() -> None:
        nonlocal row
        if cell:
            row.append("".join(cell))
            cell.clear()
        if row:
            rows.append(row)
            row = []

    while at < len(text):
        char = text[at]
        if inside:
            if char == QUOTE and text[at + 1 : at + 2] == QUOTE:
                cell.append(QUOTE)
                at += 1
            elif char == QUOTE:
                inside, closed = False, True
            else:
                cell.append(char)
        elif char == sep:
            row.append("".join(cell) or (None if fresh else ""))
            cell.clear()
            fresh, closed = True, False
        elif char == QUOTE and fresh:
            inside, fresh = True, False
        elif char == QUOTE and strict:
            raise RedError("UnquotedQuoteError: Quote found in the middle of an unquoted field")
        elif char == QUOTE:
            following = text[at + 1 : at + 2]
            if following and following not in ("\n", "\r", sep):
                cell.append(char)
                at += following == QUOTE
        elif char in "\r\n":
            end_row()
            at += text[at + 1 : at + 2] == "\n"
            fresh, closed = True, False
            if one:
                at += 1
                break
        elif closed and strict:
            raise RedError("DataAfterCloseError: Data found after closing quote")
        elif closed:
            at, closed = at - 2, False
        else:
            cell.append(char)
            fresh = False
        at += 1
    if strict and inside:
        raise RedError("ParseError: Missing quote, unclosed cell")
    end_row()
    return rows, at


def header(text: str, sep: str) -> list[str]:
    """Return the names of columns that a line states; one empty name: it states none."""
    rows, _ = read(text, sep, strict=True)
    return [cell or "" for cell in rows[0]] if len(rows) == 1 else [""]


def quoted(text: str, sep: str, marks: str = "\r\n") -> str:
    """Return a cell, in quotation marks where it has to be."""
    needs = sep in text or QUOTE in text or any(mark in text for mark in marks)
    text = text.replace(QUOTE, QUOTE * 2)
    return f"{QUOTE}{text}{QUOTE}" if needs else text


_NO_NUMBER = re.compile(r" *(\+|-0\d|0\d)")


def as_object(row: Row, names: list[str], numbers: bool, nulls: bool, empties: bool) -> dict[str, Any]:
    """Return a row as an object; columns without a name are left out."""
    made: dict[str, Any] = {}
    for position, name in enumerate(names):
        if not name:
            continue
        value: Any = row[position] if position < len(row) else None
        if (value is None and not nulls) or (value == "" and not empties):
            continue
        if numbers and value and not _NO_NUMBER.match(value):
            number = js.number(value)
            value = number if number == number else value
        made[name] = value
    return made


# --- as older versions read it ---

_OLD_NUMBER = re.compile(r"-?(?!E)(?!0\d)\d*\.?\d*(E-?\+?)?\d+\Z", re.IGNORECASE)


def old_header(text: str, sep: str) -> list[str]:
    """Return the names of columns, without quotation marks and blanks around."""
    cells: list[str] = [""]
    inside = False
    for char in text.strip():
        if char == QUOTE:
            inside = not inside
        elif char == sep and not inside:
            cells.append("")
        else:
            cells[-1] += char
    return [cell.strip() for cell in cells]


class OldReader:
    """Reads as older versions did: every line break outside of quotation marks ends a row."""

    def __init__(self, sep: str, numbers: bool, nulls: bool, empties: bool) -> None:
        self.sep, self.numbers, self.nulls, self.empties = sep, numbers, nulls, empties
        self.names: list[str] = [""]
        self.named = False

    def take_header(self, text: str) -> None:
        """Take the names of columns from a line."""
        self.names = old_header(text, self.sep)
        self.named = self.names != [""]

    def rows(self, text: str, at: int) -> tuple[list[dict[str, Any]], bool]:
        """Return the objects from `at` on, and whether the quotation marks are in pairs."""
        self.row: dict[str, Any] = {}
        self.cell: str | None = ""
        self.column = 0
        found: list[dict[str, Any]] = []
        outside = True
        for i in range(at, len(text)):
            char, before = text[i], text[i - 1] if i else ""
            if char == QUOTE:
                outside = not outside
                if before == QUOTE and not outside:
                    self.cell = (self.cell or "") + QUOTE
            elif char == self.sep and outside:
                if i == 0 and self._name():
                    raise RedError("TypeError: Cannot read properties of undefined (reading 'includes')")
                if before in (self.sep, "\n"):
                    self.cell = None if self._name() else self.cell
                self._keep()
                self.column += 1
                self.cell = None if i == len(text) - 1 else ""
            elif char in "\r\n" and outside:
                if before == self.sep and self._name():
                    self.cell = None
                self._keep()
                if self.row:
                    found.append(self.row)
                self.row, self.cell, self.column = {}, "", 0
            else:
                self.cell = ("null" if self.cell is None else self.cell) + char
        self._keep()
        if self.row:
            found.append(self.row)
        return found, outside

    def _name(self) -> str:
        if not self.named:
            self.names.extend([""] * (self.column + 1 - len(self.names)))
            self.names[self.column] = f"col{self.column + 1}"
        return self.names[self.column] if self.column < len(self.names) else ""

    def _keep(self) -> None:
        name, value = self._name(), self.cell
        if not name:
            return
        if value is None:
            if self.nulls:
                self.row[name] = None
        elif self.numbers and _OLD_NUMBER.match(value.strip()):
            self.row[name] = js.parse_float(value.strip())
        elif value or self.empties:
            self.row[name] = value

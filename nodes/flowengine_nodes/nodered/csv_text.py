"""CSV as text: lines and cells, quotes and separators."""

from __future__ import annotations

from typing import Any

LONGEST = 64 * 1024 * 1024


def split_header(text: str, sep: str, quote: str) -> list[str]:
    """Return the names of columns in a line."""
    rows = read(text, sep, quote, True, 0)
    return [cell if isinstance(cell, str) else cell[0].strip() for cell in rows[0]] if rows else [""]


def read(text: str, sep: str, quote: str, strict: bool, skip: int) -> list[list[Any]]:
    """Return the rows of a text, each a list of (cell, whether it was quoted).

    Args:
        text: the text; lines end by LF, CR LF or CR.
        sep: what separates cells.
        quote: the quotation mark, doubled inside a quoted cell.
        strict: by RFC 4180: a quotation mark counts only at the start of a cell.
        skip: lines to leave out at the start.
    """
    at = 0
    for _ in range(skip):
        end = text.find("\n", at)
        if end < 0:
            return []
        at = end + 1
    rows: list[list[Any]] = []
    row: list[Any] = []
    cell: list[str] = []
    quoted = inside = False
    length = len(text)
    while at < length:
        char = text[at]
        if inside:
            if char == quote:
                if at + 1 < length and text[at + 1] == quote:
                    cell.append(quote)
                    at += 1
                else:
                    inside = False
            else:
                cell.append(char)
        elif quote and char == quote and (not strict or not "".join(cell).strip()):
            inside = quoted = True
            if not "".join(cell).strip():
                cell.clear()
        elif text.startswith(sep, at):
            row.append(("".join(cell), quoted))
            cell, quoted = [], False
            at += len(sep) - 1
        elif char in "\r\n":
            if char == "\r" and at + 1 < length and text[at + 1] == "\n":
                at += 1
            if row or cell or quoted:
                row.append(("".join(cell), quoted))
                rows.append(row)
            row, cell, quoted = [], [], False
        else:
            cell.append(char)
        at += 1
    if row or cell or quoted:
        row.append(("".join(cell), quoted))
        rows.append(row)
    return rows

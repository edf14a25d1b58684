"""What every view in the terminal draws alike: the marks of levels, lines of three parts, counts in colour."""

from __future__ import annotations

from typing import Final

from rich.table import Table
from rich.text import Text

LEVELS: Final = {"ok": ("●", "green"), "busy": ("◌", "cyan"), "warning": ("▲", "yellow"), "error": ("■", "red")}
"""Mark and colour of what a node or a connection says of itself; the mark alone is enough."""
OFF: Final = ("·", "bright_black")
QUIET: Final = "bright_black"

_HARMLESS: Final = {number: "·" for number in (*range(32), *range(127, 160))}


def harmless(text: str) -> str:
    """Return a stranger's text as one that cannot steer the terminal, on one line."""
    return text.translate(_HARMLESS)


def mark(level: str) -> Text:
    """Return the mark of a level."""
    return Text(*LEVELS.get(level, OFF))


def row_of_three() -> Table:
    """Return a full-width line: left, middle that gives way, right."""
    table = Table.grid(expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column(no_wrap=True, justify="right")
    return table


def count(name: str, number: int, colour: str) -> Text:
    """Return a count, in colour when it is not 0."""
    return Text(f"{number:,} {name}", f"bold {colour}" if number else QUIET)

"""Rows of a CSV file, each with the time at which it is due."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

BLOCK = 1000
"""Rows read at once."""


class Row(NamedTuple):
    """One row."""

    line: int
    """Its line in the file, from 1."""
    time: float | None
    """Its own time in seconds, if a time column was asked for."""
    value: Any
    """A number or text, or all columns by name."""
    problem: str = ""
    """What is wrong with the row, if it cannot be used."""


class CsvFile:
    """Reads a CSV file with a header row, block by block, never all of it."""

    def __init__(self, file: str, column: str, time_column: str, separator: str) -> None:
        self._file, self._column, self._time_column, self._separator = file, column, time_column, separator
        self._rows: Iterator[Row] | None = None
        self._stream: io.TextIOBase | None = None

    def read(self) -> list[Row]:
        """Return the next rows; an empty list at the end of the file, after which it begins again.

        Raises:
            OSError: the file cannot be read.
            ValueError: the file is not UTF-8, or a column is missing.
        """
        if self._rows is None:
            self._stream = Path(self._file).open(encoding="utf-8-sig", newline="")  # noqa: SIM115 - open between reads
            self._rows = self._parsed(self._stream)
        block: list[Row] = []
        for row in self._rows:
            block.append(row)
            if len(block) == BLOCK:
                return block
        if not block:
            self.close()
        return block

    def close(self) -> None:
        """Close the file; the next `read` begins again."""
        if self._stream is not None:
            with closing(self._stream):
                self._rows = self._stream = None

    def _parsed(self, stream: io.TextIOBase) -> Iterator[Row]:
        reader = csv.DictReader(stream, delimiter=self._separator)
        names = reader.fieldnames or []
        for wanted in (self._column, self._time_column):
            if wanted and wanted not in names:
                raise ValueError(f"{self._file} has no column '{wanted}'; it has: {', '.join(names) or 'nothing'}")
        for record in reader:
            try:
                at = seconds(record[self._time_column]) if self._time_column else None
            except ValueError as error:
                yield Row(reader.line_num, None, None, f"{self._file} line {reader.line_num}: {error}")
                continue
            if self._column:
                yield Row(reader.line_num, at, plain(record[self._column]))
            else:
                columns = {name: plain(text) for name, text in record.items() if name and name != self._time_column}
                yield Row(reader.line_num, at, columns)


def plain(text: str | None) -> Any:
    """Return a number if the text is one, None if it is empty, else the text."""
    if text is None or not text.strip():
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def seconds(text: str | None) -> float:
    """Return a time as seconds: a number, or a date and time in ISO 8601 (UTC if it names no zone).

    Raises:
        ValueError: it is neither.
    """
    try:
        return float(text or "")
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        raise ValueError(f"time '{text or '':.60}' is neither seconds nor a date such as 2026-01-31T08:00:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()

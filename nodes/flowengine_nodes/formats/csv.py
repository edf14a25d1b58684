"""Comma-separated values to objects and back."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import BadData, Message, State, Transform
from flowengine_nodes.values.convert import as_text, decimal, shown
from flowengine_nodes.values.properties import MISSING, reader, writer

Row = dict[str, Any]


class Csv(Transform, type="formats/csv"):
    """Turn CSV text into objects, one for each row, or objects into CSV text (RFC 4180).

    Text in: each row becomes an object whose keys are the `columns`, or the first row with `header_in`, or else col1,
    col2 and so on; an empty column name leaves that column out. They leave as one message each, numbered in `parts`,
    or together as a list. A list or object in: it becomes text; rows may be objects or lists of values. The message's
    `columns` property says which columns there are; an incoming one is used for writing if `columns` is empty. A
    message with a `reset` property makes the header be written again where it is written once.

    Bad data: quotes that do not match, more rows than allowed, a payload of another kind.

    Example: with header_in, the text "id,level\\n7,4.2\\n" becomes the object {"id": 7, "level": 4.2}.
    """

    property: Annotated[str, Meta(description="Which property to convert: a path such as payload")] = "payload"
    separator: Annotated[str, Meta(description="What stands between values", min_length=1, max_length=1)] = ","
    columns: Annotated[list[str], Meta(description="Names of the columns; empty: see header_in")] = []
    header_in: Annotated[bool, Meta(description="The first row of a text names the columns")] = False
    header_out: Annotated[
        Literal["none", "all", "once"], Meta(description="Write a row of column names: never, in each text, or once")
    ] = "none"
    multi: Annotated[Literal["one", "array"], Meta(description="Send a message for each row, or one with a list")] = (
        "one"
    )
    skip: Annotated[int, Meta(description="Lines to leave out at the beginning of a text", ge=0)] = 0
    parse_numbers: Annotated[bool, Meta(description="Turn values that are numbers into numbers")] = True
    empty: Annotated[
        Literal["omit", "null", "text"],
        Meta(description="An empty value is left out of its row, is null, or is empty text"),
    ] = "omit"
    newline: Annotated[Literal["\n", "\r\n", "\r"], Meta(description="What ends a row that is written")] = "\n"
    most_rows: Annotated[int, Meta(description="Rows in one text at most", ge=1)] = 100_000
    header_sent: State[bool] = False

    def __post_init__(self) -> None:
        """Check the separator."""
        if self.separator in ('"', "\n", "\r"):
            raise ValueError(f"{self.separator!r} cannot be a separator; use one such as , ; or a tab")
        self._read = reader(self.property)
        self._write = writer(self.property)

    def process(self, msg: Message) -> Message | list[Message]:
        """Parse or write."""
        if "reset" in msg.properties:
            self.header_sent = False
        value = self._read(msg)
        if value is MISSING:
            return msg
        if isinstance(value, bytes):
            value = as_text(value)
        if isinstance(value, str):
            return self._parsed(msg, value)
        if isinstance(value, list | tuple | dict):
            return self._written(msg, value)
        raise BadData(f"{shown(value)} is neither CSV text nor a list or object")

    def _parsed(self, msg: Message, text: str) -> Message | list[Message]:
        columns, rows = self._rows(text)
        msg = msg.with_properties(columns=columns)
        if self.multi == "array":
            return self._write(msg, rows)
        parts = {"id": msg.id, "count": len(rows)}
        return [
            self._write(msg, row).with_properties(parts={**parts, "index": index}) for index, row in enumerate(rows)
        ]

    def _rows(self, text: str) -> tuple[list[str], list[Row]]:
        lines = io.StringIO(text, newline="")
        for _ in range(self.skip):
            lines.readline()
        columns, rows = list(self.columns), list[Row]()
        try:
            records = self._records(lines)
            if self.header_in:
                columns = [name.strip() for name in next(records, [])]
            for record in records:
                if len(rows) >= self.most_rows:
                    raise BadData(f"the text has more than {self.most_rows} rows")
                if not self.columns and not self.header_in and len(record) > len(columns):
                    columns += [f"col{place}" for place in range(len(columns) + 1, len(record) + 1)]
                rows.append(self._row(columns, record))
        except csv.Error as error:
            raise BadData(f"the text is not CSV: {error}") from None
        return columns, rows

    def _records(self, lines: io.StringIO) -> Iterator[list[str]]:
        return (record for record in csv.reader(lines, delimiter=self.separator, strict=True) if record)

    def _row(self, columns: list[str], record: list[str]) -> Row:
        row: Row = {}
        for name, text in zip(columns, record, strict=False):  # a short row lacks its last columns
            if not name:
                continue
            if text:
                found = decimal(text) if self.parse_numbers and _is_number(text) else None
                row[name] = text if found is None else found
            elif self.empty != "omit":
                row[name] = None if self.empty == "null" else ""
        return row

    def _written(self, msg: Message, value: Any) -> Message:
        rows = value if isinstance(value, list | tuple) else [value]
        if rows and not isinstance(rows[0], list | tuple | dict):
            rows = [rows]  # a plain list is one row
        if len(rows) > self.most_rows:
            raise BadData(f"the list has more than {self.most_rows} rows")
        columns = self._columns(msg, rows)
        lines: list[str] = []
        # The writer quotes only the line ends it writes itself, so it is told both kinds; each row is one write.
        table = csv.writer(SimpleNamespace(write=lines.append), delimiter=self.separator, lineterminator="\r\n")
        if self.header_out == "all" or (self.header_out == "once" and not self.header_sent):
            table.writerow(columns)
            self.header_sent = True
        for row in rows:
            if isinstance(row, dict):
                table.writerow([as_text(row.get(name)) for name in columns])
            elif isinstance(row, list | tuple):
                table.writerow([as_text(item) for item in row])
            else:
                raise BadData(f"{shown(row)} is no row: give objects or lists")
        text = "".join(line[:-2] + self.newline for line in lines)
        return self._write(msg, text).with_properties(columns=columns)

    def _columns(self, msg: Message, rows: Any) -> list[str]:
        named = self.columns or msg.properties.get("columns")
        if isinstance(named, str):
            named = next(csv.reader([named]), [])
        if isinstance(named, list) and all(isinstance(name, str) for name in named) and named:
            return list(named)
        found: dict[str, None] = {}
        for row in rows:
            if isinstance(row, dict):
                found.update(dict.fromkeys(row))
        return list(found)


def _is_number(text: str) -> bool:
    """Say whether a text should become a number: not if it has leading zeros, as part numbers have, or a plus."""
    digits = text.removeprefix("-")
    return digits[:1] in set("0123456789.") and not (len(digits) > 1 and digits[0] == "0" and digits[1] in "0123456789")

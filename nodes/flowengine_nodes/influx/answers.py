"""What InfluxDB answers to a query, as rows: JSON of version 1, annotated CSV of version 2 and 3.

InfluxDB's documentation: "InfluxDB API" (version 1, /query) and "Annotated CSV" (version 2).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any, Final

import msgspec

from flowengine import BadData

Row = dict[str, Any]


def of_json(body: bytes) -> list[list[Row]]:
    """Return the rows of each statement of version 1; tags are columns, too, and `time` is a date.

    Raises:
        BadData: the server says that a statement is wrong, or the answer cannot be read.
    """
    try:
        answer = msgspec.json.decode(body)
        results = answer.get("results", [])
        said = answer.get("error") or next((each["error"] for each in results if "error" in each), None)
        rows = [] if said else [list(_series(result)) for result in results]
    except (msgspec.DecodeError, AttributeError, KeyError, TypeError, RecursionError) as error:
        raise BadData(f"InfluxDB's answer cannot be read: {error}") from None
    if said:
        raise BadData(f"InfluxDB does not take the query: {str(said)[:300]}")
    return rows


def _series(result: dict[str, Any]) -> Iterator[Row]:
    for series in result.get("series", ()):
        columns, tags = series["columns"], series.get("tags", {})
        for values in series.get("values", ()):
            row = dict(zip(columns, values, strict=False))
            if isinstance(row.get("time"), str):
                row["time"] = _date(row["time"])
            yield {**row, **tags}


def _date(text: str) -> Any:
    """Return a time of RFC 3339 as a date, in whole microseconds."""
    whole, point, fraction = text.removesuffix("Z").partition(".")
    try:
        return datetime.fromisoformat(f"{whole}{point}{fraction[:6]}+00:00")
    except ValueError:
        return text


_KINDS: Final[dict[str, Callable[[str], Any]]] = {
    "boolean": lambda text: text == "true",
    "long": int,
    "unsignedLong": int,
    "double": lambda text: float(text) if text not in ("NaN", "+Inf", "-Inf") else None,
}


def of_csv(body: bytes) -> list[Row]:
    """Return the rows of all tables; times stay texts.

    Raises:
        BadData: the server says what is wrong in a table of its own, or the answer cannot be read.
    """
    kinds: list[str] = []
    defaults: list[str] = []
    names: list[str] | None = None
    rows: list[Row] = []
    try:
        for cells in csv.reader(io.StringIO(body.decode(), newline="")):
            if not cells:
                kinds, defaults, names = [], [], None
            elif cells[0] == "#datatype":
                kinds, names = cells, None
            elif cells[0] == "#default":
                defaults = cells
            elif cells[0].startswith("#"):
                continue
            elif names is None:
                names = cells
            else:
                rows.append(_row(cells, names, kinds, defaults))
    except (ValueError, IndexError, csv.Error) as error:
        raise BadData(f"InfluxDB's answer cannot be read: {error}") from None
    if rows and "error" in rows[-1] and "reference" in rows[-1]:
        raise BadData(f"InfluxDB does not take the query: {str(rows[-1]['error'])[:300]}")
    return rows


def _row(cells: list[str], names: list[str], kinds: list[str], defaults: list[str]) -> Row:
    made: Row = {}
    for at, name in enumerate(names):
        if not name:
            continue
        text = cells[at] if at < len(cells) else ""
        text = text or (defaults[at] if at < len(defaults) else "")
        kind = kinds[at] if at < len(kinds) else "string"
        made[name] = text if kind == "string" else None if text == "" else _KINDS.get(kind, str)(text)
    return made

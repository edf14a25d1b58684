"""Rows of an archive as a file that is sent while it is read: CSV, or Apache Parquet."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import chain
from types import ModuleType
from typing import Final
from urllib.parse import quote

import flask

from flowengine.historian import Reading
from flowengine.telemetry.secrecy import hidden
from flowengine_web.refusal import Refusal
from flowengine_web.route import CSV

COLUMNS: Final = ("tag", "time", "value", "quality", "min", "max", "count")
_NUMBERS: Final = ("value", "quality", "low", "high", "made_of")
"""What a reading calls those behind tag and time."""
PARQUET: Final = "application/vnd.apache.parquet"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Rows = Iterator[tuple[str, Sequence[Reading]]]
"""A tag and some of its rows at a time."""


def checked_rows(rows: Rows) -> Rows:
    """Return rows of which the first portion has been read: what is wrong is said before anything is sent."""
    first = next(rows, None)
    return rows if first is None else chain([first], rows)


def attachment(rows: Rows, kind: str, name: str) -> flask.Response:
    """Return the answer that a browser keeps as a file.

    Raises:
        Refusal: 422, Parquet cannot be written here.
    """
    body, content = (as_parquet(rows, pyarrow()), PARQUET) if kind == "parquet" else (as_csv(rows), CSV)
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", f"{name}.{kind}")
    response = flask.Response(body, content_type=content if kind == "parquet" else f"{content}; charset=utf-8")
    exact = quote(f"{name}.{kind}", safe="")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{exact}"
    return response


def as_csv(rows: Rows) -> Iterator[bytes]:
    """Yield a table with a line for each row; times in ISO 8601, UTC, to the microsecond."""
    yield (",".join(COLUMNS) + "\r\n").encode()
    for tag, portion in rows:
        text, name = io.StringIO(), hidden(tag)
        csv.writer(text).writerows(
            (
                *(name, _time(row).isoformat(timespec="microseconds").replace("+00:00", "Z")),
                *("" if one is None else one for one in (row.value, row.quality, row.low, row.high, row.made_of)),
            )
            for row in portion
        )
        yield text.getvalue().encode()


def as_parquet(rows: Rows, pa: ModuleType) -> Iterator[bytes]:
    """Yield a Parquet file: a row group of each portion; tag and quality as text, time as microseconds UTC."""
    number = pa.float64()
    schema = pa.schema(
        [
            *[("tag", pa.string()), ("time", pa.timestamp("us", tz="UTC")), ("value", number)],
            *[("quality", pa.string()), ("min", number), ("max", number), ("count", pa.int64())],
        ]
    )
    sink = io.BytesIO()
    with pa.parquet.ParquetWriter(pa.PythonFile(_Kept(sink), mode="w"), schema, compression="zstd") as file:
        for tag, portion in rows:
            columns = [[hidden(tag)] * len(portion), [_time(row) for row in portion]]
            columns += [[getattr(row, name) for row in portion] for name in _NUMBERS]
            file.write_table(pa.table(columns, schema=schema))
            yield _taken(sink)
    yield _taken(sink)


class _Kept(io.RawIOBase):
    """A file that is written at its end; what was taken away counts as written."""

    def __init__(self, sink: io.BytesIO) -> None:
        self._sink, self._at = sink, 0

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        written = self._sink.write(data)  # type: ignore[arg-type]  # any buffer will do
        self._at += written
        return written

    def tell(self) -> int:
        return self._at


def _taken(sink: io.BytesIO) -> bytes:
    data = sink.getvalue()
    sink.seek(0)
    sink.truncate()
    return data


def _time(row: Reading) -> datetime:
    return _EPOCH + timedelta(microseconds=round(row.time * 1e6))


def pyarrow() -> ModuleType:
    """Return the library that writes Parquet, imported when it is first needed.

    Raises:
        Refusal: 422, it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        hint = "pip install 'flowengine-ot[parquet]' where the engine runs, or ask for CSV"
        raise Refusal(422, "no-parquet", "Parquet needs pyarrow, which is not installed", hint) from error
    found: ModuleType = pyarrow
    return found

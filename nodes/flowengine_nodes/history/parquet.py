"""Rows of a historian as an Apache Parquet file, for pandas, DuckDB, Spark and the like."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def pyarrow() -> ModuleType:
    """Return pyarrow, imported when it is first needed.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import pyarrow as module
        import pyarrow.parquet
    except ImportError as error:
        raise ValueError(f"Parquet needs pyarrow: pip install 'flowengine-ot[parquet]' ({error})") from None
    found: ModuleType = module
    return found


def as_parquet(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> bytes:
    """Return a whole file: tag and quality as text, time as microseconds UTC, the rest as numbers or null."""
    pa = pyarrow()
    kinds = {"tag": pa.string(), "time": pa.timestamp("us", tz="UTC"), "quality": pa.string(), "count": pa.int64()}
    arrays = []
    for name in columns:
        values: list[Any] = [row.get(name) for row in rows]
        if name == "time":
            values = [_EPOCH + timedelta(microseconds=round(time * 1e6)) for time in values]
        arrays.append(pa.array(values, type=kinds.get(name, pa.float64())))
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(arrays, names=list(columns)), file, compression="zstd")
    return file.getvalue()

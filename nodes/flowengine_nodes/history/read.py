"""The transform `history/read`."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from flowengine import AsyncTransform, BadData, Message, only_with, unit
from flowengine_nodes.history import query
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.block import FURTHEST
from flowengine_nodes.history.parquet import as_parquet, pyarrow
from flowengine_nodes.history.samples import QUALITIES, SECOND, Row
from flowengine_nodes.history.store import HistoryStore
from flowengine_nodes.values.convert import as_text

MOST_TAGS: Final = 100
"""Tags in one query at most."""

MOST: Final = 1_000_000
"""Rows of a tag in one query at most."""

Kind = Literal["last", "range", "aggregate"]


class Query(msgspec.Struct, forbid_unknown_fields=True):
    """What one message asks; it may say each of these in its property `history`."""

    tags: list[str] | str
    query: Kind
    span: Annotated[float, Meta(gt=0)]
    interval: Annotated[float, Meta(ge=0)]
    most: Annotated[int, Meta(ge=1, le=MOST)]
    start: float | None = None
    end: float | None = None


class ReadHistory(AsyncTransform, type="history/read"):
    """Ask a historian: for the newest value, the values of a span, or minimum, maximum and mean per interval.

    - last: the newest value of each tag
    - range: every value of the last `span` seconds; what is older than the store keeps single values comes as a row per
      minute or hour
    - aggregate: a row per `interval`, or so many equal ones as `most` says

    The payload becomes a list of rows with tag, time, value and quality, in order of time; a row that sums up has min,
    max and count, too, its value is the arithmetic mean, and its time is the interval's begin. Bad values count for
    none of these. With `csv` the payload is text, times in ISO 8601; with `parquet` (extra `parquet`) bytes,
    a whole file: for files/append with overwrite, and newline off.

    A message may say otherwise in its property `history`: tags (one, or a list), query, span, interval, most, and
    start and end in seconds since 1970 UTC in place of `span`. More rows than `most` are an error, never cut off.

    Example: query aggregate, span 86400, interval 3600, for the topic oven/temperature: a day, hour by hour.
    """

    store: Annotated[HistoryStore, Meta(description="Where the values are kept")]
    tags: Annotated[list[str], Meta(description="What to ask for; empty: the topic of the message")] = []
    query: Annotated[Kind, Meta(description="What to ask")] = "range"
    span: Annotated[
        float,
        Meta(description="How far back from now", gt=0, extra_json_schema=unit("s")),
        only_with(query=("range", "aggregate")),
    ] = 3600
    interval: Annotated[
        float,
        Meta(
            description="Length of the intervals; 0: the span in equal parts, as many as `most` says",
            ge=0,
            extra_json_schema=unit("s"),
        ),
        only_with(query="aggregate"),
    ] = 0
    most: Annotated[int, Meta(description="Rows of each tag at most", ge=1, le=MOST)] = 1000
    format: Annotated[
        Literal["rows", "csv", "parquet"],
        Meta(description="Send a list of rows, or CSV text or a Parquet file to be written"),
    ] = "rows"

    def __post_init__(self) -> None:
        if self.format == "parquet":
            pyarrow()

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that it only reads."""
        return [("takes", "connection/#")]

    async def process(self, msg: Message) -> Message:
        """Return the message with what was found."""
        asked = self._asked(msg)
        tags = [asked.tags] if isinstance(asked.tags, str) else asked.tags
        if not 0 < len(tags) <= MOST_TAGS or not all(tags):
            raise BadData(f"expected 1 to {MOST_TAGS} tags: set 'tags', or give the message a topic")
        end = self.clock.now() if asked.end is None else asked.end
        begin = end - asked.span if asked.start is None else asked.start
        if not all(abs(time) * SECOND < FURTHEST for time in (begin, end)) or begin > end:
            raise BadData(
                f"the span from {begin:g} to {end:g} s is none: expected start before end, in seconds since 1970"
            )
        first, behind = math.ceil(begin * SECOND), math.floor(end * SECOND)

        def answer(archive: Archive) -> list[tuple[str, list[Row]]]:
            return [(tag, _rows(archive, tag, asked, first, behind)) for tag in tags]

        found = await self.store.ask(answer)
        rows = [_shown(tag, row) for tag, rows in found for row in rows]
        if len(found) > 1:
            rows.sort(key=lambda row: row["time"])
        if self.format == "rows":
            return msg.with_payload(rows)
        columns = ["tag", "time", "value", "quality"]
        if asked.query == "aggregate" or any("count" in row for row in rows):
            columns += ["min", "max", "count"]
        if self.format == "csv":
            return msg.with_payload(_as_csv(rows, columns))
        return msg.with_payload(await self.blocking(as_parquet, rows, columns))

    def _asked(self, msg: Message) -> Query:
        own = {
            "tags": self.tags or msg.topic,
            "query": self.query,
            "span": self.span,
            "interval": self.interval,
            "most": self.most,
        }
        changes = msg.properties.get("history", {})
        if not isinstance(changes, dict):
            raise BadData(f"history must be an object with some of {', '.join(Query.__struct_fields__)}")
        try:
            return msgspec.convert({**own, **changes}, Query)
        except msgspec.ValidationError as error:
            raise BadData(f"history: {error}") from None


def _rows(archive: Archive, tag: str, asked: Query, begin: int, end: int) -> list[Row]:
    if asked.query == "last":
        return query.last(archive, tag) if asked.end is None else query.last(archive, tag, end)
    if asked.query == "range":
        return query.values(archive, tag, begin, end, asked.most)
    return query.aggregate(archive, tag, begin, end, asked.interval, asked.most)


def _shown(tag: str, row: Row) -> dict[str, Any]:
    value = None if math.isnan(row.value) else row.value
    shown = {"tag": tag, "time": row.time / SECOND, "value": value, "quality": QUALITIES[row.quality]}
    if row.made_of is not None:
        low, high = (row.low, row.high) if row.made_of else (None, None)
        shown |= {"min": low, "max": high, "count": row.made_of}
    return shown


def _as_csv(rows: list[dict[str, Any]], columns: list[str]) -> str:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(columns)
    for row in rows:
        time = datetime.fromtimestamp(row["time"], UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        table.writerow([as_text({**row, "time": time}.get(name)) for name in columns])
    return text.getvalue()

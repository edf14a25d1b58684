"""What the historians of flows have kept: lists of tags, values for charts, files to take away."""

from __future__ import annotations

import flask

from flowengine.errors import Retryable
from flowengine.service.archives import Archive, Series
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.exporting import attachment, checked_rows
from flowengine_web.route import CSV, Area

AREA = Area("archives", "Values over time, as the historians of flows have kept them")

QUALITIES = ("good", "uncertain", "bad")


@AREA.get("/api/flows/{flow}/archives", role="viewer", answer=shapes.Archives, query=shapes.WhichTags, packed=True)
def read_archives(call: Call, flow: str) -> shapes.Archives:
    """Return the archives of a flow, whether it runs or not, and which tags are in them."""
    which: shapes.WhichTags = call.query
    archives = call.site.service.archives
    return shapes.Archives(archives=[_listed(call, archive, which) for archive in archives.of(flow)])


@AREA.get("/api/flows/{flow}/archives/values", role="viewer", answer=shapes.ArchiveValues, query=shapes.ValuesQuestion)
def read_values(call: Call, flow: str) -> shapes.ArchiveValues:
    """Return what is known of tags in a span: the values, or smallest, largest and mean of equal intervals.

    A tag that no archive of the flow has comes back with an empty `archive`. One question reads 5,000,000 values at
    most, and two are answered at once.
    """
    asked: shapes.ValuesQuestion = call.query
    begin, end = _span(call, asked)
    found = call.site.service.archives.ask(flow, asked.tag, begin, end, asked.points, asked.raw, asked.archive)
    return shapes.ArchiveValues(series=[_columns(one) for one in found])


@AREA.get("/api/flows/{flow}/archives/export", role="viewer", answer=None, query=shapes.ExportQuestion, content=CSV)
def export_values(call: Call, flow: str) -> flask.Response:
    """Return all values of tags in a span, or summaries of intervals, as CSV or as an Apache Parquet file.

    It comes as it is read; 5,000,000 rows at most. Parquet needs the extra `parquet`.
    """
    asked: shapes.ExportQuestion = call.query
    begin, end = _span(call, asked)
    rows = call.site.service.archives.export(flow, asked.tag, begin, end, asked.interval, asked.archive)
    return attachment(checked_rows(rows), asked.format, f"{flow}-{int(begin)}-{int(end)}")


def _span(call: Call, asked: shapes.ArchiveQuestion) -> tuple[float, float]:
    """Return the span that is meant: up to now where nothing is said."""
    end = call.site.clock.now() if asked.end is None else asked.end
    return (end - asked.span if asked.begin is None else asked.begin), end


def _listed(call: Call, archive: Archive, which: shapes.WhichTags) -> shapes.Archive:
    kind = archive.planned.cls.type
    try:
        tags = call.site.service.archives.tags(archive)
    except Retryable as error:
        return shapes.Archive(name=archive.name, type=kind, problem=str(error))
    found = [tag for tag in tags if which.search.casefold() in tag.casefold()]
    return shapes.Archive(name=archive.name, type=kind, tags=found[: which.most], more=max(0, len(found) - which.most))


def _columns(series: Series) -> shapes.Series:
    rows = series.readings
    return shapes.Series(
        tag=series.tag,
        archive=series.archive,
        interval=series.interval,
        t=[row.time for row in rows],
        v=[row.value for row in rows],
        low=[row.value if row.low is None else row.low for row in rows],
        high=[row.value if row.high is None else row.high for row in rows],
        quality=[QUALITIES.index(row.quality) for row in rows],
    )

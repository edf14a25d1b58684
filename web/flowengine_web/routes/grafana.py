"""A data source for Grafana: what its JSON data sources (simpod-json-datasource, SimpleJson) ask for.

Grafana is given the address of /api/grafana and an API token, which it sends as `Authorization: Bearer`. A target is
`flow/tag`; where a tag is in a second archive of its flow, too, that is `flow/archive/tag`; `alarms` is the history of
alarms, of which annotations are made. See docs/historian.md.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from flowengine.errors import Retryable
from flowengine.historian import Reading
from flowengine.safety.alarm_causes import GUARD
from flowengine.service.archives import LEAST_POINTS, MOST_POINTS, Series
from flowengine.store.alarm_history import AlarmEntry
from flowengine_web import shapes
from flowengine_web.call import Call
from flowengine_web.refusal import invalid, not_found
from flowengine_web.route import Area, Function

AREA = Area("grafana", "A data source for Grafana: historians and alarms")

MOST_LISTED: Final = 10_000
"""Targets in one list at most."""
MOST_ANNOTATIONS: Final = 1000

ALARMS: Final = "alarms"
"""The target that is no tag: nothing in it parts a flow from one."""

Number = Callable[[Reading], float | None]
Shown = list[tuple[str, Number]]


def _mean(row: Reading) -> float | None:
    return row.value


def _low(row: Reading) -> float | None:
    return row.value if row.low is None else row.low


def _high(row: Reading) -> float | None:
    return row.value if row.high is None else row.high


SHOWN: Final[Mapping[str, Shown]] = {
    "mean": [("", _mean)],
    "min": [("", _low)],
    "max": [("", _high)],
    "band": [("min", _low), ("mean", _mean), ("max", _high)],
}
"""What a target's payload may ask to see: lines with what is added to their names, and the number of a reading."""


def nothing_of_its_own(given: Mapping[str, Any]) -> tuple[str, ...]:
    """Say that a request is about no flow by itself: what it shows is looked at flow by flow."""
    return ()


def posted(path: str, body: type[shapes.Shape], answer: Any) -> Callable[[Function], Function]:
    """Declare what Grafana asks for: it sends everything by POST, though all of it only looks."""
    return AREA.post(f"/api/grafana/{path}", role="viewer", body=body, answer=answer, flows=nothing_of_its_own)


@AREA.get("/api/grafana", role="viewer", answer=shapes.Done, flows=nothing_of_its_own)
def test_grafana(call: Call) -> shapes.Done:
    """Say that address and token are right."""
    return shapes.Done()


@AREA.get("/api/grafana/", role="viewer", answer=shapes.Done, flows=nothing_of_its_own)
def test_grafana_root(call: Call) -> shapes.Done:
    """Say the same; Grafana's plug-ins differ in the stroke at the end."""
    return shapes.Done()


@posted("search", shapes.GrafanaSearch, list[str])
def search_grafana(call: Call, body: shapes.GrafanaSearch) -> list[str]:
    """Return the targets with a text in their name, for SimpleJson and for variables."""
    return _search(call, str(body.target))


@posted("metrics", shapes.GrafanaSearch, list[shapes.GrafanaMetric])
def list_grafana_metrics(call: Call, body: shapes.GrafanaSearch) -> list[shapes.GrafanaMetric]:
    """Return all targets and what can be seen of them, for simpod-json-datasource."""
    show = shapes.GrafanaPayload(name="show", label="Show", type="select", options=_options())
    search = shapes.GrafanaPayload(name="search", label="Name contains", type="input")
    return [
        shapes.GrafanaMetric(value=ALARMS, label="alarms, for annotations", payloads=[search]),
        *(shapes.GrafanaMetric(value=target, label=target, payloads=[show]) for target in _targets(call)[:MOST_LISTED]),
    ]


@posted("metric-payload-options", shapes.GrafanaField, list[shapes.GrafanaOption])
def list_grafana_options(call: Call, body: shapes.GrafanaField) -> list[shapes.GrafanaOption]:
    """Return what a field of a target's payload may be, as `metrics` says it, too."""
    return _options() if body.name == "show" else []


@posted("variable", shapes.GrafanaVariable, list[shapes.GrafanaChoice])
def list_grafana_choices(call: Call, body: shapes.GrafanaVariable) -> list[shapes.GrafanaChoice]:
    """Return the targets with a text in their name as values of a variable, for simpod-json-datasource."""
    asked = body.payload.get("target") if isinstance(body.payload, dict) else body.payload
    return [shapes.GrafanaChoice(text=target, value=target) for target in _search(call, str(asked or ""))]


@posted("query", shapes.GrafanaQuery, list[shapes.GrafanaSeries | shapes.GrafanaTable])
def query_grafana(call: Call, body: shapes.GrafanaQuery) -> list[shapes.GrafanaSeries | shapes.GrafanaTable]:
    """Return what a panel shows: at most as many points of each line as it has room for; of alarms a table."""
    begin, end = _time(body.range.begin, "from"), _time(body.range.end, "to")
    points = int(max(LEAST_POINTS, min(MOST_POINTS, body.points)))
    lines: list[tuple[shapes.GrafanaTarget, str, str]] = []
    tables: list[shapes.GrafanaTable] = []
    for i, target in enumerate(body.targets):
        if target.hide or not target.target:
            continue
        if target.target == ALARMS:
            tables.append(_table(call, target, begin, end))
            continue
        if target.type == "table":
            raise invalid("tables are not made here", f"$.targets[{i}].type", "choose Time series")
        show = _show(target)
        if show not in SHOWN:
            raise invalid(
                f"'{show[:40]}' cannot be shown", f"$.targets[{i}].payload.show", f"one of {', '.join(SHOWN)}"
            )
        lines += [(target, show, name) for name in expanded(str(target.target))]
    known = _known(call, [name for _, _, name in lines], begin, end, points)
    series = [
        shapes.GrafanaSeries(
            target=f"{name} {more}".rstrip(),
            ref=target.ref,
            datapoints=[(number(row), row.time * 1000) for row in known[name]],
        )
        for target, show, name in lines
        for more, number in SHOWN[show]
    ]
    return [*series, *tables]


@posted("annotations", shapes.GrafanaAnnotationQuery, list[shapes.GrafanaAnnotation])
def annotate_grafana(call: Call, body: shapes.GrafanaAnnotationQuery) -> list[shapes.GrafanaAnnotation]:
    """Return what happened to alarms in a span, the newest 1000: those with the annotation's query in their name."""
    begin, end = _time(body.range.begin, "from"), _time(body.range.end, "to")
    return [
        shapes.GrafanaAnnotation(
            annotation=body.annotation,
            time=entry.time * 1000,
            title=f"{entry.name} {entry.what}",
            text=entry.text,
            tags=[entry.priority, entry.what],
        )
        for entry in _alarms(call, str(body.annotation.get("query") or ""), begin, end)
    ]


@posted("tag-keys", shapes.GrafanaSearch, list[shapes.GrafanaTagKey])
def list_grafana_tag_keys(call: Call, body: shapes.GrafanaSearch) -> list[shapes.GrafanaTagKey]:
    """Return the keys of ad-hoc filters: there are none."""
    return []


@posted("tag-values", shapes.GrafanaSearch, list[shapes.GrafanaTagValue])
def list_grafana_tag_values(call: Call, body: shapes.GrafanaSearch) -> list[shapes.GrafanaTagValue]:
    """Return the values of a key of ad-hoc filters, of which there is none."""
    return []


def expanded(target: str) -> list[str]:
    """Return the targets that one with the values of a variable in it means: `(a|b)`, escaped as in an expression."""
    opening = re.search(r"(?<!\\)\(", target)
    closings = list(re.finditer(r"(?<!\\)\)", target))
    if opening is None or not closings or closings[-1].start() < opening.end():
        return [_unescaped(target)]
    before, behind = target[: opening.start()], target[closings[-1].end() :]
    found = re.split(r"(?<!\\)\|", target[opening.end() : closings[-1].start()])
    return [_unescaped(before + value + behind) for value in found] if len(found) > 1 else [_unescaped(target)]


def _unescaped(text: str) -> str:
    return re.sub(r"\\([\\^$*+?.()|\[\]{}/])", r"\1", text)


def _options() -> list[shapes.GrafanaOption]:
    labels = {"mean": "Mean", "min": "Minimum", "max": "Maximum", "band": "Minimum, mean and maximum"}
    return [shapes.GrafanaOption(label=label, value=name) for name, label in labels.items()]


def _show(target: shapes.GrafanaTarget) -> str:
    return str(target.payload.get("show") or "mean") if isinstance(target.payload, dict) else "mean"


def _alarms(call: Call, search: str, begin: float, end: float) -> list[AlarmEntry]:
    """Return what happened to alarms that the caller may see, the newest first."""
    rights = call.rights
    entries = call.site.service.alarms.past(begin, end, search, MOST_ANNOTATIONS)
    return [entry for entry in entries if rights.may("viewer", _flow_of(entry))]


def _table(call: Call, target: shapes.GrafanaTarget, begin: float, end: float) -> shapes.GrafanaTable:
    search = str(target.payload.get("search") or "") if isinstance(target.payload, dict) else ""
    columns = [("time", "time"), ("title", "string"), ("text", "string"), ("tags", "string")]
    return shapes.GrafanaTable(
        ref=target.ref,
        columns=[shapes.GrafanaColumn(text=name, type=kind) for name, kind in columns],
        rows=[
            (entry.time * 1000, f"{entry.name} {entry.what}", entry.text, f"{entry.priority},{entry.what}")
            for entry in _alarms(call, search, begin, end)
        ],
    )


def _search(call: Call, text: str) -> list[str]:
    return [target for target in _targets(call) if text.casefold() in target.casefold()][:MOST_LISTED]


def _targets(call: Call) -> list[str]:
    """Return every target that the caller may see; an archive that cannot be read now has none."""
    archives, rights = call.site.service.archives, call.rights
    found: dict[str, None] = {}
    for flow in archives.flows():
        if not rights.may("viewer", flow):
            continue
        for archive in archives.of(flow):
            with contextlib.suppress(Retryable):
                for tag in archives.tags(archive):
                    name = f"{flow}/{tag}"
                    found[name if name not in found else f"{flow}/{archive.name}/{tag}"] = None
    return list(found)


def _known(call: Call, names: list[str], begin: float, end: float, points: int) -> dict[str, Sequence[Reading]]:
    """Return the readings of targets, flow by flow in one question; of what no archive knows there are none.

    Raises:
        Refusal: 404, there is no such flow, or none that the caller may see; 503, an archive cannot be read now.
    """
    archives, rights = call.site.service.archives, call.rights
    found: dict[str, Sequence[Reading]] = {}
    tags: dict[str, list[str]] = {}
    for name in names:
        flow, _, tag = name.partition("/")
        if not tag or not rights.may("viewer", flow):
            raise not_found(f"there is no target '{name[:200]}'", "a target is flow/tag, as POST search lists them")
        tags.setdefault(flow, []).append(tag)
    for flow, wanted in tags.items():
        for series in archives.ask(flow, wanted, begin, end, points):
            if not series.archive:
                series = _in_second_archive(call, flow, series, begin, end, points)
            found[f"{flow}/{series.tag}"] = series.readings
    return found


def _in_second_archive(call: Call, flow: str, series: Series, begin: float, end: float, points: int) -> Series:
    archives = call.site.service.archives
    for archive in archives.of(flow):
        if series.tag.startswith(f"{archive.name}/"):
            tag = series.tag.removeprefix(f"{archive.name}/")
            (inner,) = archives.ask(flow, [tag], begin, end, points, name=archive.name)
            return inner._replace(tag=series.tag)
    return series


def _flow_of(entry: AlarmEntry) -> str:
    """Return the flow that an alarm is of; empty: it is a machine's, which belongs to all."""
    return "" if entry.name.startswith(GUARD) else entry.name.partition("/")[0]


def _time(text: str, name: str) -> float:
    """Return seconds since 1970 of what Grafana writes: ISO 8601, or milliseconds."""
    try:
        if re.fullmatch(r"-?\d{1,15}", text):
            return int(text) / 1000
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise invalid(f"'{text[:60]}' is no time", f"$.range.{name}", "such as 2026-01-31T12:00:00.000Z") from error

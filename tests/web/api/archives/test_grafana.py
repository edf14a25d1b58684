"""What Grafana asks of its JSON data source."""

from __future__ import annotations

from typing import Any

import pytest

from tests.web.api.archives.asking import BEGIN, grafana
from tests.web.api.client import Client
from tests.web.canvas.served import Served


def test_grafana_finds_address_and_token_right_and_lists_what_can_be_shown(program: Client, served: Served) -> None:
    assert program.get("/api/grafana") == program.get("/api/grafana/") == {"done": True}
    with Client(served.port) as nobody:
        assert nobody.ask("GET", "/api/grafana").status == 401
    targets = [
        *("oven/oven/temperature", "press-1/force, max", "press-1/speed"),
        *("press-1/second/speed", "press-1/torque"),
    ]
    assert program.do("POST", "/api/grafana/search", {"target": ""}) == targets
    assert program.do("POST", "/api/grafana/search", {"target": "TORQ"}) == ["press-1/torque"]
    metrics = program.do("POST", "/api/grafana/metrics", {"metric": "", "payload": {}})
    assert [one["value"] for one in metrics] == ["alarms", *targets]
    options = metrics[1]["payloads"][0]["options"]
    assert [one["value"] for one in options] == ["mean", "min", "max", "band"]
    field = {"metric": "press-1/speed", "payload": {}, "name": "show"}
    assert program.do("POST", "/api/grafana/metric-payload-options", field) == options
    assert program.do("POST", "/api/grafana/metric-payload-options", {**field, "name": "search"}) == []
    variable = {"payload": {"target": "torque"}, "range": {"from": "now-6h"}}
    choices = program.do("POST", "/api/grafana/variable", variable)
    assert choices == [{"__text": "press-1/torque", "__value": "press-1/torque"}]
    assert program.do("POST", "/api/grafana/variable", {"payload": "torque"}) == choices
    assert program.do("POST", "/api/grafana/tag-keys", {}) == program.do("POST", "/api/grafana/tag-values", {}) == []


def test_a_panel_of_grafana_is_answered_with_as_many_points_as_it_has_room_for(program: Client) -> None:
    asked = grafana(0, 3600, {"target": "press-1/speed"}, {"target": "oven/oven/temperature", "hide": True}, points=62)
    (speed,) = program.do("POST", "/api/grafana/query", asked)
    assert (speed["target"], speed["refId"], len(speed["datapoints"])) == ("press-1/speed", "A", 60)
    assert speed["datapoints"][0] == [29.5, BEGIN * 1000]
    band = grafana(0, 3600, {"target": "press-1/speed", "payload": {"show": "band"}}, points=62)
    found = program.do("POST", "/api/grafana/query", band)
    assert [(one["target"], one["datapoints"][0][0]) for one in found] == [
        *(("press-1/speed min", 0.0), ("press-1/speed mean", 29.5), ("press-1/speed max", 59.0))
    ]
    several = grafana(
        *(0, 5),
        {"target": r"press-1/(speed|force, max)"},
        {"target": r"oven/oven\/temperature"},
        {"target": "press-1/second/speed"},
        {"target": "press-1/nobody"},
    )
    found = program.do("POST", "/api/grafana/query", several)
    assert [(one["target"], one["refId"], [value for value, _ in one["datapoints"]]) for one in found] == [
        ("press-1/speed", "A", [0, 1, 2, 3, 4, 5]),
        ("press-1/force, max", "A", [1.5, 2.5]),
        ("oven/oven/temperature", "B", [180, 181, None]),
        ("press-1/second/speed", "C", [7]),
        ("press-1/nobody", "D", []),
    ]


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (grafana(0, 1, {"target": "nobody/x"}), 404, "no flow 'nobody'"),
        (grafana(0, 1, {"target": "speed"}), 404, "there is no target 'speed'"),
        (grafana(0, 1, {"target": "(" * 100_000 + "|"}), 404, "there is no target"),
        (grafana(0, 1, {"target": f"press-1/({'|'.join(map(str, range(101)))})"}), 422, "101 tags were asked for"),
        (grafana(0, 1, {"target": "press-1/speed", "type": "table"}), 422, "tables"),
        (grafana(0, 1, {"target": "press-1/speed", "payload": {"show": "all"}}), 422, "'all' cannot be shown"),
        ({"range": {"from": "yesterday", "to": "now"}, "targets": []}, 422, "'yesterday' is no time"),
        ({"targets": []}, 422, "range"),
    ],
)
def test_what_grafana_cannot_be_shown_says_why(program: Client, body: Any, status: int, words: str) -> None:
    reply = program.ask("POST", "/api/grafana/query", body)
    assert (reply.status, words in reply.json["message"]) == (status, True), reply.raw


def test_alarms_are_annotations(program: Client) -> None:
    body = {**grafana(0, 3600), "annotation": {"name": "Alarms", "enable": True, "iconColor": "red", "query": ""}}
    newest, first = program.do("POST", "/api/grafana/annotations", body)
    assert newest["title"] == "guard:press/trip raised"
    assert first == {
        **{"annotation": body["annotation"], "time": (BEGIN + 10) * 1000, "title": "oven/heater raised"},
        **{"text": "too hot", "tags": ["high", "raised"]},
    }
    (table,) = program.do(
        "POST", "/api/grafana/query", grafana(0, 3600, {"target": "alarms", "payload": {"search": "oven"}})
    )
    assert [column["text"] for column in table["columns"]] == ["time", "title", "text", "tags"]
    assert table["rows"] == [[(BEGIN + 10) * 1000, "oven/heater raised", "too hot", "high,raised"]]
    assert (table["type"], table["refId"]) == ("table", "A")
    body["annotation"]["query"] = "oven"
    assert len(program.do("POST", "/api/grafana/annotations", body)) == 1

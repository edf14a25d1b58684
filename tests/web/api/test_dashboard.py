"""The operators' pages: what widgets show, what operators do, where the pages are kept."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from tests.web.api.conftest import SignedIn
from tests.web.canvas.served import Served

OVEN = {
    "flowengine": 1,
    "name": "oven",
    "nodes": {
        "setpoint": {
            "type": "dashboard/slider",
            "options": {"title": "Setpoint", "low": 20, "high": 250, "unit": "degC", "reads": "now"},
        },
        "limits": {
            "type": "values/range",
            "options": {
                "action": "clamp",
                "input_low": 20,
                "input_high": 200,
                "output_low": 20,
                "output_high": 200,
            },
        },
        "now": {"type": "dashboard/value", "options": {"decimals": 1}},
        "chart": {"type": "dashboard/chart"},
    },
    "wires": [
        {"from": "setpoint", "to": "limits"},
        {"from": "limits", "to": "now"},
        {"from": "limits", "to": "chart"},
    ],
}


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "oven.json").write_text(json.dumps(OVEN))
    return folder


def spot(node: str, **more: int) -> dict[str, Any]:
    return {"flow": "oven", "node": node, "x": 0, "y": 0, "w": 3, "h": 2, **more}


def move(value: Any, node: str = "setpoint") -> dict[str, Any]:
    return {"flow": "oven", "node": node, "value": value}


def test_every_widget_is_told_with_all_its_options_and_what_it_shows(signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    found = {widget["node"]: widget for widget in viewer.get("/api/dashboard")["widgets"]}
    assert {node: widget["widget"] for node, widget in found.items()} == {
        "setpoint": "slider",
        "now": "value",
        "chart": "chart",
    }
    assert found["setpoint"]["title"] == "Setpoint"
    assert found["now"]["title"] == "now"
    assert found["setpoint"]["options"]["step"] == 1.0
    assert found["now"]["shown"] is None


def test_what_an_operator_moves_goes_the_flows_own_way_and_comes_back(signed_in: SignedIn) -> None:
    operator = signed_in("operator")
    stream = operator.stream()
    stream.watch(dashboard=True)
    stream.next("widgets", lambda shown: {"oven/now", "oven/chart"} <= shown.keys())
    operator.do("POST", "/api/dashboard/operate", move(230))
    came = stream.next("widgets", lambda shown: (shown.get("oven/now") or {}).get("value") == 200)
    assert came["oven/now"]["unit"] == "degC"
    stream.close()


def test_a_chart_sends_only_what_came_since(signed_in: SignedIn) -> None:
    operator = signed_in("operator")
    operator.do("POST", "/api/dashboard/operate", move(100))
    stream = operator.stream()
    stream.watch(dashboard=True)
    first = stream.next("widgets", lambda shown: bool((shown.get("oven/chart") or {}).get("series")))["oven/chart"]
    operator.do("POST", "/api/dashboard/operate", move(120))

    def news(shown: dict[str, Any]) -> bool:
        return any(120.0 in line["v"] for line in (shown.get("oven/chart") or {}).get("series", []))

    assert stream.next("widgets", news)["oven/chart"]["more"] is True
    assert first["series"][0]["v"][0] == 100.0
    stream.close()


def test_who_did_what_is_in_the_log(signed_in: SignedIn, caplog: pytest.LogCaptureFixture) -> None:
    operator = signed_in("operator")
    with caplog.at_level(logging.INFO, "flowengine.operator"):
        operator.do("POST", "/api/dashboard/operate", move(150))
        assert operator.refused("POST", "/api/dashboard/operate", move(999)) == (422, "invalid")
    told = [record for record in caplog.records if record.name == "flowengine.operator"]
    assert [record.message for record in told] == [
        "operator operated oven/setpoint: 150",
        "operator was refused 999 at oven/setpoint: 999 is not between 20 and 250",
    ]


@pytest.mark.parametrize("node", ["now", "limits", "nothing"])
def test_only_controls_can_be_operated(signed_in: SignedIn, node: str) -> None:
    assert signed_in("operator").refused("POST", "/api/dashboard/operate", move(1, node)) == (404, "not-found")


def test_a_viewer_operates_nothing_and_an_operator_moves_no_widget_about(signed_in: SignedIn) -> None:
    assert signed_in("viewer").refused("POST", "/api/dashboard/operate", move(100)) == (403, "forbidden")
    pages = {"base": "", "pages": []}
    assert signed_in("operator").refused("PUT", "/api/dashboard/pages", pages) == (403, "forbidden")


def test_pages_are_kept_beside_the_flows_one_widget_a_line(signed_in: SignedIn, folder: Path) -> None:
    editor = signed_in("editor")
    pages = [{"name": "Ofen", "spots": [spot("setpoint"), spot("now", x=3)]}, {"name": "Leer", "spots": []}]
    kept = editor.do("PUT", "/api/dashboard/pages", {"base": "", "pages": pages})
    assert kept["pages"] == pages
    assert (folder / "dashboard.json").read_text() == (
        '{\n  "flowengine": 1,\n  "pages": [\n    {\n      "name": "Ofen",\n      "spots": [\n'
        '        {"flow": "oven", "node": "setpoint", "x": 0, "y": 0, "w": 3, "h": 2},\n'
        '        {"flow": "oven", "node": "now", "x": 3, "y": 0, "w": 3, "h": 2}\n'
        '      ]\n    },\n    {\n      "name": "Leer",\n      "spots": []\n    }\n  ]\n}\n'
    )
    assert editor.get("/api/dashboard")["revision"] == kept["revision"]
    hidden = [{"flow": "oven", "node": "chart"}]
    kept = editor.do("PUT", "/api/dashboard/pages", {"base": kept["revision"], "pages": pages, "hidden": hidden})
    assert kept["hidden"] == hidden
    assert (
        '  ],\n  "hidden": [\n    {"flow": "oven", "node": "chart"}\n  ]\n}' in (folder / "dashboard.json").read_text()
    )
    assert editor.do("PUT", "/api/dashboard/pages", {"base": kept["revision"], "pages": []})["pages"] == []
    assert json.loads((folder / "dashboard.json").read_text()) == {"flowengine": 1, "pages": []}


def test_whoever_is_slower_does_not_overwrite(signed_in: SignedIn) -> None:
    editor, other = signed_in("editor"), signed_in("admin")
    other.do("PUT", "/api/dashboard/pages", {"base": "", "pages": [{"name": "A", "spots": []}]})
    reply = editor.ask("PUT", "/api/dashboard/pages", {"base": "", "pages": []})
    assert reply.status == 409
    assert reply.json["conflicts"][0]["revision"] == editor.get("/api/dashboard")["revision"]
    assert editor.get("/api/dashboard")["pages"][0]["name"] == "A"


@pytest.mark.parametrize(
    ("pages", "path"),
    [
        ([{"name": "A", "spots": []}, {"name": "A", "spots": []}], "$.pages[1].name"),
        ([{"name": "A", "spots": [spot("now"), spot("now", y=4)]}], "$.pages[0].spots[1]"),
        ([{"name": "A", "spots": [spot("now", x=10)]}], "$.pages[0].spots[0]"),
    ],
    ids=["one name twice", "one widget twice", "beyond the grid"],
)
def test_pages_that_cannot_be_meant_are_refused(signed_in: SignedIn, pages: list[Any], path: str) -> None:
    reply = signed_in("editor").ask("PUT", "/api/dashboard/pages", {"base": "", "pages": pages})
    assert (reply.status, reply.json["error"], reply.json["path"]) == (422, "invalid", path)


def test_a_file_that_someone_broke_is_said_and_not_overwritten(signed_in: SignedIn, folder: Path) -> None:
    (folder / "dashboard.json").write_text("{")
    editor = signed_in("editor")
    assert editor.refused("GET", "/api/dashboard") == (422, "invalid")
    assert editor.refused("PUT", "/api/dashboard/pages", {"base": "", "pages": []}) == (409, "conflict")


def test_a_widget_that_fails_takes_nothing_else_down(served: Served, signed_in: SignedIn) -> None:
    engine: Any = served.service.engine
    node = served.do(lambda: engine.flows["oven"].nodes["now"])
    node.shown = lambda: 1 / 0
    found = {widget["node"]: widget for widget in signed_in("viewer").get("/api/dashboard")["widgets"]}
    assert found["now"]["shown"] is None
    assert len(found) == 3

"""Who may see some flows only sees what they have kept, and the parts that they need, and nothing of others."""

from __future__ import annotations

import json
from typing import Any

from flowengine.access.access import Access, access_file
from flowengine_web.routes import table
from tests.web.api.archives.asking import Program, grafana
from tests.web.canvas.served import Served

ABOUT_ALL = {
    "GET /api/grafana": None,
    "GET /api/grafana/": None,
    "POST /api/grafana/search": {},
    "POST /api/grafana/metrics": {},
    "POST /api/grafana/metric-payload-options": {"name": "show"},
    "POST /api/grafana/tag-keys": {},
    "POST /api/grafana/tag-values": {"key": ""},
    "POST /api/grafana/query": grafana(0, 3600, {"target": "press-1/speed"}, {"target": "alarms"}),
    "POST /api/grafana/variable": {"payload": {"target": ""}},
    "POST /api/grafana/annotations": {**grafana(0, 3600), "annotation": {}},
    "GET /api/assets": None,
    "GET /api/models": None,
}
"""Every route that is about no one flow and shows to each what he may see."""


def test_who_may_see_some_flows_only_learns_nothing_of_others(served: Served) -> None:
    about_all = {
        f"{route.method} {route.path}" for route in table() if route.role == "viewer" and list_of_flows(route) == []
    }
    assert about_all == set(ABOUT_ALL)
    part = {"kind": "device", "product": "io"}
    (served.folder / "assets.json").write_text(
        json.dumps(
            {
                "flowengine": 1,
                "products": {"io": {"vendor": "Acme", "model": "IO-1"}},
                "assets": {
                    "in-press": {**part, "nodes": ["press-1/*"]},
                    "in-both": {**part, "nodes": ["press-1/button", "other/*"], "hours_from": "other/hours"},
                    "in-other": {**part, "nodes": ["other/*"]},
                },
            }
        )
    )
    (served.folder / "other.json").write_text(
        json.dumps({"flowengine": 1, "name": "other", "nodes": {"other-button": {"type": "timing/inject"}}})
    )
    access = Access(access_file(served.folder))
    program = Program(served, access.tokens.make("press-only", "metrics"))
    for place, body in ABOUT_ALL.items():
        assert program.asked(place, body).status == 403, "it sees nothing at all"
    access.permit("token/press-only", "viewer", "press-*")
    for place, body in ABOUT_ALL.items():
        reply = program.asked(place, body)
        assert reply.status == 200, (place, reply.raw)
        assert b"oven" not in reply.raw, place
        assert b"other" not in reply.raw, place
        assert b"guard" not in reply.raw, place
    assert [part["id"] for part in program.get("/api/assets")["parts"]] == ["in-both", "in-press"]
    assert program.do("POST", "/api/grafana/search", {"target": "torque"}) == ["press-1/torque"]
    for path in ("", "/archives", "/archives/values?tag=oven/temperature", "/archives/export?tag=oven/temperature"):
        assert program.ask("GET", f"/api/flows/press-1{path}").status == 200, path
        assert program.ask("GET", f"/api/flows/oven{path}").status == 403, path
    body = grafana(0, 5, {"target": "oven/oven/temperature"})
    assert program.refused("POST", "/api/grafana/query", body) == (404, "not-found")
    for place in ("GET /api/project", "GET /api/alarms", "POST /api/flows/press-1/inject", "GET /api/dashboard"):
        assert program.asked(place, {}).status == 403, place
    access.permit("token/press-only", "operator", "press-*")
    assert program.asked("POST /api/flows/press-1/inject", {"node": "button"}).status == 200, "more can be given it"
    assert program.asked("POST /api/flows/oven/inject", {"node": "button"}).status == 403
    served.do(lambda: served.service.engine.faults.flow_failed("oven", "it is broken"))
    faults = program.do("POST", "/api/faults/acknowledge", {"places": []})["faults"]
    assert {fault["flow"] for fault in faults} <= {"press-1"}, "its own: a button whose message nobody could use"
    program.close()
    with Program(served, access.tokens.make("all", "viewer")) as full:
        assert {part["id"] for part in full.get("/api/assets")["parts"]} == {"in-press", "in-both", "in-other"}
    access.close()


def list_of_flows(route: Any) -> list[str] | None:
    """Return which flows a route is about by itself; None: its path, its body or nothing says."""
    if route.flows is None or route.body not in (None, *GRAFANA):
        return None
    return list(route.flows({"body": None}))


GRAFANA = [shape for name, shape in vars(__import__("flowengine_web.shapes").shapes).items() if "Grafana" in name]

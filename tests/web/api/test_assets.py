"""The parts of the plant over the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flowengine.access.audit import audit_folder, entries
from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.samples import Sample
from tests.web.api.conftest import SignedIn
from tests.web.canvas.served import Served

PRODUCT = {"vendor": "Acme", "model": "IO-1", "end_of_life": "2020-01-01", "substitutes": []}
NOTICE = {"id": "SA-1", "kind": "vulnerability", "vendor": "acme", "title": "opens to anybody", "score": 9.8}


def write(folder: Path, name: str, **members: Any) -> None:
    (folder / name).write_text(json.dumps({"flowengine": 1, **members}))


def test_a_viewer_sees_the_parts_and_a_changed_file_at_once(served: Served, signed_in: SignedIn, folder: Path) -> None:
    viewer = signed_in("viewer")
    assert viewer.get("/api/assets")["there"] is False

    part = {"kind": "device", "product": "io", "nodes": ["line/*"]}
    write(folder, "assets.json", products={"io": PRODUCT}, assets={"io-7": part, "hall": {"kind": "area"}})
    write(folder, "notices.json", notices=[NOTICE])
    found = viewer.get("/api/assets")
    assert (found["there"], found["problems"]) == (True, [])
    first = found["parts"][0]
    assert (first["id"], first["state"], first["flows"]) == ("io-7", "past", ["line"])
    assert [(due["what"], due["state"]) for due in first["dates"]] == [("end_of_life", "past")]
    assert [(notice["id"], notice["score"]) for notice in first["notices"]] == [("SA-1", 9.8)]
    assert first["replace"].startswith("no substitute is known; order by 2020-01-01: its life ends on 2020-01-01")

    write(folder, "assets.json", assets={"io-7": {"kind": "gadget"}})
    found = viewer.get("/api/assets")
    assert found["parts"] == []
    assert "assets.json:1: error: " in found["problems"][0]


def test_an_operator_enters_hours_which_change_one_part_of_the_file_and_go_into_the_record(
    served: Served, signed_in: SignedIn, folder: Path
) -> None:
    before = """{
  "flowengine": 1,
  "products": {"b": {"vendor": "Rollo", "model": "6206", "rated_hours": 30000}},
  "assets": {
    "hall":    {"kind": "area"},
    "bearing": {"kind": "device", "product": "b", "hours_per_year": 6000}
  }
}
"""
    (folder / "assets.json").write_text(before)
    operator = signed_in("operator")
    found = operator.do("PUT", "/api/assets/bearing/hours", {"hours": 21500.5, "day": "2020-02-29"})
    part = found["parts"][0]
    assert (part["running_hours"], part["hours_on"], part["rated_hours"]) == (21500.5, "2020-02-29", 30000)
    entered = '"hours_per_year": 6000, "hours_on": "2020-02-29", "running_hours": 21500.5}'
    assert (folder / "assets.json").read_text() == before.replace('"hours_per_year": 6000}', entered)
    revision = served.service.revisions.history(folder / "assets.json")[0]
    assert (revision.message, revision.author) == ("bearing: 21500.5 running hours on 2020-02-29", "operator")
    (entry,) = [one for one in entries(audit_folder(folder)) if one.result == "done" and one.what == "running-hours"]
    assert (entry.about, entry.details) == ("bearing", {"hours": 21500.5, "day": "2020-02-29"})

    for path, body, status in (
        ("no-such-part", {"hours": 1}, 404),
        ("hall", {"hours": 1}, 422),
        ("bearing", {"hours": -1}, 422),
        ("bearing", {"hours": 1, "day": "2020-02-30"}, 422),
        ("bearing", {"hours": 1, "day": "2999-01-01"}, 422),
    ):
        assert operator.ask("PUT", f"/api/assets/{path}/hours", body).status == status
    assert signed_in("viewer").ask("PUT", "/api/assets/bearing/hours", {"hours": 1}).status == 403


def test_hours_that_a_flow_counts_are_the_newest_that_it_has_kept_and_nobody_enters_others(
    served: Served, signed_in: SignedIn, folder: Path
) -> None:
    product = {"vendor": "Rollo", "model": "6206", "rated_hours": 30000}
    part = {"kind": "device", "product": "p", "hours_per_year": 6000, "hours_from": "kept/press/hours"}
    write(folder, "assets.json", products={"p": product}, assets={"bearing": part})
    operator = signed_in("operator")

    def look() -> dict[str, Any]:
        found: dict[str, Any] = operator.get("/api/assets")["parts"][0]
        return found

    assert look()["hours_problem"] == "the flow that counts its hours is not there, or has errors"
    archive = Archive(folder / "h")  # this test writes it, so the flow that is taken in waits for the file
    store = {"type": "history/store", "options": {"file": str(folder / "h")}}
    nodes = {"keep": {"type": "history/write", "options": {"store": "past"}}}
    flow = {"flowengine": 1, "name": "kept", "connections": {"past": store}, "nodes": nodes}
    (folder / "kept.json").write_text(json.dumps(flow))
    try:
        assert look()["hours_problem"] == "nothing has been kept as 'press/hours' yet"
        archive.append([Sample("press/hours", 1_700_000_000_000_000, 29999.96, 0)])
        found = look()
        assert (found["running_hours"], found["hours_on"]) == (30000, "2023-11-14")
        assert found["hours_from"] == "kept/press/hours"
        assert (found["hours_sure"], found["hours_problem"], found["state"]) == (True, "", "past")
        assert [(date["what"], date["day"]) for date in found["dates"]] == [("worn_out", "2023-11-14")]
        archive.append([Sample("press/hours", 1_700_086_400_000_000, 10.0, 1)])
        found = look()
        assert (found["running_hours"], found["hours_on"], found["hours_sure"]) == (10, "2023-11-15", False)
        archive.append([Sample("press/hours", 1_700_172_800_000_000, 10.0, 2)])
        assert look()["hours_problem"] == "the counter has had no good value since 2023-11-16"
    finally:
        archive.close()
    refused = operator.ask("PUT", "/api/assets/bearing/hours", {"hours": 1})
    assert refused.status == 422
    assert "set the counter in the flow" in refused.json["message"]

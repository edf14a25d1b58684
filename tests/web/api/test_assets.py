"""The parts of the plant over the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from flowengine.access.audit import audit_folder, entries
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

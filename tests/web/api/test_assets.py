"""The parts of the plant over the API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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

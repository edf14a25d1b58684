"""What a change would have written, from the engine that records to the answer of the API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine.service.places import recordings_folder
from flowengine.store.recordings import ENVELOPE, recording_file, span
from tests.plants import guarded_oven
from tests.plants.modbus_slave import Slave
from tests.plants.signed_envelope import write_envelope
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, SignedIn
from tests.web.patience import until

WRITING = {5, 6, 15, 16, 22, 23}


@pytest.fixture
def slave() -> Iterator[Slave]:
    with guarded_oven.oven() as slave:
        yield slave


@pytest.fixture
def folder(folder: Path, slave: Slave) -> Path:
    (folder / "oven.json").write_text(json.dumps(heating(slave.port, 1)))
    write_envelope(folder, guarded_oven.envelope(slave.port), two_keys=True)
    return folder


def heating(port: int, by: int) -> dict[str, Any]:
    flow = guarded_oven.flow(port)
    flow["nodes"]["scale"] = {"type": "values/expression", "options": {"expression": f"payload * {by}"}}
    flow["wires"] = [{"from": "tick", "to": "scale"}, {"from": "scale", "to": "heater"}]
    return flow


def deploy(browser: Client, name: str, flow: dict[str, Any]) -> dict[str, Any]:
    base = browser.get(f"/api/flows/{name}")["summary"]["disk"]
    return {"flows": {name: {"base": base, "flow": flow}}}


def test_a_change_shows_what_it_would_have_written_on_what_the_engine_recorded(
    signed_in: SignedIn, folder: Path, slave: Slave
) -> None:
    editor, viewer = signed_in("editor"), signed_in("viewer")
    files = [recording_file(recordings_folder(folder), name) for name in ("oven", ENVELOPE)]
    until(lambda: all(span(file) for file in files))
    asked = editor.do("POST", "/api/changes", {"deploy": deploy(editor, "oven", heating(slave.port, 3))})
    assert asked["simulating"]
    assert asked["simulation"] is None

    def done() -> Any:
        found = viewer.get("/api/changes/1")
        return None if found["simulating"] else found

    simulation = until(done)["simulation"]
    assert (simulation["content"], simulation["outdated"]) == (asked["content"], False)
    result = simulation["result"]
    assert (result["state"], result["guarded"]) == ("done", True), result["error"]
    (output,) = [one for one in result["outputs"] if one["node"] == "heater"]
    assert (output["old"]["refused"], output["old"]["most"]) == (0, 50)
    assert output["new"]["written"] == 0
    assert output["new"]["refused"] == output["old"]["written"] > 0
    assert output["reasons"][0]["text"] == "150 % is outside 0 to 100 %"
    assert not [seen for seen in slave.seen if seen.function in WRITING]

    editor.do("POST", "/api/deploys", deploy(editor, "line", {**FLOW, "note": "another one"}))
    assert viewer.get("/api/changes/1")["simulation"]["outdated"]
    assert viewer.refused("POST", "/api/changes/1/simulate", {"hours": 0})[0] == 422
    assert viewer.refused("POST", "/api/changes/9/simulate", {}) == (404, "not-found")

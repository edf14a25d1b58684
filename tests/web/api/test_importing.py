# ruff: noqa: E501 - a flow reads better with a node on a line
"""Flows of Node-RED over the API: looked at before anything is written, bounded, and hostile ones answered in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.api.client import Client

FOLDER = Path(__file__).parents[2] / "nodered"
PLANT = (FOLDER / "plant.json").read_text()
SEALED = (FOLDER / "plant_cred.json").read_text()


def test_a_flows_json_is_reported_on_and_nothing_is_written(editor: Client) -> None:
    before = editor.get("/api/project")
    found = editor.ask("POST", "/api/import/nodered", {"text": PLANT}).json
    assert set(found["flows"]) == {"oven-ueberwachung", "other", "scale-it"}
    assert found["connections"]["plant"]["type"] == "mqtt/broker"
    placeholder = next(each for each in found["findings"] if each["node"] == "plc")
    assert (placeholder["level"], placeholder["hint"]) == ("placeholder", "nearest: modbus/read with several points")
    assert editor.get("/api/project") == before
    assert not (Path(before["folder"]) / "nodered").exists()


def test_what_an_export_needs_is_kept_when_it_is_asked_for_and_names_that_are_there_stay_free(editor: Client) -> None:
    folder = Path(editor.get("/api/project")["folder"])
    wanted = {"text": PLANT, "taken": ["other", "line"], "taken_connections": ["plant"], "keep": True}
    for number in ("", "-2"):
        found = editor.ask("POST", "/api/import/nodered", wanted).json
        assert set(found["flows"]) == {"oven-ueberwachung", "other-2", "scale-it"}
        assert "plant-2" in found["connections"]
        origin = json.loads((folder / "nodered" / f"origin{number}.json").read_text())
        assert origin["taken"] == ["other", "line"]
        assert "secret!" not in json.dumps(origin)


def test_credentials_are_read_with_their_key_and_no_secret_comes_back(editor: Client) -> None:
    body = {"text": PLANT, "credentials": SEALED, "key": "the key"}
    answer = editor.ask("POST", "/api/import/nodered", body)
    assert "secret!" not in json.dumps(answer.json)
    assert answer.json["connections"]["plant"]["options"]["password"] == "${secret:plant-password}"
    refused = editor.ask("POST", "/api/import/nodered", {**body, "key": "another"})
    assert (refused.status, refused.json["path"]) == (422, "$.key")


@pytest.mark.parametrize(
    "text",
    ["", "{}", "[" * 50_000, '{"flows": 3}', "\x00", '"flows"'],
    ids=["empty", "object", "deep", "number", "nul", "text"],
)
def test_what_is_no_flows_json_is_refused_in_words(editor: Client, text: str) -> None:
    refused = editor.ask("POST", "/api/import/nodered", {"text": text})
    assert (refused.status, refused.json["path"]) == (422, "$.text")


def test_hostile_entries_end_with_a_report(editor: Client) -> None:
    entries = [{"id": "__proto__", "type": "constructor", "name": "<script>alert(1)</script>", "wires": [["__proto__"]]}, 7, None,
               {"id": "a", "type": "tab", "label": "../../etc/passwd"}, {"id": "b", "z": "a", "type": "function", "func": {"x": []}}]  # fmt: skip
    found = editor.ask("POST", "/api/import/nodered", {"text": json.dumps(entries)}).json
    assert found["counts"]
    assert all("/" not in name and ".." not in name for name in found["flows"])

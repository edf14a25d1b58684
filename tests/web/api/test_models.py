"""Learned models over the API: what there is, what was measured, and a challenger that takes over with two keys."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from tests.plants.challenged_press import press
from tests.web.api.client import Client
from tests.web.api.conftest import PASSWORD, SignedIn
from tests.web.patience import until


@pytest.fixture
def flow(folder: Path) -> dict[str, Any]:
    """The flow of the press; what it foretells is written to a machine, which needs two keys."""
    flow = press(folder, acts=True)
    (folder / "press.json").write_text(json.dumps(flow))
    (folder / "ownership.json").write_text('{"flowengine": 1, "two_keys": true}')
    return flow


def measured(browser: Client, role: str = "model") -> dict[str, dict[str, Any]]:
    """Return the uses that count, or challenge, by version, when the engine has written down what it measured."""

    def told() -> dict[str, dict[str, Any]]:
        found = {one["version"]: one["uses"] for one in browser.get("/api/models")["models"]}
        uses = {version: use for version, used in found.items() for use in used if use["role"] == role}
        return uses if any(use["count"] for use in uses.values()) else {}

    return until(told)


def test_a_challenger_takes_over_by_a_deploy_with_a_yes_from_each_side(
    flow: dict[str, Any], signed_in: SignedIn, folder: Path
) -> None:
    editor, admin, it, ot = (signed_in(role) for role in ("editor", "admin", "operator", "viewer"))
    admin.do("PATCH", "/api/users/operator", {"sides": ["it"]})
    admin.do("PATCH", "/api/users/viewer", {"sides": ["ot"]})
    one, two = ot.get("/api/models")["models"]
    assert (one["name"], one["version"], one["kind"], one["state"]) == ("current", "1", "json", "there")
    assert one["changed"] == (folder / "models" / "current" / "1.json").stat().st_mtime
    assert [(use["flow"], use["node"], use["type"]) for use in one["uses"]] == [("press", "predict", "models/river")]
    (challenger,) = measured(ot, "challenger").values()
    assert challenger["difference"] > 0
    assert challenger["mae"] < measured(ot)["1"]["mae"]

    options = flow["nodes"]["predict"]["options"]
    options["file"], options["sha256"] = options.pop("challenger"), options.pop("challenger_sha256")
    del options["version"]
    deploy = {"flows": {"press": {"base": editor.get("/api/flows/press")["summary"]["disk"], "flow": flow}}}
    assert editor.refused("POST", "/api/deploys", deploy) == (409, "two-keys")
    detail = editor.do("POST", "/api/changes", {"deploy": deploy, "message": "version 2 was nearer"})
    path, yes = f"/api/changes/{detail['change']['id']}", {"content": detail["content"], "password": PASSWORD}
    assert it.do("POST", f"{path}/approve", {**yes, "side": "it"})["change"]["missing"] == ["ot"]
    assert editor.refused("POST", f"{path}/deploy") == (403, "not-allowed")
    assert list(measured(ot)) == ["1"], "nothing has changed yet"
    ot.do("POST", f"{path}/approve", {**yes, "side": "ot"})
    editor.do("POST", f"{path}/deploy")
    after = measured(ot)
    assert list(after) == ["2"]
    assert after["2"]["count"] >= challenger["count"], "it keeps what it earned in shadow"
    assert [one["uses"] for one in ot.get("/api/models")["models"] if one["version"] == "1"] == [[]]
    assert two["sha256"] in (folder / "press.json").read_text()


@pytest.fixture
def learning(folder: Path) -> None:
    """The flow of the press with a node that learns beside."""
    flow = press(folder)
    options = flow["nodes"]["predict"]["options"]
    flow["nodes"]["learns"] = {
        "type": "models/river",
        "options": {"takes": options["takes"], "gives": options["gives"]},
    }
    flow["wires"] += [{"from": "speed", "to": "learns"}, {"from": "real", "to": "learns.truth"}]
    (folder / "press.json").write_text(json.dumps(flow))


def test_what_a_node_has_learned_becomes_the_next_version(learning: None, folder: Path, signed_in: SignedIn) -> None:
    editor = signed_in("editor")
    wanted = {"flow": "press", "node": "learns", "name": "current"}

    def saved() -> dict[str, Any]:
        answer = editor.ask("POST", "/api/models", wanted)  # until it is in a checkpoint, nothing is there to be saved
        return answer.json if answer.status == 200 else {}

    first = until(saved)
    assert first["file"] == "models/current/3.json"
    raw = (folder / "models" / "current" / "3.json").read_bytes()
    assert first["sha256"] == hashlib.sha256(raw).hexdigest()
    assert json.loads(raw)["model"] == "linear_model.LinearRegression"
    assert editor.do("POST", "/api/models", wanted)["file"] == "models/current/4.json", "none is overwritten"
    assert (folder / "models" / "current" / "3.json").read_bytes() == raw
    files = [one["file"] for one in editor.get("/api/models")["models"] if one["state"] == "there"]
    assert files == [f"models/current/{number}.json" for number in (1, 2, 3, 4)]


def test_what_has_learned_nothing_and_names_that_lead_elsewhere_are_refused(
    flow: dict[str, Any], folder: Path, signed_in: SignedIn
) -> None:
    editor, wanted = signed_in("editor"), {"flow": "press", "node": "predict", "name": "current"}
    for change, status in (
        ({}, 404),  # it does not learn
        ({"node": "speed"}, 404),
        ({"node": "none"}, 404),
        ({"flow": "none"}, 404),
        ({"flow": "../press"}, 404),
        ({"name": "../../current"}, 422),
        ({"name": ""}, 422),
    ):
        assert editor.refused("POST", "/api/models", {**wanted, **change})[0] == status, change
    assert signed_in("operator").refused("POST", "/api/models", wanted)[0] == 403
    assert sorted(file.name for file in (folder / "models").rglob("*.json")) == ["1.json", "2.json"]


def test_a_content_that_is_no_version_and_one_that_is_only_learned_are_told(folder: Path, signed_in: SignedIn) -> None:
    flow = press(folder)
    (folder / "models" / "current" / "1.json").write_text("{}")
    options = flow["nodes"]["predict"]["options"]
    learns = {"takes": options["takes"], "gives": options["gives"]}
    flow["nodes"]["learns"] = {"type": "models/river", "options": learns}
    (folder / "press.json").write_text(json.dumps(flow))
    viewer = signed_in("viewer")
    found = {(one["state"], one["file"]): one for one in viewer.get("/api/models")["models"]}
    assert found["missing", options["file"]]["sha256"] == options["sha256"]
    assert found["there", "models/current/1.json"]["uses"] == []
    (use,) = found["learned", ""]["uses"]
    assert (use["node"], use["learns"], use["coverage"], use["difference"]) == ("learns", True, None, None)
    assert not any(use["learns"] for use in found["missing", options["file"]]["uses"]), "its option learn is off"

    (folder / "press.json").unlink()
    assert [one["uses"] for one in viewer.get("/api/models")["models"]] == [[], []], "a changed folder is seen at once"

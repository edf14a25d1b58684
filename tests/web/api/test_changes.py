"""Changes that reach a machine, over the API: asked for, approved by two people, deployed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine.access.audit import audit_folder, entries
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, PASSWORD, SignedIn

PRESS = {
    "flowengine": 1,
    "name": "press",
    "connections": {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": 1}}},
    "nodes": {
        "button": {"type": "timing/inject", "options": {"value": 7}},
        "scale": {"type": "values/expression", "options": {"expression": "payload"}},
        "heater": {"type": "modbus/write", "options": {"connection": "plc", "address": 20}},
    },
    "wires": [{"from": "button", "to": "scale"}, {"from": "scale", "to": "heater"}],
}

ENVELOPE = {
    "flowengine": 1,
    "version": 1,
    "connections": PRESS["connections"],
    "outputs": {
        "heater": {
            "type": "modbus/write",
            "options": {"connection": "plc", "address": 20},
            "owner": "Anna",
            "range": [0, 100],
            "safe": 0,
            "writers": ["press/heater"],
        }
    },
}

TESTS = {
    "flowengine-test": 1,
    "tests": [
        {
            "name": "seven",
            "feed": [{"node": "scale", "at": 0, "payload": 7}],
            "expect": [{"node": "heater", "payload": 14}],
        }
    ],
}


@pytest.fixture
def folder(folder: Path) -> Path:
    (folder / "press.json").write_text(json.dumps(PRESS))
    (folder / "ownership.json").write_text('{"flowengine": 1, "two_keys": true}')
    (folder / "envelope.json").write_text(json.dumps(ENVELOPE))
    return folder


def scaled(by: int) -> dict[str, Any]:
    flow: dict[str, Any] = json.loads(json.dumps(PRESS))
    flow["nodes"]["scale"]["options"]["expression"] = f"payload * {by}"
    return flow


def request(browser: Client, flow: dict[str, Any]) -> dict[str, Any]:
    base = browser.get("/api/flows/press")["summary"]["disk"]
    return {"flows": {"press": {"base": base, "flow": flow}}}


@pytest.fixture
def people(signed_in: SignedIn) -> Callable[[str], Client]:
    """Everybody signed in; the operator speaks for IT, the viewer for OT."""
    admin = signed_in("admin")
    admin.do("PATCH", "/api/users/operator", {"sides": ["it"]})
    admin.do("PATCH", "/api/users/viewer", {"sides": ["ot"]})
    browsers: dict[str, Client] = {"admin": admin}

    def browser(role: str) -> Client:
        return browsers.setdefault(role, signed_in(role))

    return browser


def test_from_the_question_to_the_deploy(people: Callable[[str], Client], folder: Path) -> None:
    editor = people("editor")
    assert editor.get("/api/project")["two_keys"] == {"in_force": True, "waiting": 0, "glass": ""}
    preview = editor.do("POST", "/api/deploys/preview", request(editor, scaled(2)))
    assert preview["two_keys"]
    assert preview["reaches"][0]["via"] == ["press/scale", "press/heater"]
    assert editor.refused("POST", "/api/deploys", request(editor, scaled(2))) == (409, "two-keys")
    detail = editor.do("POST", "/api/changes", {"deploy": request(editor, scaled(2)), "message": "twice as hot"})
    change, content = detail["change"], detail["content"]
    path = f"/api/changes/{change['id']}"
    assert (change["author"], change["state"], change["missing"]) == ("editor", "open", ["it", "ot"])
    assert [diff["name"] for diff in detail["diffs"]] == ["press"]
    assert [one["node"] for one in detail["reaches"]] == ["heater"]
    (limit,) = detail["limits"]
    assert (limit["output"], limit["low"], limit["high"], limit["problems"]) == ("heater", 0, 100, [])
    assert editor.get("/api/project")["two_keys"]["waiting"] == 1
    it, ot = people("operator"), people("viewer")
    yes = {"side": "it", "content": content, "password": PASSWORD}
    assert it.refused("POST", f"{path}/approve", {**yes, "password": "a guess"}) == (401, "wrong-password")
    assert it.refused("POST", f"{path}/approve", {**yes, "content": "0" * 64}) == (409, "conflict")
    assert it.refused("POST", f"{path}/approve", {**yes, "side": "ot"}) == (403, "not-allowed")
    assert editor.refused("POST", f"{path}/approve", yes) == (403, "not-allowed")
    assert it.do("POST", f"{path}/approve", yes)["change"]["missing"] == ["ot"]
    assert editor.refused("POST", f"{path}/deploy") == (403, "not-allowed")
    done = ot.do("POST", f"{path}/approve", {**yes, "side": "ot"})
    assert [(one["side"], one["who"], one["why_not"]) for one in done["yeses"]] == [
        ("it", "operator", ""),
        ("ot", "viewer", ""),
    ]
    assert editor.do("POST", f"{path}/deploy")["revisions"].keys() == {"press"}
    assert "payload * 2" in (folder / "press.json").read_text()
    assert people("admin").get("/api/changes")["changes"][0]["state"] == "deployed"
    record = [(one.what, one.who, one.result) for one in entries(audit_folder(folder)) if "change" in one.what]
    assert ("approve-change", "operator", "refused") in record
    assert record[-1] == ("change-deployed", "editor", "done")


def test_a_no_a_withdrawal_and_what_is_not_there(people: Callable[[str], Client]) -> None:
    editor, ot = people("editor"), people("viewer")
    ask = {"deploy": request(editor, scaled(3))}
    path = f"/api/changes/{editor.do('POST', '/api/changes', ask)['change']['id']}"
    assert ot.refused("POST", f"{path}/reject", {"reason": "no"}) == (403, "not-allowed")
    rejected = ot.do("POST", f"{path}/reject", {"reason": "the heater is under repair"})["change"]
    assert (rejected["state"], rejected["closer"]) == ("rejected", "viewer")
    assert ot.get(path)["limits"] == []  # nothing of it can run any more
    path = f"/api/changes/{editor.do('POST', '/api/changes', ask)['change']['id']}"
    assert editor.do("POST", f"{path}/withdraw")["change"]["state"] == "withdrawn"
    for missing in ("999", "x", "1e3", "-1", "9" * 40):
        assert editor.refused("GET", f"/api/changes/{missing}") == (404, "not-found")
    line = {
        "flows": {"line": {"base": editor.get("/api/flows/line")["summary"]["disk"], "flow": {**FLOW, "note": "x"}}}
    }
    assert editor.refused("POST", "/api/changes", {"deploy": line}) == (403, "not-allowed")


def test_flow_tests_are_run_on_what_would_run(people: Callable[[str], Client], folder: Path) -> None:
    (folder / "press.test.json").write_text(json.dumps(TESTS))
    editor = people("editor")
    for by, failed in ((2, []), (3, ["seven"])):
        detail = editor.do("POST", "/api/changes", {"deploy": request(editor, scaled(by))})
        assert [(one["file"], one["failed"], one["problems"]) for one in detail["tests"]] == [
            ("press.test.json", failed, [])
        ]


def test_files_and_the_rule_changed_outside_are_asked_for_and_shown_line_by_line(
    people: Callable[[str], Client], folder: Path
) -> None:
    (folder / "ownership.json").write_text('{"flowengine": 1, "two_keys": false}')
    editor = people("editor")
    assert editor.get("/api/changes")["outside"] == ["ownership.json"]
    detail = editor.do("POST", "/api/changes", {})
    [file] = detail["files"]
    assert file["name"] == "ownership.json"
    assert '-  "two_keys": true' in file["lines"]
    assert '+  "two_keys": false' in file["lines"]


def test_behind_broken_glass(people: Callable[[str], Client], folder: Path) -> None:
    people("admin").do("PATCH", "/api/users/operator", {"sides": ["ot"]})
    editor, ot = people("editor"), people("operator")
    path = f"/api/changes/{editor.do('POST', '/api/changes', {'deploy': request(editor, scaled(5))})['change']['id']}"
    glass = {"reason": "the oven is freezing", "password": PASSWORD}
    assert people("viewer").refused("POST", f"{path}/break-glass", glass) == (403, "forbidden")
    assert editor.refused("POST", f"{path}/break-glass", glass) == (403, "not-allowed")
    ot.do("POST", f"{path}/break-glass", glass)
    assert "payload * 5" in (folder / "press.json").read_text()
    assert (
        "operator runs change 1 alone for 30 min: the oven is freezing"
        in editor.get("/api/project")["two_keys"]["glass"]
    )
    assert ot.get(path)["change"]["state"] == "glass"


def test_a_program_neither_approves_nor_breaks_the_glass_nor_gives_a_side(
    people: Callable[[str], Client], served: Any
) -> None:
    editor = people("editor")
    detail = editor.do("POST", "/api/changes", {"deploy": request(editor, scaled(2))})
    token = served.site.access.tokens.make("ci", "admin")
    served.site.access.sides.give("token/ci", ["it", "ot"])
    program = {"Authorization": f"Bearer {token}"}
    path, yes = f"/api/changes/{detail['change']['id']}", {"side": "it", "content": detail["content"]}
    with Client(served.port) as bare:
        assert bare.refused("POST", f"{path}/approve", yes, headers=program) == (403, "forbidden")
        glass = {"reason": "because it can do that"}
        assert bare.refused("POST", f"{path}/break-glass", glass, headers=program) == (403, "forbidden")
        assert bare.refused("PATCH", "/api/users/viewer", {"sides": ["ot"]}, headers=program) == (403, "forbidden")

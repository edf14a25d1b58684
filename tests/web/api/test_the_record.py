"""What people do through the API is in the record, with who, from where and what became of it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest

from flowengine.access import audit as module
from flowengine.access.audit import audit_folder, entries
from flowengine.access.audit_check import check_audit
from flowengine_web.recording import ACTS, UNRECORDED
from flowengine_web.routes import table
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, PASSWORD, SignedIn


def last(folder: Path) -> tuple[str, str, str, str, dict[str, Any]]:
    found = list(entries(audit_folder(folder)))[-1]
    assert found.address == "127.0.0.1"
    return found.who, found.what, found.about, found.result, found.details


def test_every_route_that_changes_anything_is_recorded_or_named_as_not() -> None:
    routes = {route.name for route in table() if route.changes}
    assert routes - set(ACTS) == UNRECORDED
    assert set(ACTS) <= routes


def test_signing_in_is_recorded_and_a_name_that_nobody_has_is_not(folder: Path, nobody: Client) -> None:
    nobody.ask("POST", "/api/session", {"name": "viewer", "password": "wrong password"})
    assert last(folder)[:4] == ("viewer", "sign-in", "", "refused")
    nobody.ask("POST", "/api/session", {"name": PASSWORD, "password": "oh, that was the wrong field"})
    assert last(folder)[:4] == ("", "sign-in", "", "refused")
    nobody.do("POST", "/api/session", {"name": "viewer", "password": PASSWORD})
    assert last(folder)[:4] == ("viewer", "sign-in", "", "done")


def test_users_roles_and_passwords_are_recorded_without_the_password(folder: Path, signed_in: SignedIn) -> None:
    admin = signed_in("admin")
    admin.ask("POST", "/api/users", {"name": "carl", "role": "viewer", "password": "a long password"})
    assert last(folder) == ("admin", "user-added", "carl", "done", {"role": "viewer"})
    admin.ask("PATCH", "/api/users/carl", {"role": "editor", "password": "another password"})
    assert last(folder) == ("admin", "user-changed", "carl", "done", {"role": "editor", "password": True})
    admin.ask("PATCH", "/api/users/carl", {"sides": ["ot"]})
    assert last(folder)[4] == {"role": None, "password": False, "sides": ["ot"]}
    admin.ask("DELETE", "/api/users/admin")
    who, what, about, result, details = last(folder)
    assert (who, what, about, result) == ("admin", "user-removed", "admin", "refused")
    assert "last admin" in details["reason"]


def test_a_deploy_is_recorded_with_flows_and_revisions(folder: Path, signed_in: SignedIn) -> None:
    editor = signed_in("editor")
    base = editor.get("/api/flows/line")["summary"]["disk"]
    changed = json.loads(json.dumps(FLOW))
    changed["nodes"]["double"]["options"]["expression"] = "payload * 3"
    editor.ask("POST", "/api/deploys", {"flows": {"line": {"base": base, "flow": changed}}})
    who, what, about, result, details = last(folder)
    assert (who, what, about, result) == ("editor", "deploy", "line", "done")
    assert details["revisions"]["line"]
    editor.ask("POST", "/api/deploys", {"flows": {"line": {"base": base, "flow": changed}}})
    assert last(folder)[3] == "refused"


def test_buttons_and_refusals_are_recorded(folder: Path, signed_in: SignedIn) -> None:
    operator, viewer = signed_in("operator"), signed_in("viewer")
    operator.ask("POST", "/api/flows/line/inject", {"node": "button"})
    assert last(folder) == ("operator", "inject", "line/button", "done", {"message": False})
    viewer.ask("POST", "/api/flows/line/inject", {"node": "button"})
    assert last(folder) == ("viewer", "inject", "line", "refused", {"reason": "he is viewer"})
    operator.ask("POST", "/api/dead-letters/delete", {"ids": [1, 2]})
    assert last(folder)[:4] == ("operator", "dead-letters-deleted", "", "done")
    assert check_audit(audit_folder(folder)).findings == []


def test_what_cannot_be_recorded_is_not_done(
    folder: Path, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = signed_in("admin")
    monkeypatch.setattr(module, "SPARE", 2**60)
    answer = admin.ask("POST", "/api/users", {"name": "carl", "role": "viewer", "password": "a long password"})
    assert (answer.status, answer.json["error"]) == (503, "not-recorded")
    assert "carl" not in [user["name"] for user in admin.get("/api/users")["users"]]


def test_who_signs_in_while_nothing_can_be_recorded_learns_why_and_no_path_of_the_server(
    folder: Path, nobody: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def signs_in() -> str:
        answer = nobody.ask("POST", "/api/session", {"name": "viewer", "password": PASSWORD})
        assert (answer.status, answer.json["error"]) == (503, "not-recorded")
        assert str(folder) not in str(answer.json)
        return str(answer.json["message"])

    with monkeypatch.context() as full:
        full.setattr(module, "SPARE", 2**60)
        assert "is full" in signs_in()
    with monkeypatch.context() as failing:
        failing.setattr(os, "fsync", _no_space)
        assert "cannot be written: No space left" in signs_in()


def _no_space(handle: int) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

"""Signing in, the first link, users, own passwords: over the API."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from flowengine.access.backoff import Backoff
from flowengine.cli.web import _notice
from flowengine.clock import VirtualClock
from flowengine.errors import FlowEngineError
from flowengine.registry import Registry
from tests.web.api.client import Client
from tests.web.api.conftest import PASSWORD, SignedIn
from tests.web.canvas.served import Served


@pytest.fixture
def new(tmp_path: Path, registry: Registry) -> Iterator[Served]:
    """An installation in which nobody has ever signed in."""
    (tmp_path / "empty.json").write_text('{"flowengine": 1, "name": "empty"}')
    served = Served(tmp_path, registry)
    served.start()
    yield served
    served.stop()


def first_token(served: Served) -> str:
    assert served._web is not None
    (line,) = served._web.welcome()
    return line.rpartition("/setup?token=")[2]


def test_the_first_start_prints_a_link_that_makes_the_first_admin(new: Served) -> None:
    with Client(new.port) as client:
        assert client.session() == {
            "user": "", "role": None, "sides": [], "areas": [], "previous": None, "csrf": "", "setup": True, "oidc": "",
            "notice": "",
            "version": client.session()["version"], "folder": "", "demo": False,
        }  # fmt: skip
        token = first_token(new)
        answer = client.do("POST", "/api/setup", {"token": token, "name": "ada", "password": PASSWORD})
        assert (answer["user"], answer["role"], answer["setup"]) == ("ada", "admin", False)
        assert client.session()["user"] == "ada"
        again = {"token": token, "name": "eve", "password": PASSWORD}
        assert client.refused("POST", "/api/setup", again) == (403, "bad-link")
        assert new._web is not None
        assert new._web.welcome() == [f"canvas: http://127.0.0.1:{new.port}"]


def test_everybody_is_told_the_use_notice_before_he_signs_in(served: Served, nobody: Client, tmp_path: Path) -> None:
    file = tmp_path / "notice.txt"
    file.write_text("  Only for staff.\nAll that is done here is recorded. <b>Ä</b>\n", encoding="utf-8")
    served.site.notice = _notice(file)
    assert nobody.get("/api/session")["notice"] == "Only for staff.\nAll that is done here is recorded. <b>Ä</b>"
    for raw, why in ((b"\xff", "cannot be read as text"), (b"x" * 4001, "has 4001 characters")):
        file.write_bytes(raw)
        with pytest.raises(FlowEngineError, match=why):
            _notice(file)


def test_a_stranger_learns_nothing_of_the_installation(nobody: Client, served: Served) -> None:
    reply = nobody.ask("GET", "/api/session")
    assert str(served.folder).encode() not in reply.raw
    assert nobody.refused("GET", "/api/project") == (401, "not-signed-in")


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(nobody: Client, served: Served) -> None:
    reply = nobody.ask("POST", "/api/session", {"name": "editor", "password": PASSWORD})
    parts = [part.strip() for part in reply.headers["set-cookie"].split(";")]
    assert parts[0].startswith(f"flowengine-{served.port}=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(parts)
    assert nobody.session()["user"] == "editor"
    assert nobody.ask("DELETE", "/api/session").headers["set-cookie"].startswith(f"flowengine-{served.port}=;")
    assert nobody.session()["user"] == ""


def test_signing_out_ends_the_session_itself(editor: Client) -> None:
    cookie = editor.cookie
    editor.do("DELETE", "/api/session")
    editor.cookie = cookie
    assert editor.refused("GET", "/api/project") == (401, "not-signed-in")


def test_guessing_is_slowed_and_says_for_how_long(served: Served, nobody: Client) -> None:
    clock = VirtualClock()
    served.site.access._backoff = Backoff(clock)  # no second passes between the guesses, however long they take
    wrong = {"name": "editor", "password": "wrong horse"}
    for _ in range(5):
        assert nobody.refused("POST", "/api/session", wrong) == (401, "wrong-password")
    reply = nobody.ask("POST", "/api/session", {"name": "editor", "password": PASSWORD})
    assert (reply.status, reply.json["error"]) == (429, "too-many-attempts")
    assert 1 <= int(reply.headers["retry-after"]) <= 2
    clock.elapsed += 1
    assert nobody.ask("POST", "/api/session", {"name": "editor", "password": PASSWORD}).status == 200


def test_who_signs_in_is_told_when_he_did_so_before_and_what_failed_since(nobody: Client, editor: Client) -> None:
    known = editor.session()["previous"]
    nobody.refused("POST", "/api/session", {"name": "editor", "password": "wrong horse"})
    assert nobody.session()["previous"] is None, "a stranger is told nothing of it"
    told = nobody.do("POST", "/api/session", {"name": "editor", "password": PASSWORD})["previous"]
    assert (told["failed"], known["at"] < told["at"] < told["failed_at"]) == (1, True)
    assert nobody.session()["previous"] == told
    assert editor.session()["previous"] == known


def test_an_admin_adds_changes_and_removes_users(admin: Client, served: Served) -> None:
    bob = admin.do("POST", "/api/users", {"name": "bob", "role": "viewer", "password": PASSWORD})
    assert bob["name"] == "bob"
    assert admin.refused("POST", "/api/users", {"name": "Bob", "role": "viewer", "password": PASSWORD}) == (
        409,
        "taken",
    )
    assert admin.refused("POST", "/api/users", {"name": "eve", "role": "viewer", "password": "short"}) == (
        422,
        "weak-password",
    )
    with Client(served.port, served.cookie("bob")) as his:
        his.session()
        assert admin.do("PATCH", "/api/users/bob", {"role": "operator"})["role"] == "operator"
        assert his.refused("GET", "/api/project") == (401, "not-signed-in")
    users = admin.get("/api/users")["users"]
    assert [user["name"] for user in users] == ["admin", "bob", "editor", "operator", "viewer"]
    assert all("password" not in user for user in users)
    assert admin.do("PATCH", "/api/users/bob", {"sides": ["it"]})["sides"] == ["it"]
    assert {user["name"]: user["sides"] for user in admin.get("/api/users")["users"]}["bob"] == ["it"]
    assert admin.refused("PATCH", "/api/users/admin", {"sides": ["ot"]}) == (403, "own-side")
    admin.do("DELETE", "/api/users/bob")
    assert admin.refused("DELETE", "/api/users/bob") == (404, "not-found")
    assert admin.refused("DELETE", "/api/users/admin") == (409, "last-admin")
    assert admin.refused("PATCH", "/api/users/admin", {"role": "viewer"}) == (409, "last-admin")


def test_everybody_changes_his_own_password_with_the_old_one(signed_in: SignedIn, served: Served) -> None:
    viewer, elsewhere = signed_in("viewer"), signed_in("viewer")
    change = {"password": "another horse"}
    assert viewer.refused("PATCH", "/api/users/viewer", change) == (422, "invalid")
    assert viewer.refused("PATCH", "/api/users/viewer", {**change, "current_password": "wrong horse"}) == (
        401,
        "wrong-password",
    )
    viewer.do("PATCH", "/api/users/viewer", {**change, "current_password": PASSWORD})
    assert viewer.session()["user"] == "viewer"
    assert elsewhere.session()["user"] == ""
    with Client(served.port) as client:
        client.do("POST", "/api/session", {"name": "viewer", "password": "another horse"})


def test_nobody_but_an_admin_changes_others_or_his_own_role(signed_in: SignedIn) -> None:
    editor = signed_in("editor")
    assert editor.refused("PATCH", "/api/users/viewer", {"password": "another horse"}) == (403, "forbidden")
    own = {"role": "admin", "password": "another horse", "current_password": PASSWORD}
    assert editor.refused("PATCH", "/api/users/editor", own) == (403, "forbidden")


def test_a_link_for_a_new_password_is_used_where_the_first_one_is(nobody: Client, served: Served) -> None:
    token = served.site.access.links.make("viewer")
    body = {"token": token, "name": "viewer", "password": "another horse"}
    assert nobody.do("POST", "/api/setup", body)["role"] == "viewer"
    assert nobody.session()["user"] == "viewer"

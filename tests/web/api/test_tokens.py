"""API tokens: what a program gets in with, and what it may do."""

from __future__ import annotations

import hashlib
import http.client
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from flowengine.access.access import Access, access_file
from flowengine.access.api_tokens import MOST
from flowengine.access.local import find_local
from flowengine.access.roles import RIGHTS, Right
from flowengine.clock import Clock
from flowengine.errors import AccessError, NotFound
from flowengine_web.route import EVENTS
from flowengine_web.routes import table
from tests.web.api.client import Client
from tests.web.api.conftest import SignedIn
from tests.web.api.test_routes_and_roles import name_of, path_of
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def users(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "flowengine", "users", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


class Later(Clock):
    """A clock that can be moved on."""

    days = 0.0

    def now(self) -> float:
        return super().now() + self.days * 24 * 3600


def test_a_token_is_made_used_listed_and_revoked_while_the_engine_runs(served: Served, nobody: Client) -> None:
    made = users(served.folder, "token", "plant-history", "--role", "operator")
    assert made.returncode == 0
    token = made.stdout.strip()
    assert token.startswith("fe_")
    assert nobody.get("/api/session", **bearer(token)) == {
        **nobody.get("/api/session"), "user": "token/plant-history", "role": "operator", "csrf": "",
        "folder": str(served.folder),
    }  # fmt: skip
    assert "plant-history  (token; made by " in users(served.folder).stdout
    assert token not in users(served.folder).stdout
    assert users(served.folder, "revoke", "plant-history").returncode == 0
    assert nobody.refused("GET", "/api/project", headers=bearer(token)) == (401, "not-signed-in")
    again = users(served.folder, "revoke", "plant-history")
    assert (again.returncode, again.stderr.strip()) == (2, "flowengine: there is no token 'plant-history'")


def test_a_token_needs_neither_a_cookie_nor_the_signs_of_our_page(served: Served, nobody: Client) -> None:
    token = served.site.access.tokens.make("presser", "operator")
    headers: dict[str, str | None] = {**bearer(token), "Origin": None, "X-CSRF-Token": None}
    assert nobody.ask("POST", "/api/flows/line/inject", {"node": "button"}, headers).status == 200
    headers["Authorization"] = "Bearer fe_wrong"
    assert nobody.refused("POST", "/api/flows/line/inject", {"node": "button"}, headers=headers)[0] == 401


def test_a_wrong_token_is_not_made_good_by_a_session(signed_in: SignedIn) -> None:
    assert signed_in("admin").refused("GET", "/api/users", headers=bearer("fe_x")) == (401, "not-signed-in")


@pytest.mark.parametrize("right", RIGHTS)
def test_every_route_lets_in_tokens_by_their_right_and_none_beyond(
    served: Served, nobody: Client, right: Right
) -> None:
    token = served.site.access.tokens.make("program", right)
    for route in table():
        if route.content == EVENTS or route.role is None:
            continue
        body = None if route.body is None else ["no object"]
        headers = {**bearer(token), **({"If-Match": '"none"'} if route.conditional else {})}
        status = nobody.ask(route.method, path_of(route), body, headers).status
        allowed = RIGHTS.index(right) >= RIGHTS.index(route.role)
        assert (status not in (401, 403)) == allowed, (name_of(route), status)


def test_a_token_opens_the_live_stream_and_cannot_have_a_password(served: Served, nobody: Client) -> None:
    token = served.site.access.tokens.make("screen", "viewer")
    line = http.client.HTTPConnection("127.0.0.1", served.port, timeout=PATIENCE)
    line.request("GET", "/api/stream", headers=bearer(token))
    answer = line.getresponse()
    assert answer.status == 200
    assert b"retry" in answer.readline()
    answer.close()
    line.close()
    assert nobody.refused("PATCH", "/api/users/viewer", {"password": "x" * 12}, headers=bearer(token))[0] == 403


def test_only_a_hash_of_a_token_is_on_disk(tmp_path: Path) -> None:
    file = access_file(tmp_path)
    access = Access(file)
    token = access.tokens.make("a", "viewer")
    access.close()
    assert all(token.encode() not in part.read_bytes() for part in file.parent.iterdir())
    (key,) = sqlite3.connect(file).execute("SELECT key FROM tokens").fetchone()
    assert key == hashlib.sha256(token.encode()).hexdigest()


def test_a_token_expires_and_remembers_when_it_was_used() -> None:
    clock = Later()
    tokens = Access(clock=clock).tokens
    token = tokens.make("a", "viewer", days=2)
    assert tokens.all()[0].seen == 0
    clock.days = 1.9
    assert tokens.find(token) is not None
    assert tokens.all()[0].seen == pytest.approx(clock.now(), abs=5)
    clock.days = 2.1
    assert tokens.find(token) is None


def test_names_of_tokens_are_one_each_and_their_number_is_bounded() -> None:
    tokens = Access().tokens
    tokens.make("a", "viewer")
    with pytest.raises(AccessError, match="there is a token 'A' already"):
        tokens.make("A", "viewer")
    with pytest.raises(AccessError):
        tokens.make("a/b", "viewer")
    for number in range(MOST - 1):
        tokens.make(f"n{number}", "viewer")
    with pytest.raises(AccessError, match="which is the limit"):
        tokens.make("one more", "viewer")
    with pytest.raises(NotFound):
        tokens.revoke("nothing")


def test_a_program_on_the_same_machine_gets_in_by_a_file_that_only_the_owner_can_read(
    served: Served, nobody: Client
) -> None:
    state = served.folder / ".flowengine"
    found = find_local(state)
    assert found is not None
    assert found.address == served.url
    assert (state / "local.json").stat().st_mode & 0o777 == 0o600
    assert nobody.get("/api/session", **bearer(found.token))["role"] == "viewer"
    served.stop()
    assert find_local(state) is None
    access = Access(access_file(served.folder))
    assert access.tokens.find(found.token) is None
    access.close()


def test_the_engines_own_token_cannot_be_made_by_hand(tmp_path: Path) -> None:
    made = users(tmp_path, "token", "local")
    assert made.returncode == 2
    assert "choose another name" in made.stderr

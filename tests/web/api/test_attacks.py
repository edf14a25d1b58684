"""Requests that mean harm: other ways to write a path, headers that claim, bodies that grow. All are refused."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine.registry import Registry
from tests.web.api.client import Client
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE

CANARY = "swordfish-canary"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory, users: Path, registry: Registry) -> Iterator[Served]:
    """One server for all: nothing in it is changed by what is refused."""
    around = tmp_path_factory.mktemp("attacked")
    (around / "canary.json").write_text(json.dumps({"flowengine": 1, "name": "canary", "note": CANARY}))
    (around / "canary").write_text(CANARY)
    folder = around / "flows"
    (folder / ".flowengine").mkdir(parents=True)
    (folder / ".flowengine" / "web.sqlite").write_bytes(users.read_bytes())
    (folder / "empty.json").write_text('{"flowengine": 1, "name": "empty"}')
    (folder / "linked.json").symlink_to(around / "canary")
    served = Served(folder, registry)
    served.start()
    yield served
    served.stop()


@pytest.fixture(scope="module")
def admin(served: Served) -> Iterator[Client]:
    with Client(served.port, served.cookie("admin")) as client:
        client.session()
        yield client


TRAVERSALS = [
    "../canary",
    "..%2fcanary",
    "..%2Fcanary.json",
    "%2e%2e%2fcanary",
    "%252e%252e%252fcanary",
    "..%5ccanary",
    "..\\canary",
    "....//canary",
    "..;/canary",
    "%c0%ae%c0%ae/canary",
    "..%c0%afcanary",
    "%uff0e%uff0e/canary",
    "/etc/passwd",
    "%2fetc%2fpasswd",
    "..%00canary",
    "empty%00.json",
    "empty.json",
    "linked",
    "file:%2f%2f%2fetc%2fpasswd",
    "C:%5cWindows",
    "~root",
    "$HOME",
    "..%2f" * 20 + "etc%2fpasswd",
    ".flowengine%2fweb.sqlite",
    "-rf",
    "%0d%0aSet-Cookie:x=1",
    "con",
    "nul",
    "x" * 5000,
]


@pytest.mark.parametrize(
    "route",
    [
        "GET /api/flows/{}", "GET /api/flows/{}/history", "GET /api/flows/empty/history/{}", "GET /api/drafts/{}",
        "GET /api/flows/{}/live", "GET /api/traces/{}", "POST /api/flows/{}/take", "DELETE /api/groups/{}",
        "GET /assets/{}", "GET /{}", "DELETE /api/users/{}", "DELETE /api/tokens/{}", "GET /api/changes/{}",
    ],
)  # fmt: skip
def test_no_name_in_a_path_leads_out_of_the_folder(served: Served, admin: Client, route: str) -> None:
    method, _, path = route.partition(" ")
    before = sorted(served.folder.parent.rglob("*.json"))
    for name in TRAVERSALS:
        reply = admin.ask(method, path.format(name))
        assert CANARY.encode() not in reply.raw, name
        assert b"root:" not in reply.raw, name
        assert reply.status < 500, (name, reply.raw)
        assert "set-cookie" not in reply.headers, name
        if reply.status == 200 and path.startswith("/api"):  # an answer that says there is nothing of the kind
            assert set(reply.json) & {"hops", "entries", "draft", "summary"} or "empty.json" in name, (name, reply.raw)
    assert sorted(served.folder.parent.rglob("*.json")) == before


@pytest.mark.parametrize(
    "name", ["../evil", "..\\evil", "/tmp/evil", "a/b", ".hidden", "connections", "x.test", "", "\0", "é/../x"]
)
def test_no_name_in_a_body_is_written_outside_of_the_folder(served: Served, admin: Client, name: str) -> None:
    before = sorted(served.folder.parent.rglob("*.json"))
    deploy = {"flows": {name: {"base": "", "flow": {"flowengine": 1, "name": name}}}}
    assert admin.ask("POST", "/api/deploys", deploy).status in (404, 409, 422)
    assert sorted(served.folder.parent.rglob("*.json")) == before


CLAIMS = [
    {"X-Forwarded-User": "admin"},
    {"X-Forwarded-For": "127.0.0.1", "X-Real-IP": "127.0.0.1", "Forwarded": "for=127.0.0.1;host=localhost"},
    {"Remote-User": "admin", "X-Remote-User": "admin", "X-Authenticated-User": "admin"},
    {"X-Original-URL": "/api/session", "X-Rewrite-URL": "/api/session"},
    {"Referer": "http://127.0.0.1/", "Origin": "http://127.0.0.1"},
    {"Authorization": "Basic YWRtaW46YWRtaW4="},
    {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiIsInJvbGUiOiJhZG1pbiJ9."},
    {"Authorization": "Bearer fe_" + "A" * 43},
    {"Authorization": "Bearer "},
    {"Cookie": "flowengine-1890=admin; role=admin; user=admin"},
    {"X-HTTP-Method-Override": "GET", "X-Method-Override": "GET", "X-HTTP-Method": "GET"},
]


@pytest.mark.parametrize("claim", CLAIMS, ids=[next(iter(claim)) + str(n) for n, claim in enumerate(CLAIMS)])
def test_no_header_makes_somebody_of_nobody(served: Served, claim: dict[str, str]) -> None:
    with Client(served.port) as nobody:
        assert nobody.ask("GET", "/api/users", headers=claim).status == 401
        assert nobody.ask("GET", "/api/project", headers=claim).status == 401
        assert nobody.ask("POST", "/api/users", {}, headers={**claim, "X-HTTP-Method-Override": "GET"}).status == 401


def test_a_session_token_counts_in_its_cookie_alone(served: Served) -> None:
    name, value = served.cookie("admin")
    with Client(served.port) as nobody:
        for query in (f"{name}={value}", f"token={value}", f"access_token={value}", f"session={value}"):
            assert nobody.ask("GET", f"/api/users?{query}").status == 401
        assert nobody.ask("GET", "/api/users", headers={"Authorization": f"Bearer {value}"}).status == 401
        assert nobody.ask("GET", "/api/users", headers={"Cookie": f"other={value}"}).status == 401


@pytest.mark.parametrize(
    "path",
    [
        "/api/users/", "/API/users", "/api//users", "//api/users", "/api/users;x=1", "/api/users%2f", "/api/./users",
        "/x/../api/users", "/api/%75sers", "/api/users%20", "/api/users%00", "/api/users.json", "/api/users?role=admin",
        "/%61pi/users", "/api/users/..;/session", "/api/users#", "http://127.0.0.1/api/users", "/api\\users",
    ],
)  # fmt: skip
def test_no_other_way_to_write_a_path_gets_round_its_role(served: Served, path: str) -> None:
    viewer = Client(served.port, served.cookie("viewer"))
    for client in (Client(served.port), viewer):
        reply = client.ask("GET", path)
        assert reply.status in (400, 401, 403, 404) or b"<!doctype html>" in reply.raw.lower(), reply.raw
        assert b'"users":' not in reply.raw
        client.close()


BOMBS: dict[str, tuple[bytes, dict[str, str]]] = {
    "a depth of 100,000": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, {}),
    "a list that is 100,000 deep": (b'{"name":"x","flow":' + b"[" * 100_000 + b"]" * 100_000 + b"}", {}),
    "100,000 keys": (json.dumps({"name": "x", "flow": {str(n): n for n in range(100_000)}}).encode(), {}),
    "keys with one hash": (
        json.dumps({"name": "x", "flow": {f"{n * (2**61 - 1)}": 0 for n in range(50_000)}}).encode(),
        {},
    ),
    "a number of a million digits": (b'{"name":"x","flow":{"flowengine":' + b"9" * 1_000_000 + b"}}", {}),
    "a number with an exponent of a million": (b'{"name":"x","flow":{"flowengine":1e1000000}}', {}),
    "a text of a million escapes": (b'{"name":"' + b"\\u0000" * 300_000 + b'","flow":{}}', {}),
    "a packed body": (gzip.compress(b" " * 100_000_000), {"Content-Encoding": "gzip"}),
    "a body that is too large": (b" " * (40 * 1024 * 1024), {}),
    "half a character": (b'{"name":"\\ud800","flow":{}}', {}),
    "a key twice": (b'{"name":"x","name":"y","flow":{},"flow":{}}', {}),
    "nothing that is a number": (b'{"name":"x","flow":{"flowengine":NaN}}', {}),
    "a schema that refers to itself": (
        json.dumps({"name": "x", "flow": {"flowengine": 1, "subflow": {"parameters": {"p": {"$ref": "#"}}}}}).encode(),
        {},
    ),
    "a pattern that never ends": (
        json.dumps(
            {
                "name": "x",
                "flow": {
                    "flowengine": 1,
                    "subflow": {
                        "parameters": {"p": {"type": "string", "pattern": "(a+)+$", "default": "a" * 60 + "b"}}
                    },
                },
            }
        ).encode(),
        {},
    ),
}


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_body_that_grows_is_refused_or_judged_at_once(served: Served, admin: Client, bomb: str) -> None:
    raw, headers = BOMBS[bomb]
    try:
        reply = admin.ask("POST", "/api/check", raw=raw, headers=headers)
        assert reply.status < 500, reply.raw[:300]
        assert len(reply.raw) < 1_000_000
    except (ConnectionError, http.client.HTTPException):
        admin._line.close()  # it was hung up while we were still sending
    assert admin.ask("GET", "/api/session").status == 200


@pytest.mark.parametrize(
    "request_line",
    [
        "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n" + "X: y\r\n" * 100_000,
        "GET /" + "x" * 1_000_000 + " HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "POST /api/session HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
        "POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: -1\r\n\r\n",
        "POST /api/session HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: 127.0.0.1\r\n\r\n",
        "CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: secret=1\r\n\r\n",
    ],
    ids=[
        "headers",
        "a long line",
        "two lengths",
        "a length below 0",
        "a length without end",
        "two hosts",
        "CONNECT",
        "TRACE",
    ],
)
def test_what_is_no_request_is_not_answered_as_one(served: Served, request_line: str) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", served.port), timeout=PATIENCE) as line:
        try:
            line.sendall(request_line.encode())
            found = line.recv(65536)
        except ConnectionError:
            found = b""
    assert found == b"" or int(found.split(b" ")[1]) >= 400, found[:200]
    assert b"secret=1" not in found


def test_what_broke_is_told_to_the_log_alone(served: Served, admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise RuntimeError(f"{CANARY} in {__file__}")

    monkeypatch.setattr(type(served.site.access.permissions), "all", broken)
    reply = admin.ask("GET", "/api/rights")
    assert reply.status == 500
    for word in (CANARY, "Traceback", "RuntimeError", ".py", str(served.folder)):
        assert word.encode() not in reply.raw

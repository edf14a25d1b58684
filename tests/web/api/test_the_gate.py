"""What never gets as far as a route, and how it is said."""

from __future__ import annotations

import json
import socket

import pytest

from flowengine_web.headers import ALWAYS, OF_PAGES
from flowengine_web.site import Address
from tests.web.api.client import Client
from tests.web.api.conftest import SignedIn
from tests.web.canvas.served import Served
from tests.web.patience import PATIENCE


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil", "[x]"])
def test_a_name_that_is_made_to_point_here_is_refused(nobody: Client, host: str) -> None:
    assert nobody.refused("GET", "/api/session", headers={"Host": host}) == (403, "wrong-host")
    assert nobody.ask("GET", "/", headers={"Host": host}).status == 403


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1", "192.168.1.20:8080", "[::1]:1890"])
def test_localhost_and_addresses_are_ours_behind_whatever_port(nobody: Client, host: str) -> None:
    assert nobody.ask("GET", "/api/session", headers={"Host": host}).status == 200


def test_a_name_that_was_given_is_ours() -> None:
    address = Address("0.0.0.0", 1890, names=frozenset({"plant.example"}))
    assert address.knows("plant.example:1890")
    assert address.knows("PLANT.example.")
    assert not address.knows("other.example")


@pytest.mark.parametrize("path", ["/", "/api", "/api/session", "/api/project", "/nothing.js", "/api/nothing", "/setup"])
def test_every_answer_carries_the_security_headers(nobody: Client, path: str) -> None:
    reply = nobody.ask("GET", path)
    for name, value in {**ALWAYS, **OF_PAGES}.items():
        assert reply.headers[name.lower()] == value
    assert reply.headers["cache-control"] == "no-store"
    assert "server" not in reply.headers


def test_scripts_come_from_here_alone() -> None:
    policy = dict(part.split(" ", 1) for part in ALWAYS["Content-Security-Policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"


def test_a_body_of_another_type_is_not_read(editor: Client) -> None:
    headers = {"Content-Type": "text/plain"}
    assert editor.refused("POST", "/api/check", {}, headers=headers) == (415, "not-json")
    assert editor.refused("POST", "/api/check", {}, headers={"Content-Type": None}) == (415, "not-json")


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"nope", b'{"a":1}}', b"[" * 100_000])
def test_what_is_no_json_is_malformed(editor: Client, raw: bytes) -> None:
    status, word = editor.refused("POST", "/api/check", raw=raw)
    assert (status, word) == (400, "malformed")


def test_what_is_not_declared_is_refused_with_its_place(editor: Client) -> None:
    reply = editor.ask("POST", "/api/deploys", {"flows": {"line": {"base": 3, "flow": {}}}})
    assert reply.status == 422
    assert reply.json["path"] == "$.flows[...].base"
    reply = editor.ask("POST", "/api/deploys", {"flows": {"../line": {"base": "", "flow": {}}}})
    assert (reply.status, reply.json["path"]) == (422, "$.flows")
    reply = editor.ask("POST", "/api/check", {"name": "a", "flow": {}, "more": 1})
    assert reply.status == 422
    assert "more" in reply.json["message"]


def test_a_body_that_is_too_large_is_refused(editor: Client) -> None:
    large = json.dumps({"name": "a", "flow": {"note": "x" * (2 * 1024 * 1024)}}).encode()
    assert editor.refused("POST", "/api/check", raw=large) == (413, "too-large")


def test_a_body_that_is_larger_than_any_is_not_even_taken(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), PATIENCE) as line:
        head = f"POST /api/check HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {10**9}\r\n\r\n"
        line.sendall(head.encode() + b"x" * 1000)
        assert b" 413 " in line.recv(1000)


def test_a_method_that_is_not_there_names_those_that_are(editor: Client) -> None:
    reply = editor.ask("POST", "/api/project", {})
    assert reply.status == 405
    assert reply.headers["allow"] == "GET"
    assert reply.json["error"] == "wrong-method"
    assert editor.ask("OPTIONS", "/api/project").status == 405


def test_a_path_that_is_not_there_leads_to_the_description(nobody: Client) -> None:
    reply = nobody.ask("GET", "/api/nothing/here")
    assert (reply.status, reply.json["error"]) == (404, "not-found")
    assert "GET /api " in reply.json["hint"]


def test_a_known_content_is_not_sent_again(editor: Client) -> None:
    first = editor.ask("GET", "/api/flows/line")
    tag = first.headers["etag"]
    assert editor.ask("GET", "/api/flows/line", headers={"If-None-Match": tag}).status == 304
    assert editor.ask("GET", "/api/flows/line", headers={"If-None-Match": f'"other", W/{tag}'}).status == 304
    assert editor.ask("GET", "/api/flows/line", headers={"If-None-Match": '"other"'}).status == 200


def test_an_unknown_query_is_refused_with_its_place(editor: Client) -> None:
    assert editor.refused("GET", "/api/flows/line?disk=perhaps") == (422, "invalid")
    assert editor.refused("GET", "/api/flows/line?disc=1") == (422, "invalid")
    assert editor.ask("GET", "/api/flows/line?disk=1").status == 200


def test_what_breaks_tells_the_log_everything_and_the_browser_nothing(
    served: Served, signed_in: SignedIn, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("the password is swordfish")

    served.site.hub.engine = broken  # type: ignore[assignment,method-assign]
    reply = signed_in("viewer").ask("GET", "/api/metrics")
    assert reply.status == 500
    assert reply.json["error"] == "broken"
    assert b"swordfish" not in reply.raw
    assert "swordfish" in caplog.text

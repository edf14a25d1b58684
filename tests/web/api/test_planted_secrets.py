"""Twenty secrets, planted wherever a flow can put one, come out nowhere: by the API, in the log, or on disk."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from flowengine import settings
from flowengine.access.secret_store import SecretStore, new_key, secrets_file
from flowengine.registry import Registry
from flowengine.store.backup import backup
from flowengine.telemetry.log import _Json, _Text
from flowengine.telemetry.secrecy import BLACK
from flowengine_web.routes import table
from tests.web.api.client import Client
from tests.web.canvas.served import Served

SECRETS = {f"p{number:02}": f'Sword"fish {number:02}/é&{number * 7919:x}' for number in range(1, 21)}


def flow() -> dict[str, Any]:
    """Return a flow that uses all twenty, most of them where they show."""
    p = {name: f"${{secret:{name}}}" for name in SECRETS}
    tick = {"type": "timing/every", "options": {"interval": 0.05, "send": "value", "value": "x"}}
    python = "status = msg.payload\nlog.warning('it is %s', {p08!r})\nraise ValueError({p08!r})"
    nodes: dict[str, Any] = {
        "tick": tick,
        "value": {"type": "timing/every", "options": {"interval": 0.05, "send": "value", "value": p["p05"]}},
        "topic": {
            "type": "timing/every",
            "options": {"interval": 0.05, "send": "value", "value": 1, "topic": p["p06"]},
        },
        "show": {"type": "debug/log"},
        "expression": {"type": "values/expression", "options": {"expression": "1 / 0 if '${secret:p07}' else payload"}},
        "python": {"type": "values/python", "options": {"code": python.replace("{p08!r}", "'''${secret:p08}'''")}},
        "template": {"type": "values/template", "options": {"template": "{{payload}} " + p["p09"]}},
        "append": {"type": "files/append", "options": {"file": "/no-such-folder/" + p["p10"]}},
        "request": {
            "type": "nodered/http-request",
            "options": {
                "url": "http://ada:${secret:p11}@127.0.0.1:9/${secret:p12}",
                "headers": {"X-Key": p["p13"]},
                "authType": "bearer",
                "password": p["p14"],
            },
        },
        "tcp": {"type": "nodered/tcp-request", "options": {"server": "${secret:p15}.invalid", "port": 9}},
        "function": {"type": "nodered/function", "options": {"func": "throw new Error(`${secret:p16}`)"}},
        "change": {
            "type": "values/change",
            "options": {"rules": [{"action": "set", "property": "payload", "to": p["p17"]}]},
        },
        "udp": {"type": "nodered/udp-out", "options": {"addr": "${secret:p18}.invalid", "port": 9}},
        "in": {
            "type": "mqtt/subscribe",
            "options": {"connection": "broker", "topic": "a/" + p["p19"].replace("/", "")},
        },
        "switch": {"type": "routing/switch", "options": {"rules": [{"operator": "eq", "value": p["p20"]}]}},
    }
    broker = {
        "host": "127.0.0.1",
        "port": 9,
        "username": p["p01"],
        "password": p["p02"],
        "client_id": p["p03"],
        "will": {"topic": "gone", "payload": p["p04"]},
    }
    others = ("expression", "python", "template", "append", "request", "tcp", "function", "change", "udp", "switch")
    wires = [{"from": "tick", "to": name} for name in others]
    wires += [{"from": name, "to": "show"} for name in ("value", "topic", "template", "change", "in")]
    connections = {"broker": {"type": "mqtt/broker", "options": broker}}
    return {"flowengine": 1, "name": "planted", "connections": connections, "nodes": nodes, "wires": wires}


def forms(secret: str) -> set[bytes]:
    """Return the ways in which a secret could be seen."""
    texts = {secret, repr(secret)[1:-1], quote(secret, safe=""), quote(secret), secret.replace("/", "")}
    texts |= {json.dumps(secret, ensure_ascii=only)[1:-1] for only in (True, False)}
    return {text.encode() for text in texts}


def leaks(raw: bytes) -> list[str]:
    return [name for name, secret in SECRETS.items() if any(form in raw for form in forms(secret))]


@pytest.fixture
def served(folder: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.setattr(settings, "_given", set())
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY", new_key())
    store = SecretStore(secrets_file(folder))
    for name, secret in SECRETS.items():
        store.set(name, secret)
    (folder / "planted.json").write_text(json.dumps(flow()))
    served = Served(folder, registry)
    served.start()
    yield served
    if not served.was_stopped:
        served.stop()


def test_twenty_planted_secrets_come_out_nowhere(
    served: Served, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    admin = Client(served.port, served.cookie("admin"))
    admin.session()
    stream = admin.stream()
    stream.watch(flows=["planted"], debug=True)
    seen: set[str] = set()
    wanted = ("show", "expression", "python", "append", "request", "tcp", "function", "udp")
    while not seen.issuperset(wanted):
        raw = stream.answer.readline()
        assert leaks(raw) == [], raw
        seen |= {name for name in wanted if f'"{name}"'.encode() in raw}
    stream.close()

    # every answer of the API
    for route in table():
        if route.method != "GET" or route.path == "/api/stream":
            continue
        path = route.path.replace("{flow}", "planted").replace("{name}", "admin").replace("{id}", "1")
        reply = admin.ask("GET", path)
        assert leaks(reply.raw) == [], (path, reply.raw)
    assert BLACK in admin.ask("GET", "/api/debug").raw.decode()

    # what is refused, checked, tried, drafted, deployed
    broken = json.loads(json.dumps(flow()).replace('"port": 9', '"port": "${secret:p02}"'))
    asked = {"name": "planted", "flow": broken}
    for method, path, body in (
        ("POST", "/api/check", asked),
        ("POST", "/api/deploys/preview", {"flows": {"planted": {"base": "", "flow": broken}}}),
        ("POST", "/api/deploys", {"flows": {"planted": {"base": "", "flow": broken}}}),
        ("POST", "/api/diff", {"old": flow(), "new": broken}),
        ("POST", "/api/try", {"type": "values/template", "options": {"template": "${secret:p01}"}, "messages": [{}]}),
        ("POST", "/api/flows/planted/inject", {"node": SECRETS["p01"]}),
        ("POST", "/api/users", {"name": SECRETS["p02"], "role": "viewer", "password": "correct horse"}),
    ):
        reply = admin.ask(method, path, body)
        assert leaks(reply.raw) == [], (path, reply.raw)

    # the log, as text and as JSON
    assert len(caplog.records) > 5
    for form in (_Text(), _Json()):
        for record in caplog.records:
            line = form.format(record)
            assert leaks(line.encode()) == [], line
    assert any(leaks(record.getMessage().encode()) for record in caplog.records), "the log had something to hide"

    admin.close()
    served.stop()

    # files: flows, revisions, users, the record, a backup without the key
    copy = tmp_path / "copy"
    backup(folder, copy)
    for file in [*folder.rglob("*"), *copy.rglob("*")]:
        if file.is_file() and not file.name.startswith("dead-letters"):  # those are kept as they are: docs/security.md
            assert leaks(file.read_bytes()) == [], file
    assert [name for name in SECRETS if name.encode() in secrets_file(folder).read_bytes()] == list(SECRETS)


def test_a_line_of_the_log_hides_short_secrets_and_numbers_where_they_stand_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(settings, "_given", {"481516", "abc", "long-enough"})
    record = logging.LogRecord("x", logging.INFO, "", 0, "pin 481516, 9481516.5; abc abcdef; xlong-enoughx", None, None)
    assert _Text().format(record).endswith(f"pin {BLACK}, 9481516.5; {BLACK} abcdef; x{BLACK}x")
    try:
        raise ValueError("long-enough")
    except ValueError:
        record.exc_info = sys.exc_info()
    assert "long-enough" not in _Text().format(record)

"""No secret ever comes back, wherever a flow puts it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from flowengine import settings
from flowengine.access.secret_store import SecretStore, new_key, secrets_file
from flowengine.registry import Registry
from flowengine.telemetry.secrecy import BLACK, without_secrets
from tests.web.api.client import Client
from tests.web.api.conftest import SignedIn
from tests.web.canvas.served import Served
from tests.web.patience import until

SECRET = 'Swordfish-"7\\é'
PIN = "481516"

LEAKY: dict[str, Any] = {
    "flowengine": 1,
    "name": "leaky",
    "nodes": {
        "tick": {
            "type": "timing/every",
            "options": {"interval": 0.05, "send": "value", "value": "it is ${secret:door}!", "topic": "${secret:door}"},
        },
        "log": {"type": "debug/log", "options": {}},
        "number": {"type": "timing/every", "options": {"interval": 0.05, "send": "value", "value": 9481516.5}},
        "show": {"type": "debug/log"},
        "fail": {"type": "values/expression", "options": {"expression": "1 / 0 if '${secret:door}' else payload"}},
        "pin": {"type": "timing/inject", "options": {"send": "value", "value": "${secret:pin}"}},
    },
    "wires": [
        {"from": "tick", "to": "log"},
        {"from": "tick", "to": "fail"},
        {"from": "number", "to": "show"},
        {"from": "pin", "to": "show"},
    ],
}


@pytest.fixture(autouse=True)
def planted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWENGINE_SECRET_DOOR", SECRET)
    monkeypatch.setenv("FLOWENGINE_SECRET_PIN", PIN)
    monkeypatch.setattr(settings, "_given", set())
    (folder / "leaky.json").write_text(json.dumps(LEAKY))


def places(secret: str) -> list[bytes]:
    """Return the forms in which it could be seen."""
    return [
        form.encode() for form in {secret, *(json.dumps(secret, ensure_ascii=only)[1:-1] for only in (True, False))}
    ]


def test_live_values_debug_faults_and_dead_letters_are_blacked_out(editor: Client, served: Served) -> None:
    stream = editor.stream()
    stream.watch(flows=["leaky"], debug=True)
    seen: list[str] = []
    while not all(any(f'"{place}"' in text for text in seen) for place in ("tick", "log", "fail")) or len(seen) < 30:
        raw = stream.answer.readline()
        assert not any(form in raw for form in places(SECRET)), raw
        seen.append(raw.decode())
    assert any(f"it is {BLACK}!" in text for text in seen)
    stream.close()
    for path in ("/api/debug", "/api/dead-letters", "/api/faults", "/api/flows/leaky/live", "/api/flows/leaky"):
        raw = editor.ask("GET", path).raw
        assert not any(form in raw for form in places(SECRET)), path
    assert BLACK in editor.ask("GET", "/api/debug").raw.decode()


def test_a_flow_comes_back_with_its_reference_as_it_was_written(editor: Client) -> None:
    assert editor.get("/api/flows/leaky")["flow"] == LEAKY


def test_a_secret_of_digits_stands_alone_and_no_other_number_changes(editor: Client) -> None:
    stream = editor.stream()
    stream.watch(flows=["leaky"])
    while True:
        nodes = stream.next("live")["nodes"]
        if nodes.get("number", {}).get("value") is not None:
            assert nodes["number"]["value"] == 9481516.5
            break
    stream.close()

    def shown() -> list[object]:
        editor.do("POST", "/api/flows/leaky/inject", {"node": "pin"})  # the others push it out within seconds
        found = [item["value"] for item in editor.get("/api/debug")["items"] if item["node"] == "show"]
        return found if BLACK in found else []

    assert PIN not in until(shown)


def test_a_secret_in_clear_is_refused_and_not_repeated(editor: Client) -> None:
    flow = {
        "flowengine": 1,
        "name": "clear",
        "connections": {"broker": {"type": "mqtt/broker", "options": {"password": "swordfish-in-clear"}}},
    }
    reply = editor.ask("POST", "/api/check", {"name": "clear", "flow": flow})
    assert "secret-in-clear" in [problem["code"] for problem in reply.json["problems"]]
    assert b"swordfish-in-clear" not in reply.raw


def test_the_check_tells_nobody_what_a_secret_is(signed_in: SignedIn) -> None:
    viewer = signed_in("viewer")
    nodes = {
        "switch": {"type": "routing/switch", "options": {"rules": [{"port": "${secret:door}", "is": "true"}]}},
        "every": {"type": "timing/every", "options": {"interval": "${secret:door}"}},
        "other": {"type": "timing/every", "options": {"interval": "${FLOWENGINE_SECRET_DOOR}"}},
    }
    flow = {"flowengine": 1, "name": "nosy", "nodes": nodes}
    reply = viewer.ask("POST", "/api/check", {"name": "nosy", "flow": flow})
    assert not any(form in reply.raw for form in places(SECRET)), reply.raw
    assert "the variable FLOWENGINE_SECRET_DOOR is not set" in reply.raw.decode()


def test_blacking_out_leaves_json_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "_given", {"abc", "longer-abc-secret", "12", "-1.5e3"})
    text = json.dumps({"a": "longer-abc-secret", "b": "abc", "c": "abcdef", "d": [12, 1234, "12"], "e": -1.5e3})
    assert json.loads(without_secrets(text.encode())) == {
        "a": BLACK,
        "b": BLACK,
        "c": "abcdef",
        "d": [12, 1234, BLACK],
        "e": -1500.0,
    }


def test_a_secret_that_is_kept_encrypted_is_nowhere_in_the_folder_in_clear(
    folder: Path, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FLOWENGINE_SECRET_DOOR")
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY", new_key())
    SecretStore(secrets_file(folder)).set("door", SECRET)
    served = Served(folder, registry)
    served.start()
    editor = Client(served.port, served.cookie("editor"))
    editor.session()
    editor.do("POST", "/api/flows/leaky/inject", {"node": "fail", "message": {"payload": f"{SECRET} again"}})
    found = editor.ask("GET", "/api/debug").raw
    assert BLACK.encode() in found
    editor.close()
    served.stop()
    kept = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith("dead-letters")]
    assert len(kept) > 5
    shown = [(file, place) for file in kept for place in places(SECRET) if place in file.read_bytes()]
    assert [(file, place) for file, place in shown if file.parent.name != "flows" or file.suffix == ".json"] == []
    assert not [place for place in places(SECRET) if place in found]

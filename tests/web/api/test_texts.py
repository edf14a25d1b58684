"""Flow files as text over the API: written as a deploy writes them, read as strictly as the folder's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.web.api.client import Client
from tests.web.canvas.served import Served

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", ["oven-control", "line-monitor", "hello", "alarm"])
def test_a_flow_is_written_as_its_file_byte_for_byte(editor: Client, name: str) -> None:
    text = (ROOT / "flows" / f"{name}.json").read_text()
    answer = editor.ask("POST", "/api/format", {"flow": json.loads(text)})
    assert answer.status == 200
    assert answer.json["text"] == text


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"flowengine": 1, "nodes": {', "not-json"),
        ('{"flowengine": 2, "nodes": {}, "wires": []}', "newer-version"),
        ('{"flowengine": 1, "nodes": {"a": {"type": "x"}, "a": {"type": "y"}}}', "duplicate-key"),
        ("[]", "bad-form"),
        ('{"nodes": {}}', "missing-key"),
    ],
)
def test_a_text_that_is_no_flow_is_refused_with_line_and_reason(editor: Client, text: str, code: str) -> None:
    found = editor.ask("POST", "/api/read", {"name": "some", "text": text}).json["problems"]
    assert found[0]["code"] == code
    assert found[0]["line"] == 1


def test_a_good_text_is_read_and_nothing_is_kept(editor: Client) -> None:
    text = (ROOT / "flows" / "hello.json").read_text()
    answer = editor.ask("POST", "/api/read", {"name": "hello", "text": text}).json
    assert answer == {"flow": json.loads(text), "problems": []}
    assert [flow["name"] for flow in editor.get("/api/project")["flows"]] == ["line"]


def test_what_the_server_says_can_be_had_in_another_language_before_anybody_has_signed_in(
    served: Served, editor: Client
) -> None:
    client = Client(served.port)
    stranger = client.get("/api/sentences?language=de")
    client.close()
    assert stranger["name or password are wrong"] == "Name oder Passwort ist falsch"
    assert stranger.items() <= editor.get("/api/sentences?language=de").items()
    assert editor.get("/api/sentences") == editor.get("/api/sentences?language=tlh") == {}


def test_the_words_of_the_flows_are_for_who_is_signed_in_and_never_the_engines_own(
    served: Served, folder: Path, editor: Client
) -> None:
    words = {"de": {"Why?": "Warum?", "name or password are wrong": "Alles gut"}}
    (folder / "words.json").write_text(json.dumps({"flowengine": 1, "words": words}))
    client = Client(served.port)
    stranger = client.get("/api/sentences?language=de")
    client.close()
    said = editor.get("/api/sentences?language=de")
    assert "Why?" not in stranger
    assert said["Why?"] == "Warum?"
    assert said["name or password are wrong"] == "Name oder Passwort ist falsch"

    (folder / "words.json").write_text('{"words": {"de": {"Why?": 1}}}')
    assert editor.get("/api/sentences?language=de").items() == (said.items() - {("Why?", "Warum?")})

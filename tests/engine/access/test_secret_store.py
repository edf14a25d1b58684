"""Secrets at rest: encrypted under their names, with a key that comes from outside, and shown by nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from flowengine import settings
from flowengine.access.secret_store import CREDENTIAL, SecretStore, given_key, new_key, secrets_file
from flowengine.cli import cli
from flowengine.errors import AccessError, NotFound

VALUE = "hunter2-of-the-broker"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    key = new_key()
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY", key)
    yield key
    settings.keep_secrets_in(lambda name: None)


def test_a_secret_comes_back_and_its_file_does_not_hold_it(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "state" / "secrets.json")
    store.set("broker", VALUE)
    store.set("other", "x")
    assert store.get("broker") == VALUE
    assert store.get("none") is None
    assert store.names() == ["broker", "other"]
    assert VALUE not in store.file.read_text()
    assert store.file.stat().st_mode & 0o077 == 0
    store.remove("broker")
    with pytest.raises(NotFound, match="there are: other"):
        store.remove("broker")


def test_the_same_value_is_never_kept_as_the_same_text(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets.json")
    store.set("a", VALUE)
    first = store.file.read_text()
    store.set("a", VALUE)
    assert store.file.read_text() != first


def test_a_wrong_key_opens_nothing_and_says_so_without_the_value(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    store = SecretStore(tmp_path / "secrets.json")
    store.set("a", VALUE)
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY", new_key())
    with pytest.raises(AccessError, match="cannot be opened with this key"):
        store.get("a")
    caplog.clear()
    assert store.find("a") is None
    assert "cannot be opened with this key" in caplog.text
    assert VALUE not in caplog.text


def test_a_secret_that_was_moved_to_another_name_or_changed_is_found_out(tmp_path: Path) -> None:
    store = SecretStore(tmp_path / "secrets.json")
    store.set("a", VALUE)
    store.set("b", "other")
    content = json.loads(store.file.read_text())["secrets"]
    for changed in ({"b": content["a"]}, {"b": content["b"][:-4] + "AAA="}, {"b": ""}, {"b": "no base64"}):
        store.file.write_text(json.dumps({"secrets": changed}))
        with pytest.raises(AccessError, match="cannot be opened"):
            store.get("b")


@pytest.mark.parametrize("content", ["", "[]", '{"secrets": 7}', '{"other": {}}'])
def test_a_file_that_is_none_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "secrets.json").write_text(content)
    with pytest.raises(AccessError, match="cannot be read as secrets"):
        SecretStore(tmp_path / "secrets.json").names()


@pytest.mark.parametrize(("name", "value"), [("", "x"), ("a/b", "x"), ("..", ""), ("a" * 101, "x"), ("a", "")])
def test_names_and_values_that_cannot_be_are_refused(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(AccessError, match=r"no name|1 to"):
        SecretStore(tmp_path / "secrets.json").set(name, value)


def test_the_key_comes_from_a_variable_a_file_or_a_credential(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = given_key()
    monkeypatch.delenv("FLOWENGINE_SECRETS_KEY")
    (tmp_path / CREDENTIAL).write_text(key + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert given_key() == wanted
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(AccessError, match="cannot be read"):
        given_key()
    monkeypatch.delenv("FLOWENGINE_SECRETS_KEY_FILE")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(AccessError, match="there is no key"):
        given_key()
    monkeypatch.setenv("FLOWENGINE_SECRETS_KEY", "short")
    with pytest.raises(AccessError, match="32 bytes"):
        given_key()


def test_flows_cannot_name_the_key_and_find_secrets_after_variables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not [name for name in settings.environment() if "SECRET" in name]
    store = SecretStore(tmp_path / "secrets.json")
    store.set("broker", VALUE)
    settings.keep_secrets_in(store.get)
    assert settings.secret("broker") == VALUE
    assert VALUE in settings.secrets_in_use()
    monkeypatch.setenv("FLOWENGINE_SECRET_BROKER", "from the variable")
    assert settings.secret("broker") == "from the variable"


def test_the_command_line_sets_lists_and_forgets_and_shows_none(tmp_path: Path) -> None:
    flow = {
        "flowengine": 1,
        "connections": {
            "b": {"type": "mqtt/broker", "options": {"host": "x", "username": "u", "password": "${secret:broker}"}}
        },
        "nodes": {"say": {"type": "mqtt/publish", "options": {"connection": "b", "topic": "t"}}},
    }
    (tmp_path / "flow.json").write_text(json.dumps(flow))
    run, folder = CliRunner().invoke, str(tmp_path)
    assert "no secret 'broker'" in run(cli, ["check", folder]).output
    said = [run(cli, ["secrets", "set", "broker", folder], input=VALUE + "\n").output]
    assert SecretStore(secrets_file(tmp_path)).get("broker") == VALUE
    assert "0 errors" in run(cli, ["check", folder]).output
    said.append(run(cli, ["secrets", "list", folder]).output)
    assert said[-1] == "broker\n"
    said.append(run(cli, ["secrets", "remove", "broker", folder]).output)
    said.append(run(cli, ["audit", "show", folder]).output)
    assert "secret-set broker" in said[-1]
    assert VALUE not in "".join(said)
    assert len(run(cli, ["secrets", "key"]).output.strip()) == 44

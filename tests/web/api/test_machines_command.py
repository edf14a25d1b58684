"""`flowengine machines` at a running engine with an envelope and a real Modbus device that is away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from flowengine.access.audit import audit_folder, entries
from flowengine.cli import cli
from flowengine.registry import Registry
from tests.plants.signed_envelope import write_envelope
from tests.web.canvas.served import Served

ENVELOPE: dict[str, Any] = {
    "flowengine": 1,
    "version": 3,
    "connections": {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": 9, "timeout": 0.1}}},
    "outputs": {
        "heater": {
            "type": "modbus/write",
            "options": {"connection": "plc", "data_type": "float32", "address": 20},
            "range": [0, 100],
            "unit": "%",
            "writers": ["line/heater"],
            "safe": "hold",
        }
    },
}


@pytest.fixture
def guarded(folder: Path, registry: Registry) -> Iterator[Served]:
    write_envelope(folder, ENVELOPE)
    served = Served(folder, registry)
    served.start()
    yield served
    served.stop()


def run(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["machines", *arguments])
    return f"{done.exception}" if done.exception is not None else done.output


def test_the_owner_of_the_folder_looks_arms_stops_and_resets(guarded: Served) -> None:
    folder = str(guarded.folder)
    shown = run(folder)
    assert "envelope version 3, signed by ot-anna\nno emergency stop\n" in shown
    assert "heater                   automatic  disarmed           - %" in shown
    assert run(folder, "arm", "heater") == "done\n"
    assert json.loads(run(folder, "--json"))["outputs"]["heater"]["armed"]
    assert run(folder, "stop", "--cause", "smoke") == "done, at the guard itself\n"
    assert "EMERGENCY STOP: smoke" in run(folder)
    assert "the emergency stop holds: smoke; reset it first" in run(folder, "arm")
    assert run(folder, "reset-stop") == "done\n"
    assert "no output or group 'press'" in run(folder, "disarm", "press")
    assert run(folder, "mode", "heater", "manual") == "done\n"
    assert "the output is not armed" in run(folder, "write", "heater", "40")
    record = list(entries(audit_folder(guarded.folder)))
    assert [entry.result for entry in record if entry.what == "machines"].count("refused") == 3
    [pressed] = [entry for entry in record if entry.what == "guard-emergency-stop"]
    assert (pressed.details["text"], pressed.who.endswith(" at the computer")) == ("smoke", True)
    assert [token.name for token in guarded.site.access.tokens.all()] == ["local"]


def test_elsewhere_it_needs_a_token_of_an_operator(guarded: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLOWENGINE_TOKEN", guarded.site.access.tokens.make("screen", "viewer"))
    assert "signed by ot-anna" in run(guarded.url)
    assert "this needs the role operator" in run(guarded.url, "stop")
    monkeypatch.setenv("FLOWENGINE_TOKEN", guarded.site.access.tokens.make("panel", "operator"))
    assert run(guarded.url, "stop") == "done\n"
    assert "EMERGENCY STOP: token/panel has pressed it" in run(guarded.url)


def test_without_an_envelope_or_an_engine_it_says_so(served: Served, tmp_path: Path) -> None:
    assert "nothing is guarded" in run(str(served.folder))
    (tmp_path / "none").mkdir()
    assert "no engine serves" in run(str(tmp_path / "none"))

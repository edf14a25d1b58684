"""The command line as a user meets it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.soak.processes import until


def flowengine(*arguments: str, cwd: Path | None = None, status: int = 0) -> str:
    command = [sys.executable, "-m", "flowengine", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, cwd=cwd)
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path,
        "hello",
        {
            "tick": {"type": "timing/inject", "options": {"once": True, "send": "value", "value": 20}},
            "show": {"type": "debug/log"},
        },
        [{"from": "tick", "to": "show"}],
    )
    return tmp_path


def write(folder: Path, name: str, nodes: dict[str, Any], wires: list[Any]) -> None:
    text = json.dumps({"flowengine": 1, "name": name, "nodes": nodes, "wires": wires})
    (folder / f"{name}.json").write_text(text)


def test_check_says_how_many_flows_are_sound(folder: Path) -> None:
    assert "1 flow checked: 0 errors, 0 warnings" in flowengine("check", str(folder))


def test_check_lists_every_problem_and_fails(folder: Path) -> None:
    write(folder, "bad", {"a": {"type": "values/rang"}, "b": {"type": "debug/log"}}, [{"from": "a", "to": "c"}])
    text = flowengine("check", str(folder), status=1)
    assert "did you mean 'values/range'?" in text
    assert "there is no node 'c'" in text
    problems = json.loads(flowengine("check", str(folder), "--json", status=1))
    assert {"file", "line", "path", "message", "hint"} <= set(problems[0])


def test_fmt_writes_the_canonical_form_once(folder: Path) -> None:
    file = folder / "hello.json"
    assert "not in canonical form" in flowengine("fmt", "--check", str(folder), status=1)
    flowengine("fmt", str(folder))
    text = file.read_text()
    flowengine("fmt", "--check", str(folder))
    assert text.startswith('{\n  "flowengine": 1,\n  "name": "hello",\n')


def test_schema_is_a_json_schema_with_the_options_of_every_node() -> None:
    schema = json.loads(flowengine("schema"))
    assert schema["$schema"].endswith("2020-12/schema")
    assert "output_high" in json.dumps(schema)


def test_nodes_lists_and_explains() -> None:
    assert "modbus/read" in flowengine("nodes")
    assert "integral time" in flowengine("nodes", "control/pid").lower()
    assert "did you mean 'control/pid'?" in flowengine("nodes", "control/pdi", status=1)
    assert {"nodes", "failed"} == set(json.loads(flowengine("nodes", "--json")))


def test_run_tells_at_the_end_what_has_passed(folder: Path) -> None:
    with started(folder, says="hello/show") as process:
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert json.loads(out)["flows"]["hello"]["nodes"]["show"]["received"] == 1


def test_run_ends_by_itself_after_so_many_seconds(folder: Path) -> None:
    text = flowengine("run", str(folder), "--headless", "--seconds", "0.1", "--json")
    (snapshot,) = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert "show" in snapshot["flows"]["hello"]["nodes"]


def test_a_flow_with_errors_does_not_run_and_all_errors_are_shown(folder: Path) -> None:
    write(folder, "bad", {"a": {"type": "values/rang"}, "b": {"type": "no/such"}}, [])
    text = flowengine("run", str(folder), "--headless", status=2)
    assert "values/rang" in text
    assert "no/such" in text


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_stops_with_exit_code_0(tmp_path: Path, kind: signal.Signals) -> None:
    nodes = {
        "tick": {"type": "timing/every", "options": {"interval": 0.01}},
        "out": {"type": "files/append", "options": {"file": str(tmp_path / "out.txt")}},
    }
    write(tmp_path, "ticking", nodes, [{"from": "tick", "to": "out"}])
    written = tmp_path / "out.txt"
    with started(tmp_path) as process:
        until(lambda: written.exists() and written.stat().st_size, 60)
        process.send_signal(kind)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    passed = json.loads(out)["flows"]["ticking"]["nodes"]
    assert len(written.read_text().splitlines()) >= passed["tick"]["sent"] > 0


def test_a_second_interrupt_stops_at_once(tmp_path: Path) -> None:
    nodes = {
        "once": {"type": "timing/inject", "options": {"once": True}},
        "show": {"type": "debug/log"},
        "stuck": {"type": "mqtt/publish", "options": {"connection": "nowhere", "topic": "x", "qos": 1}},
    }
    text = {
        "flowengine": 1, "name": "stuck", "nodes": nodes,
        "connections": {"nowhere": {"type": "mqtt/broker", "options": {"host": "127.0.0.1", "port": 1}}},
        "wires": [{"from": "once", "to": "stuck"}, {"from": "once", "to": "show"}],
    }  # fmt: skip
    (tmp_path / "stuck.json").write_text(json.dumps(text))
    with started(tmp_path, "--drain", "50", says="stuck/show") as process:
        process.send_signal(signal.SIGINT)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(1)

        def over() -> bool:
            process.send_signal(signal.SIGINT)  # once more: two that come to a busy process at the same time are one
            return process.poll() is not None

        until(over, 30)
        process.communicate()
    assert process.returncode == 130


def started(folder: Path, *arguments: str, says: str = "running") -> subprocess.Popen[str]:
    """Start `flowengine run` and return when it says something."""
    command = [sys.executable, "-m", "flowengine", "run", str(folder), "--headless", "--json", *arguments]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stderr is not None
    for line in process.stderr:
        if says in line:
            break
    return process


def test_dead_letters_are_listed_replayed_and_deleted(tmp_path: Path) -> None:
    nodes = {
        "once": {"type": "timing/inject", "options": {"once": True, "send": "value", "value": "no number"}},
        "range": {"type": "values/range", "options": {"input_low": 0, "input_high": 1}},
        "show": {"type": "debug/log"},
    }
    write(tmp_path, "failing", nodes, [{"from": "once", "to": "range"}, {"from": "range", "to": "show"}])
    with started(tmp_path, says="failing/range") as process:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
    text = flowengine("dead-letters", "list", str(tmp_path))
    assert "failing/range: BadData" in text
    (letter,) = [json.loads(x) for x in flowengine("dead-letters", "list", str(tmp_path), "--json").splitlines()]
    assert letter["message"]["payload"] == "no number"
    assert "asked for 1" in flowengine("dead-letters", "replay", str(tmp_path), str(letter["id"]))
    assert "1 deleted" in flowengine("dead-letters", "delete", str(tmp_path), str(letter["id"]))
    assert "0 dead letters" in flowengine("dead-letters", "list", str(tmp_path))


def test_a_state_folder_that_cannot_be_used_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"flowengine": 1, "nodes": {}}')
    (tmp_path / ".flowengine").write_text("")
    said = flowengine("run", str(tmp_path), "--headless", "--seconds", "1", status=2)
    assert "what the engine keeps in .flowengine beside the flows cannot be opened" in said
    assert "--state" in said

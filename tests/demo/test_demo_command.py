"""`flowengine demo` as its user starts it: a child process, its output, its exit code, and what it leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.fair import fairly
from tests.web.patience import until

MARK = "FLOWENGINE_TEST_MARK"


@contextmanager
def started(options: Sequence[str], mark: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", "from flowengine.cli import main; main()", "demo", *options]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={**os.environ, MARK: mark}
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def marked(mark: str) -> list[str]:
    """Return the command lines of the processes that have inherited the mark."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{MARK}={mark}".encode() in (folder / "environ").read_bytes():
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


def said_before(process: subprocess.Popen[str], words: str) -> list[str]:
    """Return the lines that a process says before one with these words."""
    assert process.stdout is not None
    said: list[str] = []
    for line in process.stdout:
        if words in line:
            return said
        said.append(line)
    raise AssertionError(f"it has ended: {said}, {process.communicate()[1]}")


def summary_of(*options: str, mark: str) -> dict[str, Any]:
    with started([*options, "--json", "--speed", "10"], mark) as process:
        out, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


def test_a_run_without_a_terminal_ends_by_itself_with_one_json_summary(tmp_path: Path) -> None:
    summary = summary_of("--seconds", "8", "--door-every", "11", "--state", str(tmp_path), mark="json")
    assert summary["setpoint"] == 180.0
    assert summary["temperature"] > 20.0
    assert summary["messages"] > 100
    assert summary["door_openings"] >= 1
    assert (tmp_path / "engine" / "dead-letters.sqlite").exists()
    record = [json.loads(line) for line in (tmp_path / "engine/audit/00000001.jsonl").read_text().splitlines()]
    armed = [act["about"] for act in record if act["what"] == "guard-armed"]
    assert armed == ["compressor-1", "compressor-2", "compressor-3", "heater", "panel"], (
        "each just before its flow starts"
    )
    assert not marked("json")


@pytest.mark.timed
def test_the_oven_is_held_and_an_open_door_is_made_good() -> None:
    fairly(lambda number: the_oven_is_held())


def the_oven_is_held() -> None:
    summary = summary_of("--seconds", "15", "--door-every", "85", mark="held")
    assert summary["settled"] is True, summary
    if len(summary["door_recoveries_s"]) == summary["door_openings"]:  # else the door has just been open once more
        assert abs(summary["temperature"] - 180.0) <= 2.0
    assert summary["settled_after_s"] < 80.0
    assert summary["overshoot"] < 10.0
    assert summary["messages"] > 500
    assert not [name for name in summary["alarms_raised"] if name.startswith("oven/")]
    assert (summary["errors"], summary["dead_letters"]) == (0, 0)
    assert summary["dropped"] <= 5  # at ten times the speed a command may overtake another on a busy computer
    assert summary["door_openings"] >= 1
    assert summary["door_recoveries_s"], summary
    assert summary["door_recoveries_s"][0] < 50.0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "Ctrl-C"])
def test_a_signal_ends_all_of_it_with_exit_code_0(number: signal.Signals) -> None:
    with started(["--plain"], number.name) as process:
        first, *taken = said_before(process, "/setup?token=")
        assert (
            "flows: bearing-wear, cold-store, compressor-room, hello, line-monitor, line-performance, oven-control, "
            "parts-lives" in first
        )
        assert all(line.startswith("port 1890 is taken") for line in taken)
        said_before(process, "degC")  # alarms, where the computer is slow
        assert len(marked(number.name)) >= 3  # itself, the plant, the broker
        process.send_signal(number)
        _, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    until(lambda: not marked(number.name))


def test_nothing_is_left_behind_when_it_is_killed() -> None:
    with started(["--plain"], "killed") as process:
        assert process.stdout is not None
        process.stdout.readline()
    until(lambda: not marked("killed"))


def test_a_broker_that_is_not_there_is_said_in_one_line() -> None:
    with started(["--broker", "127.0.0.1:1"], "nowhere") as process:
        _, err = process.communicate(timeout=120)
    assert process.returncode == 1
    assert err == "Error: nothing answers at 127.0.0.1:1: is the broker running, is the address right?\n"
    assert not marked("nowhere")

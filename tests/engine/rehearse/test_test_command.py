"""`flowengine test`: exit codes, output, JUnit, coverage, speed."""

from __future__ import annotations

import itertools
import json
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner, Result

from flowengine.rehearse.command import test as command
from flowengine.rehearse.suite import run_tests
from tests.engine.rehearse import oven_nodes
from tests.engine.rehearse.oven_nodes import OVEN, registry

GOOD = {"name": "an alarm is raised", "feed": [{"node": "temperature", "payload": 70}], "expect": [{"node": "alarm"}]}
BAD = {
    "name": "no alarm is raised",
    "feed": [{"node": "temperature", "payload": 70}],
    "expect": [{"node": "alarm", "count": 0}],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "nodes").mkdir()
    (tmp_path / "nodes" / "oven.py").write_text(Path(oven_nodes.__file__).read_text())
    (tmp_path / "flows" / "oven.json").write_text(json.dumps(OVEN))
    return tmp_path


def run(folder: Path, *tests: Any, arguments: tuple[str, ...] = ()) -> Result:
    (folder / "flows" / "oven.test.json").write_text(json.dumps({"flowengine-test": 1, "tests": tests}))
    paths = [str(folder / "flows"), "--nodes-dir", str(folder / "nodes")]
    return CliRunner().invoke(command, [*paths, *arguments], catch_exceptions=False)


def test_all_passed_is_0(folder: Path) -> None:
    result = run(folder, GOOD)
    assert result.exit_code == 0, result.output
    assert "1 passed" in result.output


def test_a_failure_is_1_and_says_what_came(folder: Path) -> None:
    result = run(folder, GOOD, BAD)
    assert result.exit_code == 1
    assert "oven.test.json .F" in result.output
    assert "expected: no message to alarm" in result.output
    assert "payload 70" in result.output
    assert "1 passed, 1 failed" in result.output


def test_a_broken_file_is_2_and_the_other_files_run(folder: Path) -> None:
    (folder / "flows" / "other.test.json").write_text("{")
    result = run(folder, GOOD)
    assert result.exit_code == 2
    assert "other.test.json:1: error: not JSON" in result.output
    assert "1 passed" in result.output


def test_a_flow_that_is_not_there_is_2(folder: Path) -> None:
    (folder / "flows" / "lost.test.json").write_text(json.dumps({"flowengine-test": 1, "tests": [{"name": "x"}]}))
    result = run(folder, GOOD)
    assert result.exit_code == 2
    assert "there is no flow lost.json beside it" in result.output


def test_nothing_to_run_is_2(folder: Path) -> None:
    assert CliRunner().invoke(command, [str(folder / "nodes")]).exit_code == 2
    assert CliRunner().invoke(command, [str(folder / "nowhere")]).exit_code == 2
    assert run(folder, GOOD, arguments=("-k", "nothing like it")).exit_code == 2


def test_a_flow_can_be_named_instead_of_its_tests(folder: Path) -> None:
    run(folder, GOOD)
    flow = str(folder / "flows" / "oven.json")
    assert CliRunner().invoke(command, [flow, "--nodes-dir", str(folder / "nodes")]).exit_code == 0


def test_tests_are_chosen_by_name_and_shown_by_name(folder: Path) -> None:
    result = run(folder, GOOD, BAD, arguments=("-k", "AN ALARM", "-v"))
    assert result.exit_code == 0
    assert "passed  an alarm is raised" in result.output
    assert "no alarm" not in result.output


def test_a_skipped_test_says_why(folder: Path) -> None:
    result = run(folder, GOOD, {**BAD, "skip": "the horn is away"}, arguments=("-v",))
    assert result.exit_code == 0
    assert "skipped: the horn is away" in result.output
    assert "1 passed, 1 skipped" in result.output


def test_junit_holds_every_test(folder: Path) -> None:
    junit = folder / "out" / "junit.xml"
    odd = {**BAD, "name": "odd \x01 name"}
    run(folder, GOOD, odd, {"name": "later", "skip": "not now"}, arguments=("--junit", str(junit)))
    suite = ElementTree.parse(junit).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped"), suite.get("errors")) == (
        "3",
        "1",
        "1",
        "0",
    )
    assert [case.get("name") for case in suite] == ["an alarm is raised", "odd ? name", "later"]
    failure = suite[1][0]
    assert failure.tag == "failure"
    assert "expected: no message to alarm" in (failure.text or "")


def test_junit_shows_a_broken_file_as_an_error(folder: Path) -> None:
    junit = folder / "junit.xml"
    run(folder, {"name": "x", "feed": [{"node": "nobody", "payload": 1}]}, arguments=("--junit", str(junit)))
    suite = ElementTree.parse(junit).getroot()[0]
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")
    assert "nobody" in (suite[0][0].text or "")


def test_coverage_names_what_no_message_has_reached(folder: Path) -> None:
    (folder / "flows" / "untested.json").write_text(json.dumps({**OVEN, "name": "untested"}))
    cold = {"name": "cold", "feed": [{"node": "temperature", "payload": 20}]}
    output = run(folder, cold, arguments=("--coverage",)).output
    assert "no message at node alarm" in output
    assert "no message on wire compare.high -> alarm.in" in output
    lines = {line.split()[0]: line.split() for line in output.splitlines() if line.startswith(("oven ", "untested "))}
    assert lines["oven"][1:] == ["5/7", "71%", "4/6", "67%"]
    assert lines["untested"][1:] == ["0/7", "0%", "0/6", "0%"]


def day_of_a_control_flow(folder: Path) -> Path:
    """Write a flow of eight nodes with a test that feeds it each second of a day; returns the test's file."""
    names = [f"scale-{number}" for number in range(5)]
    ids = ["temperature", *names, "hold", "heater"]
    plc = {"connection": "plc"}
    flow = {
        "flowengine": 1,
        "name": "day",
        "connections": {"plc": {"type": "oven/device"}},
        "nodes": {
            "temperature": {"type": "oven/read", "options": plc},
            **{name: {"type": "oven/scale"} for name in names},
            "hold": {"type": "oven/hold"},
            "heater": {"type": "oven/write", "options": plc},
        },
        "wires": [{"from": a, "to": b} for a, b in itertools.pairwise(ids)],
    }
    day = {
        "name": "a day",
        "duration": 86_399,
        "feed": [{"node": "temperature", "every": 1, "values": [20, 30, 40, 50], "until": 86_399}],
        "expect": [{"node": "heater", "count": 86_400}],
    }
    (folder / "day.json").write_text(json.dumps(flow))
    (folder / "day.test.json").write_text(json.dumps({"flowengine-test": 1, "tests": [day]}))
    return folder / "day.test.json"


def test_a_day_of_a_control_flow_is_tested_whole(tmp_path: Path) -> None:
    result = run_tests([day_of_a_control_flow(tmp_path)], registry())
    assert result.exit_code == 0, result.files[0]


@pytest.mark.timed
def test_a_day_of_a_control_flow_takes_seconds(tmp_path: Path) -> None:
    begin = time.process_time()
    assert run_tests([day_of_a_control_flow(tmp_path)], registry()).exit_code == 0
    assert time.process_time() - begin < 10  # 5 s on an idle machine

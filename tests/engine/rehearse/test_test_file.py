"""What is wrong with a test file is said with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine.flow.judge import judge
from flowengine.rehearse.file import read_tests
from flowengine.rehearse.shape import schema
from flowengine.rehearse.suite import FileResult
from tests.engine.rehearse.oven_nodes import OVEN, PLANT

Run = Callable[..., FileResult]


@pytest.mark.parametrize(
    ("test", "words"),
    [
        ({"expekt": []}, ["there is no key 'expekt'", "did you mean 'expect'?", "$.tests[0].expekt"]),
        ({"feed": [{"node": "temperature", "at": -1}]}, ["must be at least 0, not -1", "$.tests[0].feed[0].at"]),
        ({"feed": [{"node": "temprature", "payload": 1}]}, ["no node 'temprature'", "did you mean 'temperature'?"]),
        ({"feed": [{"node": "hold.sp", "payload": 1}]}, ["no input 'sp'", "it has: in, setpoint"]),
        ({"feed": [{"node": "temperature"}]}, ["does not say what to feed"]),
        ({"feed": [{"node": "temperature", "payload": 1, "values": [1]}]}, ["do not go together"]),
        ({"feed": [{"node": "temperature", "values": [1]}]}, ["'values' needs 'every'"]),
        ({"feed": [{"node": "temperature", "every": 1, "ramp": [0, 1]}]}, ["a ramp needs 'until' or 'count'"]),
        ({"feed": [{"node": "temperature", "msg": {"quality": "so so"}}]}, ["quality must be good, uncertain or bad"]),
        (
            {"feed": [{"node": "temperature", "payload": 1, "at": 9}], "duration": 5},
            ["the test ends at 5 s, before 9 s"],
        ),
        ({"press": [{"node": "temperature"}]}, ["'temperature' has no button"]),
        ({"real": ["heater"]}, ["is an actuator: in a test it never acts"]),
        ({"real": ["temperature"]}, ["uses a connection, and a test opens none"]),
        ({"real": ["scale"]}, ["runs itself in any case"]),
        ({"answers": {"scale": {"payload": 1}}}, ["does not talk to the outside world"]),
        ({"answers": {"heater": {"payload": 1}}}, ["is an actuator and answers nothing"]),
        ({"start": "yesterday"}, ["is not a date and time"]),
        ({"start": "2026-01-01T00:00:00"}, ["the time zone is missing"]),
        ({"plant": {"input": "heater", "output": "temperature"}}, ["needs a 'time_constant'"]),
        ({"plant": {**PLANT, "kind": "integrating"}}, ["has no time constant"]),
        ({"expect": [{"count": 1}]}, ["state either 'node'"]),
        ({"expect": [{"node": "temperature"}]}, ["'temperature' has no input", "use 'leaves'"]),
        ({"expect": [{"leaves": "heater"}]}, ["'heater' has no output"]),
        ({"expect": [{"leaves": "scale.error"}]}, ["error port of 'scale' is not wired", "'failures'"]),
        ({"expect": [{"node": "scale", "range": [5, 1]}]}, ["impossible: at least 5 and at most 1"]),
        ({"expect": [{"node": "scale", "count": {"min": 3, "max": 2}}]}, ["impossible: at least 3 and at most 2"]),
        ({"expect": [{"node": "scale", "after": 3, "by": 2}]}, ["impossible: after 3 s and by 2 s"]),
        ({"expect": [{"node": "scale", "tolerance": 2}]}, ["'tolerance' needs"]),
        ({"expect": [{"node": "scale", "all": True}]}, ["'all' needs something"]),
        ({"expect": [{"node": "scale", "by": 9}], "duration": 5}, ["the test ends at 5 s, before 9 s"]),
        ({"failures": [{"node": "nobody"}]}, ["no node 'nobody'"]),
    ],
)
def test_a_test_that_makes_no_sense_is_refused(rehearse: Run, test: dict[str, Any], words: list[str]) -> None:
    result = rehearse(test)
    text = "\n".join(result.problems)
    for word in words:
        assert word in text
    assert "flow.test.json:" in text
    assert not result.outcomes


def test_the_line_of_a_problem_is_named(rehearse: Run, tmp_path: Path) -> None:
    result = rehearse({}, {"feed": [{"node": "nobody", "payload": 1}]})
    lines = (tmp_path / "flow.test.json").read_text().splitlines()
    line = next(number for number, text in enumerate(lines, 1) if "nobody" in text)
    assert f"flow.test.json:{line}: error: test 'test 1': the flow has no node 'nobody'" in result.problems[0]


def test_two_tests_of_one_name_are_refused(rehearse: Run) -> None:
    assert "another test is called 'a'" in rehearse({"name": "a"}, {"name": "a"}).problems[0]


def test_a_broken_flow_is_shown_with_its_own_problems(rehearse: Run) -> None:
    wires = [*OVEN["wires"], {"from": "nobody", "to": "scale"}]  # type: ignore[misc]
    (problem,) = rehearse({}, flow={**OVEN, "wires": wires}).problems
    assert "flow.json:" in problem
    assert "nobody" in problem


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"tests": []}', '{"flowengine-test": 2, "tests": []}', '{"a":1,"a":2}']
)
def test_what_is_no_test_file_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "x.test.json"
    file.write_text(text)
    found = read_tests(file)
    assert found.problems
    assert not found.cases


def test_the_schema_accepts_what_the_reader_accepts(tmp_path: Path) -> None:
    whole = {
        "flowengine-test": 1,
        "common": {"plant": PLANT, "environment": {"A": "b"}},
        "tests": [
            {
                "name": "x",
                "feed": [{"node": "a", "every": 1, "ramp": [0, 1], "until": 3}],
                "answers": {"a": [{"error": "no"}], "b": {"payload": None}},
                "expect": [
                    {"node": "a", "payload": None, "count": {"max": 3}},
                    {"order": [{"node": "a"}, {"node": "b"}]},
                ],
                "failures": [{"node": "a"}],
            }
        ],
    }
    file = tmp_path / "x.test.json"
    file.write_text(json.dumps(whole))
    assert not read_tests(file).problems
    assert judge(schema(), whole) == []

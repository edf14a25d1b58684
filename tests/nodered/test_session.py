# ruff: noqa: E501 - a flow reads better with a node on a line
"""Sessions of the testbench with Node-RED's arrays."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.nodered.comparing import Bench

FLOW: list[dict[str, Any]] = [
    {"id": "f", "type": "tab", "label": "t"},
    {"id": "i", "z": "f", "type": "inject", "props": [{"p": "payload", "v": "5", "vt": "num"}], "once": True, "onceDelay": 0.1, "wires": [["c"]]},
    {"id": "c", "z": "f", "type": "change", "name": "mark", "rules": [{"t": "set", "p": "x", "pt": "msg", "to": "MARK", "tot": "env"}], "wires": [["d", "off"]]},
    {"id": "off", "z": "f", "type": "debug", "d": True, "wires": []},
    {"id": "d", "z": "f", "type": "debug", "console": True, "complete": "payload", "wires": []},
    {"id": "co", "z": "f", "type": "comment", "name": "hello"},
]  # fmt: skip


def run(bench: Bench, **command: Any) -> dict[str, Any]:
    bench.send(op="load", **command)
    return list(bench.until("loaded", "error"))[-1]


def test_an_inject_node_fires_by_itself_and_when_a_message_is_given_to_it(bench: Bench) -> None:
    assert run(bench, flows=FLOW, tap=["d", "off"], env={"MARK": "m"}, clock="virtual")["nodes"] == 4
    bench.send(op="advance", seconds=0.2, req=1)
    seen = [each for each in bench.until("reply") if each["event"] == "msg"]
    assert {each["node"] for each in seen} == {"d", "off"}
    assert (seen[0]["msg"]["payload"], seen[0]["msg"]["x"]) == (5, "m")
    assert seen[0]["msg"]["_msgid"]
    bench.send(op="inject", node="i", msg={"topic": "mine"})
    bench.send(op="advance", seconds=0, req=2)
    events = list(bench.until("reply"))
    assert next(each for each in events if each["event"] == "msg")["msg"]["topic"] == "mine"
    assert {"event": "log", "level": "info", "node": "d", "type": "debug", "text": "5"} in events


def test_types_that_cannot_run_are_an_error_and_the_session_goes_on(bench: Bench) -> None:
    error = run(
        bench, flows=[{"id": "a", "type": "no such node", "wires": []}, {"id": "b", "type": "inject", "wires": []}]
    )
    assert (error["code"], error["unsupported"]) == ("unsupported", ["no such node"])
    assert run(bench, flows=FLOW, clock="virtual")["event"] == "loaded"


def test_a_disabled_node_of_an_unknown_type_is_no_error(bench: Bench) -> None:
    flows = [{"id": "a", "type": "no such node", "d": True, "wires": []}, {"id": "b", "type": "debug", "wires": []}]
    assert run(bench, flows=flows, clock="virtual")["event"] == "loaded"


def test_many_rounds_leave_nothing_behind(bench: Bench) -> None:
    counting = [{"id": "n", "type": "function", "func": "global.set('n', (global.get('n') || 0) + 1); msg.payload = global.get('n'); return msg", "wires": [["d"]]},
                {"id": "d", "type": "debug", "wires": []}]  # fmt: skip
    for _ in range(20):
        assert run(bench, flows=counting, tap=["d"], clock="virtual")["event"] == "loaded"
        bench.send(op="inject", node="n", msg={})
        bench.send(op="advance", seconds=0.01, req=1)
        assert [each["msg"]["payload"] for each in bench.until("reply") if each["event"] == "msg"] == [1]


@pytest.mark.timed
def test_a_small_flow_is_loaded_in_fifty_milliseconds(bench: Bench) -> None:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        run(bench, flows=FLOW, clock="virtual")
        took.append(time.perf_counter() - began)
    assert min(took) < 0.05


def test_bytes_go_both_ways_and_what_is_undefined_is_left_out(bench: Bench) -> None:
    flows = [{"id": "n", "type": "function", "func": "msg.payload = Buffer.concat([msg.payload, Buffer.from([255])]); msg.gone = undefined; return msg", "wires": [["d"]]},
             {"id": "d", "type": "debug", "wires": []}]  # fmt: skip
    run(bench, flows=flows, tap=["d"], clock="virtual")
    bench.send(op="inject", node="n", msg={"payload": {"type": "Buffer", "data": [1]}})
    bench.send(op="advance", seconds=0.01, req=1)
    (arrived,) = [each for each in bench.until("reply") if each["event"] == "msg"]
    assert arrived["msg"]["payload"] == {"type": "Buffer", "data": [1, 255]}
    assert "gone" not in arrived["msg"]


def command(tmp_path: Path, *options: str) -> subprocess.CompletedProcess[str]:
    path = tmp_path / "flows.json"
    path.write_text(json.dumps([entry for entry in FLOW if entry["id"] != "i"]))
    words = [sys.executable, "-m", "flowengine", "nodered", "run", str(path), *options]
    return subprocess.run(words, capture_output=True, text=True, timeout=100, check=False, env=os.environ)


def test_one_shot_prints_what_arrived_and_exits_with_0(tmp_path: Path) -> None:
    done = command(tmp_path, "--inject", 'c={"payload": 7}', "--tap", "d", "--expect", "1")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["msg"]["payload"] == 7


def test_one_shot_exits_with_3_when_time_is_up_and_with_2_when_the_flow_is_refused(tmp_path: Path) -> None:
    assert command(tmp_path, "--tap", "d", "--timeout", "1.5").returncode == 3
    assert command(tmp_path, "--inject", "nobody={}", "--tap", "d").returncode == 2

"""The API and the live stream over flows in workers: one walk through all that reaches a flow.

Everything in this folder also runs so with FLOWENGINE_TEST_WORKERS=1.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine.registry import Registry
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.web.api.archives.asking import flow_of, kept, values
from tests.web.api.client import Client
from tests.web.api.conftest import FLOW, SignedIn
from tests.web.api.test_dashboard import OVEN
from tests.web.canvas.served import Served
from tests.web.patience import until

HANGS = "if msg.payload == 'bad':\n    while True: pass\nreturn msg"


@pytest.fixture
def served(folder: Path, registry: Registry) -> Iterator[Served]:
    flow: Any = json.loads(json.dumps(FLOW))
    flow["name"], flow["limits"] = "other", {"hang": 1}  # this one will hang
    flow["nodes"]["double"] = {"type": "values/python", "options": {"code": HANGS}}
    (folder / "other.json").write_text(json.dumps(flow))
    (folder / "oven.json").write_text(json.dumps(OVEN))
    file = kept(folder.parent / "history", {"speed": [1.0, 2.0, 3.0]})
    (folder / "keeps.json").write_text(json.dumps(flow_of("keeps", {"history": file})))
    served = Served(folder, registry, Workers())
    served.start()
    yield served
    served.stop()


def state(client: Client, flow: str) -> str:
    return next(str(one["state"]) for one in client.get("/api/project")["flows"] if one["name"] == flow)


def test_all_that_reaches_a_flow_reaches_it_in_its_worker(served: Served, signed_in: SignedIn) -> None:
    editor = signed_in("editor")
    fleet = served.service.engine
    assert isinstance(fleet, Fleet)
    stream = editor.stream()
    stream.watch(flows=["line"], debug=True, dashboard=True)
    stream.next("live", lambda data: data["flow"] == "line" and data["nodes"].get("double", {}).get("kind") == "number")
    editor.do("POST", "/api/flows/line/inject", {"node": "button"})
    assert editor.refused("POST", "/api/flows/line/inject", {"node": "double"}) == (404, "not-found")
    editor.do("POST", "/api/flows/line/inject", {"node": "double", "message": {"payload": 4321, "id": "mine"}})
    stream.next("debug", lambda data: any(item["value"] == 8642 for item in data["items"]))
    assert [hop["node"] for hop in editor.get("/api/traces/mine")["hops"]][:1] == ["double"]
    editor.do("POST", "/api/dashboard/operate", {"flow": "oven", "node": "setpoint", "value": 150})
    stream.next("widgets", lambda data: (data.get("oven/now") or {}).get("value") == 150)
    shown = {widget["node"]: widget["shown"] for widget in editor.get("/api/dashboard")["widgets"]}
    assert shown["chart"]["series"][0]["v"] == [150]
    assert editor.get("/api/metrics")["running"] == 4

    process = fleet.flows["other"].seat.pid
    editor.do("POST", "/api/flows/other/run", {"run": False})
    assert state(editor, "other") == "stopped"
    editor.do("POST", "/api/flows/other/run", {"run": True})
    assert fleet.flows["other"].seat.pid not in (0, process)

    process = fleet.flows["line"].seat.pid
    os.kill(process, signal.SIGKILL)
    stream.next("faults", lambda data: any("SIGKILL" in fault["text"] for fault in data["faults"]))
    stream.next("live", lambda data: data["nodes"].get("double", {}).get("level") == "off")
    assert state(editor, "line") == "running"

    process = fleet.flows["keeps"].seat.pid
    assert editor.get(values("keeps", ["speed"]))["series"][0]["v"] == [1, 2, 3]
    os.kill(process, signal.SIGSTOP)
    assert editor.get(values("keeps", ["speed"]))["series"][0]["v"] == [1, 2, 3], "its worker does not answer"
    os.kill(process, signal.SIGKILL)
    assert editor.get(values("keeps", ["speed"]))["series"][0]["v"] == [1, 2, 3], "it has none"

    bad = {"node": "double", "message": {"payload": "bad"}}
    answers = ((404, "not-found"), (503, "busy"))  # it does not run just now, or has not been ended within 10 s
    assert editor.refused("POST", "/api/flows/other/inject", bad) in answers

    def hung() -> list[tuple[str, str]]:
        found = [fault for fault in editor.get("/api/faults")["faults"] if fault["flow"] == "other"]
        return [(fault["node"], fault["level"]) for fault in found if fault["level"] == "error"]

    assert until(hung) == [("double", "error")]
    assert state(editor, "line") == "running"
    stream.close()

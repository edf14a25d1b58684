"""What a case gives here, and what of it is compared with Node-RED's answer."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Any

from tests.web.patience import PATIENCE

Case = dict[str, Any]
Seen = list[dict[str, Any]]

WORDING = (
    "JSON", "[object Object]", "YAML", "indentation", "multiline", "Line:", "element", "document", "stream",
    "syntax error", "Expected",
)  # fmt: skip
"""Errors that a library words: that there is one counts, not how it says so."""


class Bench:
    """A `flowengine testbench` in virtual time."""

    def __enter__(self) -> Bench:
        command = [sys.executable, "-m", "flowengine.testbench"]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._process = subprocess.Popen(command, text=True, **pipes)  # type: ignore[call-overload]
        assert self._next()["event"] == "ready"
        return self

    def __exit__(self, *_: object) -> None:
        # said, too: the end of its input does not reach it while a process that was forked meanwhile has the other end
        self._process.communicate(json.dumps({"op": "quit"}) + "\n", timeout=PATIENCE)

    def send(self, **command: Any) -> None:
        """Send a command."""
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def until(self, *events: str) -> Iterator[dict[str, Any]]:
        """Yield events up to one of these."""
        while True:
            event = self._next()
            yield event
            if event["event"] in events:
                return

    def _next(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        assert line, "the testbench has ended"
        found: dict[str, Any] = json.loads(line)
        return found

    def run(self, case: Case) -> Seen:
        """Return the msgs that arrive at the tapped nodes of a case."""
        self.send(op="load", flows=case["flows"], tap=case["tap"], clock="virtual")
        events = list(self.until("loaded", "error"))
        assert events[-1]["event"] == "loaded", f"{case['name']}: {events[-1]}"
        self.send(op="advance", seconds=0.002)
        for node, msg in case["inject"]:
            self.send(op="inject", node=node, msg=msg)
            self.send(op="advance", seconds=0.0005)  # in virtual time two timers could fall due at the same moment
        self.send(op="advance", seconds=case.get("seconds", 0.05))
        self.send(op="unload")
        events += self.until("unloaded")
        return [{"node": each["node"], "msg": each["msg"]} for each in events if each["event"] == "msg"]

    def run_real(self, case: Case, places: dict[str, str], count: int) -> Seen:
        """Return the same of a case that needs real time: what arrives until there are so many, or it takes too long.

        `places` are the ports and the folder that names in braces stand for.
        """
        written = json.dumps(case)
        for name, place in places.items():
            written = written.replace(f"{{{name}}}", place)
        case = json.loads(written)
        environment = {"NODE_RED_HTTP_PORT": places["HTTP"]}
        self.send(op="load", flows=case["flows"], tap=case["tap"], env=environment, clock="real")
        assert list(self.until("loaded", "error"))[-1]["event"] == "loaded", case["name"]
        time.sleep(case.get("settle", 0) / 1000)
        for node, msg in case["inject"]:
            self.send(op="inject", node=node, msg=msg)
            time.sleep(case.get("pause", 0) / 1000)
        events: list[dict[str, Any]] = []
        until = time.monotonic() + PATIENCE
        while sum(each["event"] == "msg" for each in events) < count and time.monotonic() < until:
            self.send(op="ping", req=1)
            events += self.until("reply")
            time.sleep(0.005)
        time.sleep(0.02)
        self.send(op="unload")
        events += self.until("unloaded")
        text = json.dumps([{"node": each["node"], "msg": each["msg"]} for each in events if each["event"] == "msg"])
        for name, place in places.items():
            text = re.sub(rf"(?<=: ){re.escape(place)}(?=[,}}])", f'"{{{name}}}"', text).replace(place, f"{{{name}}}")
        seen: Seen = json.loads(text)
        return seen


def comparable(seen: Seen) -> str:
    """Return what was seen as text, without what differs from run to run."""
    return json.dumps([_plain(each, ()) for each in seen], sort_keys=True)


CHANGING = {
    "date", "host", "user-agent", "connection", "keep-alive", "etag", "x-powered-by", "server", "accept",
    "accept-encoding",
    "x-node-red-request-node", "x-content-type-options", "content-security-policy",
}  # fmt: skip
"""Headers that say who speaks, not what."""


def comparable_real(seen: Seen, loose: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return what was seen at each node as texts, without `loose` properties and what differs each time."""
    found: dict[str, list[str]] = {}
    for each in seen:
        msg = {key: value for key, value in each["msg"].items() if key not in loose}
        if isinstance(msg.get("headers"), dict):
            msg["headers"] = {key: value for key, value in msg["headers"].items() if key.lower() not in CHANGING}
        found.setdefault(each["node"], []).append(json.dumps(_plain(msg, ()), sort_keys=True))
    return found


def _plain(value: Any, path: tuple[str, ...]) -> Any:
    if isinstance(value, bool) or not isinstance(value, dict | list | int | float):
        return value
    if isinstance(value, list):
        return [_plain(item, path) for item in value]
    if not isinstance(value, dict):
        return float(f"{value:.12g}")
    made = {}
    for key, inner in value.items():
        last = path[-1] if path else ""
        if key in ("_msgid", "stack", "_event") or (key == "code" and last == "error"):
            continue
        if (
            key == "_linkSource"
            or (key == "id" and last == "parts")
            or (key == "message" and last == "error" and any(word in str(inner) for word in WORDING))
        ):
            made[key] = "*"
        else:
            made[key] = _plain(inner, (*path, key))
    return made

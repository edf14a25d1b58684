"""A machine behind a signed envelope that stands beside whatever else is under load, and somebody who works at it.

A flow commands its heater far outside the limits, and a place that is not listed; a person arms, stops, resets and
writes nonsense by hand, once a second. The device's judge hears every write.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import threading
import time
from pathlib import Path
from typing import Any, Final

from tests.plants.guarded_oven import oven
from tests.plants.signed_envelope import write_envelope
from tests.plants.write_judge import WriteJudge
from tests.web.api.client import Client

HEATER, ELSEWHERE = 20, 30
APART_S: Final = 1.0
ACTS: Final[tuple[dict[str, Any], ...]] = (
    *({"what": "arm"},) * 4,
    {"what": "stop", "cause": "the soak"},
    {"what": "reset-stop"},
    {"what": "mode", "target": "heater", "mode": "manual"},
    {"what": "write", "target": "heater", "value": 9999},
    {"what": "write", "target": "heater", "value": -1},
    {"what": "mode", "target": "heater", "mode": "automatic"},
)


class GuardedPlant:
    """The device and its person; the engine reads flow and envelope from its folder."""

    def __init__(self, flows: Path, seed: int = 0) -> None:
        self._open = contextlib.ExitStack()
        slave = self._open.enter_context(oven())
        self.judge = WriteJudge(slave)
        limits = _envelope(slave.port)
        self.judge.take(limits)
        write_envelope(flows, limits)
        (flows / "machine.json").write_text(json.dumps(_flow(slave.port)))
        self._rng, self._over = random.Random(seed), threading.Event()
        self._person: threading.Thread | None = None

    def work(self, port: int, headers: dict[str, str]) -> None:
        """Have the person work at it, by the API of the engine, from now on; once more changes nothing."""
        if self._person is None:
            self._person = threading.Thread(target=self._work, args=(port, headers), daemon=True)
            self._person.start()

    def _work(self, port: int, headers: dict[str, str]) -> None:
        while not self._over.wait(APART_S):
            act = self._rng.choice(ACTS) if self.judge.writes else ACTS[0]
            acts = ({"what": "reset-stop"}, act) if act["what"] == "arm" else (act,)
            with contextlib.suppress(OSError, http.client.HTTPException), Client(port) as client:  # it may be killed
                for one in acts:
                    client.ask("POST", "/api/machines/act", one, headers)

    def wait_for_a_write(self, patience_s: float) -> None:
        """Return when the device has been written to, or after so long a time."""
        until = time.monotonic() + patience_s
        while not self.judge.writes and time.monotonic() < until:
            time.sleep(0.1)

    def close(self) -> None:
        """End both; once more does nothing."""
        self._over.set()
        if self._person is not None:
            self._person.join()
        self._open.close()


def _connections(port: int) -> dict[str, Any]:
    return {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port, "timeout": 0.5}}}


def _envelope(port: int) -> dict[str, Any]:
    heater = {
        "type": "modbus/write",
        "options": {"connection": "plc", "data_type": "float32", "address": HEATER},
        "range": [0, 100],
        "clamp": True,
        "writers": ["machine/heater"],
        "safe": 7,
        "watchdog": 1,
    }
    return {"flowengine": 1, "version": 1, "connections": _connections(port), "outputs": {"heater": heater}}


def _flow(port: int) -> dict[str, Any]:
    write = {"connection": "plc", "data_type": "float32"}
    return {
        "flowengine": 1,
        "name": "machine",
        "connections": _connections(port),
        "nodes": {
            "tick": {"type": "timing/every", "options": {"interval": 0.1, "send": "count"}},
            "wild": {"type": "values/expression", "options": {"expression": "(payload * 7919) % 400 - 150"}},
            "heater": {"type": "modbus/write", "options": {**write, "address": HEATER}},
            "second": {"type": "timing/every", "options": {"interval": 1, "send": "count"}},
            "elsewhere": {"type": "modbus/write", "options": {**write, "address": ELSEWHERE}},
        },
        "wires": [
            {"from": "tick", "to": "wild"},
            {"from": "wild", "to": "heater"},
            {"from": "second", "to": "elsewhere"},
        ],
    }

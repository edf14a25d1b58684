"""One server for the whole folder: nothing in it is changed by who asks."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from flowengine.registry import Registry
from flowengine.store.alarm_history import AlarmEntry
from tests.web.api.archives.asking import BEGIN, Program, flow_of, kept
from tests.web.api.client import Client
from tests.web.canvas.served import Served


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory, users: Path, registry: Registry) -> Iterator[Served]:
    """A press that runs, an oven whose flow is disabled, and one whose archive has never been there."""
    folder, data = tmp_path_factory.mktemp("archives"), tmp_path_factory.mktemp("data")
    (folder / ".flowengine").mkdir()
    (folder / ".flowengine" / "web.sqlite").write_bytes(users.read_bytes())
    press = kept(data / "press", {"speed": [float(n) for n in range(3600)], "force, max": [1.5, 2.5]})
    second = kept(data / "second", {"speed": [7.0], "torque": [9.0]})
    oven = kept(data / "oven", {"oven/temperature": [180.0, 181.0, None]})
    flows = [
        flow_of("press-1", {"history": press, "second": second}),
        flow_of("oven", {"history": oven}, disabled=True),
        flow_of("empty", {"history": data / "none" / "h"}, disabled=True),
        {"flowengine": 1, "name": "plain", "nodes": {}},
    ]
    for flow in flows:
        (folder / f"{flow['name']}.json").write_text(json.dumps(flow))
    served = Served(folder, registry)
    served.start()
    entry: dict[str, Any] = {"what": "raised", "state": "unacknowledged", "priority": "high", "text": "too hot"}
    served.site.service.alarms._store.store(
        [
            AlarmEntry(time=BEGIN + 10, name="oven/heater", **entry),
            AlarmEntry(time=BEGIN + 20, name="guard:press/trip", **entry),
            AlarmEntry(time=BEGIN + 9000, name="oven/late", **entry),
        ]
    )
    yield served
    served.stop()


@pytest.fixture(scope="package")
def program(served: Served) -> Iterator[Client]:
    """A program with a token that sees everything and may do nothing."""
    program = Program(served, served.site.access.tokens.make("grafana", "viewer"))
    yield program
    program.close()

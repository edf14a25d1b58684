"""Flows with archives, and who asks for what they hold."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flowengine_nodes.history.archive import Archive
from flowengine_nodes.history.samples import BAD, GOOD, SECOND, Sample
from tests.web.api.client import Client, Reply
from tests.web.canvas.served import Served

BEGIN = 1_767_225_600
"""2026-01-01, midnight UTC."""


def flow_of(name: str, stores: dict[str, Path], **more: Any) -> dict[str, Any]:
    """Return a flow with a node that asks each store, so that they are in use."""
    return {
        "flowengine": 1,
        "name": name,
        **more,
        "connections": {
            store: {"type": "history/store", "options": {"file": str(file), "raw": 0}} for store, file in stores.items()
        },
        "nodes": {
            "button": {"type": "timing/inject"},
            **{f"ask-{store}": {"type": "history/read", "options": {"store": store}} for store in stores},
            **{f"log-{store}": {"type": "debug/log"} for store in stores},
        },
        "wires": [
            *({"from": "button", "to": f"ask-{store}"} for store in stores),
            *({"from": f"ask-{store}", "to": f"log-{store}"} for store in stores),
        ],
    }


def kept(file: Path, tags: dict[str, list[float | None]]) -> Path:
    """Keep values of tags, one a second from BEGIN on; None is a bad one."""
    archive = Archive(file)
    for tag, values in tags.items():
        archive.append([_sample(tag, n, value) for n, value in enumerate(values)])
    archive.settle()
    archive.close()
    return file


def _sample(tag: str, at: int, value: float | None) -> Sample:
    time = (BEGIN + at) * SECOND
    return Sample(tag, time, math.nan, BAD) if value is None else Sample(tag, time, value, GOOD)


class Program(Client):
    """What sends an API token, as Grafana does: no cookie, no origin."""

    def __init__(self, served: Served, token: str) -> None:
        super().__init__(served.port)
        self.token = token

    def ask(self, method: str, path: str, body: Any = None, headers: Any = None, raw: bytes | None = None) -> Reply:
        own = {"Authorization": f"Bearer {self.token}", "Origin": None, "X-CSRF-Token": None}
        return super().ask(method, path, body, {**own, **(headers or {})}, raw)

    def asked(self, place: str, body: Any) -> Reply:
        """Send a request that is written as `METHOD path`."""
        method, _, path = place.partition(" ")
        return self.ask(method, path, body)


def values(flow: str, tags: list[str], begin: float = 0, end: float = 3600, **more: Any) -> str:
    asked = [("tag", tag) for tag in tags] + [("from", BEGIN + begin), ("to", BEGIN + end), *more.items()]
    return f"/api/flows/{flow}/archives/values?{urlencode(asked)}"


def export(flow: str, tags: list[str], **more: Any) -> str:
    return values(flow, tags, **more).replace("/values?", "/export?")


def grafana(begin: int, end: int, *targets: dict[str, Any], points: float = 1000) -> dict[str, Any]:
    """Return what a panel of Grafana sends, with all that it sends beside what is of concern."""
    span = {name: datetime.fromtimestamp(BEGIN + at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            for name, at in (("from", begin), ("to", end))}  # fmt: skip
    return {
        "app": "dashboard",
        "requestId": "Q101",
        "timezone": "browser",
        "panelId": 2,
        "range": {**span, "raw": {"from": "now-1h", "to": "now"}},
        "rangeRaw": {"from": "now-1h", "to": "now"},
        "interval": "2s",
        "intervalMs": 2000,
        "maxDataPoints": points,
        "scopedVars": {"__interval": {"text": "2s", "value": "2s"}},
        "startTime": 1_767_229_200_000,
        "targets": [
            {"refId": chr(65 + n), "type": "timeserie", "datasource": {"type": "simpod-json-datasource"}, **target}
            for n, target in enumerate(targets)
        ],
        "adhocFilters": [],
    }

"""A folder of flows that run in workers of their own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import pytest

from flowengine.registry import Registry
from flowengine.service import Service
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.fair import fairly

T = TypeVar("T")

PATIENCE = 30.0


def python(code: str, setup: str = "", every: float = 0.05, **more: Any) -> dict[str, Any]:
    """A flow that runs a few lines of Python on each of many messages."""
    return {
        "flowengine": 1,
        "nodes": {
            "tick": {"type": "timing/every", "options": {"interval": every, "send": "count"}},
            "code": {"type": "values/python", "options": {"code": code, "setup": setup}},
            "count": {"type": "debug/counter"},
            "show": {"type": "debug/log"},
            "button": {"type": "timing/inject", "options": {"value": "pressed"}},
        },
        "wires": [
            {"from": "tick", "to": "code"},
            {"from": "code", "to": "count"},
            {"from": "button", "to": "show"},
        ],
        **more,
    }


async def until(condition: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Wait until something is so."""
    async with asyncio.timeout(seconds):
        while not (found := condition()):
            await asyncio.sleep(0.02)
    return found


class House:
    """A folder; `run` runs a test with its service started."""

    def __init__(self, folder: Path, registry: Registry) -> None:
        self.folder = folder
        self.registry = registry
        folder.mkdir()

    def write(self, **flows: dict[str, Any]) -> None:
        for name, flow in flows.items():
            (self.folder / f"{name}.json").write_text(json.dumps({**flow, "name": name}))

    def run(self, main: Callable[[Service, Fleet], Coroutine[Any, Any, T]], **settings: Any) -> T:
        async def run() -> T:
            service = Service(self.folder, self.registry, workers=Workers(**settings))
            assert isinstance(service.engine, Fleet)
            try:
                await service.start(strict=False)
                return await main(service, service.engine)
            finally:
                await service.stop(1)

        return fairly(lambda number: asyncio.run(run()), self.folder)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return Registry.discover()


@pytest.fixture
def house(tmp_path: Path, registry: Registry) -> House:
    return House(tmp_path / "flows", registry)

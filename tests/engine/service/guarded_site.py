"""A folder with a guarded flow, its service, and its device on real Modbus TCP."""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from flowengine.registry import Registry
from flowengine.runtime.guard.desk import Act
from flowengine.service import Service
from flowengine.workers.settings import Workers
from tests.plants.modbus_slave import Slave, slave_on_tcp
from tests.plants.signed_envelope import write_envelope

REGISTRY = Registry.discover()
both = pytest.mark.parametrize("workers", [None, Workers(most=1)], ids=["one process", "field process"])


def plc(port: int) -> dict[str, Any]:
    return {"plc": {"type": "modbus/device", "options": {"host": "127.0.0.1", "port": port, "timeout": 5}}}


def flow(port: int, value: float, interval: float = 0.1) -> dict[str, Any]:
    """A flow that commands the heater every so many seconds, and a neighbour of it."""
    options = {"connection": "plc", "data_type": "float32"}
    return {
        "flowengine": 1,
        "name": "oven",
        "connections": plc(port),
        "nodes": {
            "tick": {"type": "timing/every", "options": {"interval": interval, "send": "value", "value": value}},
            "heater": {"type": "modbus/write", "options": {**options, "address": 20}},
            "other": {"type": "modbus/write", "options": {**options, "address": 30}},
        },
        "wires": [{"from": "tick", "to": "heater"}, {"from": "tick", "to": "other"}],
    }


def envelope(port: int, **more: Any) -> dict[str, Any]:
    return {
        "flowengine": 1,
        "version": 1,
        "connections": plc(port),
        "outputs": {
            "heater": {
                "type": "modbus/write",
                "options": {"connection": "plc", "data_type": "float32", "address": 20},
                "range": [0, 100],
                "clamp": True,
                "writers": ["oven/heater"],
                "safe": 7,
                "watchdog": 5,
                **more,
            }
        },
    }


class Site:
    """A folder with a flow, its service, and the device."""

    def __init__(self, service: Service, slave: Slave) -> None:
        self.service, self.slave = service, slave

    @property
    def heater(self) -> float:
        found: float = struct.unpack(">f", struct.pack(">2H", *self.slave.bank.holding[20:22]))[0]
        return found

    def written(self) -> set[int]:
        return {seen.address for seen in self.slave.seen if seen.function == 16}

    async def until(self, condition: Callable[[], Any], seconds: float = 30) -> None:
        async with asyncio.timeout(seconds):
            while not condition():
                await asyncio.sleep(0.02)

    async def act(self, what: Any, **more: Any) -> str:
        return await self.service.machines.act(Act(what=what, by="anna", **more))

    def failed(self) -> list[str]:
        return [letter.reason for letter in self.service.letters()]


def site(
    folder: Path,
    workers: Workers | None,
    main: Callable[[Site], Awaitable[None]],
    value: float = 50,
    prepare: Callable[[Path, int], None] = lambda folder, port: write_envelope(folder, envelope(port)),
    interval: float = 0.1,
) -> None:
    folder.mkdir(exist_ok=True)

    async def run() -> None:
        async with slave_on_tcp() as slave:
            (folder / "oven.json").write_text(json.dumps(flow(slave.port, value, interval)))
            prepare(folder, slave.port)
            service = Service(folder, REGISTRY, workers=workers)
            try:
                await service.start(strict=False)
                await main(Site(service, slave))
            finally:
                await service.stop(1)

    asyncio.run(run())

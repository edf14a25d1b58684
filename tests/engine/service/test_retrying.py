"""A flow whose store cannot be opened at the start is tried again by itself, and runs when the disk can be used."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

import pytest

from flowengine.errors import StoreUnavailable
from flowengine.registry import Registry
from flowengine.service import Service, Who
from flowengine.service.places import checkpoints_folder
from flowengine.workers.settings import Workers
from tests.plants.small_disk import SmallDisk

WITHIN = 30.0
"""Seconds after the disk can be used again."""
OTTO = Who("Otto")

FLOW = {
    "flowengine": 1,
    "name": "a",
    "delivery": "at-least-once",
    "nodes": {
        "tick": {"type": "timing/every", "options": {"interval": 0.05, "send": "count"}},
        "count": {"type": "debug/counter"},
    },
    "wires": [{"from": "tick", "to": "count"}],
}


class InTheWay:
    """A file where the folder of the store is to be: nobody can open anything there, not even root."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def begin(self) -> None:
        self.folder.parent.mkdir(parents=True, exist_ok=True)
        self.folder.write_text("")

    def end(self) -> None:
        self.folder.unlink()

    def clear(self) -> None:
        pass


class Full:
    """The folder of the store on a disk without room for a byte."""

    def __init__(self, folder: Path) -> None:
        self.disk = SmallDisk(folder, 4_000_000)
        self.room = contextlib.ExitStack()

    def begin(self) -> None:
        self.disk.folder.parent.mkdir(parents=True, exist_ok=True)
        self.disk.__enter__()
        self.room.enter_context(self.disk.full())

    def end(self) -> None:
        self.room.close()

    def clear(self) -> None:
        self.disk.__exit__()


async def comes_up(service: Service) -> None:
    async with asyncio.timeout(WITHIN):
        while service.summary().flows[0].state != "running":
            await asyncio.sleep(0.02)


@pytest.mark.parametrize(
    ("fault", "workers"),
    [(InTheWay, None), (Full, None), (InTheWay, Workers(most=1, field=False))],
    ids=["cannot be made", "disk full", "in a worker"],
)
def test_a_flow_waits_for_its_store_says_so_and_runs_by_itself(
    fault: type[InTheWay] | type[Full], workers: Workers | None, tmp_path: Path
) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(FLOW))

    async def main(store: InTheWay | Full) -> None:
        service = Service(folder, Registry.discover(), workers=workers)
        try:
            await service.start(strict=False)
            summary = service.summary().flows[0]
            assert summary.state == "failed"
            assert "stored state" in summary.error
            assert summary.error.endswith("it is tried again by itself")
            assert [(one.flow, one.active) for one in service.engine.faults.all()] == [("a", True)]
            with pytest.raises(StoreUnavailable):
                await service.run("a", True, OTTO)
            store.end()
            await comes_up(service)
            assert [one.active for one in service.engine.faults.all()] == [False]
        finally:
            await service.stop(1)

    store = fault(checkpoints_folder(folder))
    store.begin()
    try:
        asyncio.run(main(store))
    finally:
        store.clear()


def test_a_flow_that_somebody_stops_meanwhile_is_not_started(tmp_path: Path) -> None:
    folder = tmp_path / "flows"
    folder.mkdir()
    (folder / "a.json").write_text(json.dumps(FLOW))
    store = InTheWay(checkpoints_folder(folder))
    store.begin()

    async def main() -> None:
        service = Service(folder, Registry.discover())
        try:
            await service.start(strict=False)
            await service.run("a", False, OTTO)
            store.end()
            await asyncio.sleep(0)
            await asyncio.wait_for(asyncio.gather(*service._retrying._trying.values()), WITHIN)
            assert service.summary().flows[0].state == "stopped"
        finally:
            await service.stop(1)

    asyncio.run(main())

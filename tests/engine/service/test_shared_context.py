"""Values of the context `global` are there again after a restart."""

from __future__ import annotations

import asyncio
import json
import logging
from pathlib import Path

import pytest

from flowengine.clock import VirtualClock
from flowengine.context import MemoryContext
from flowengine.registry import Registry
from flowengine.service import Service
from flowengine.service.shared_context import EVERY, KeptContext
from flowengine.workers.settings import Workers


def test_what_was_set_is_on_disk_a_moment_later_however_the_process_ends(tmp_path: Path) -> None:
    async def killed(clock: VirtualClock) -> None:
        context = MemoryContext()
        await KeptContext(context, tmp_path / "c.sqlite", clock).begin()
        context.set("counts.total", 2**70)
        context.set("gone", 1)
        await clock.sleep(2 * EVERY)
        context.set("gone", None)
        context.set("name", "oven")
        await clock.sleep(2 * EVERY)

    async def again(clock: VirtualClock) -> None:
        context = MemoryContext()
        kept = KeptContext(context, tmp_path / "c.sqlite", clock)
        await kept.begin()
        assert context.values == {"counts": {"total": 2**70}, "name": "oven"}
        await kept.end()

    for main in (killed, again):
        clock = VirtualClock()
        clock.run(main(clock))


def test_a_value_that_no_file_can_hold_is_named_once_and_the_others_are_kept(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async def main(clock: VirtualClock) -> None:
        context = MemoryContext()
        kept = KeptContext(context, tmp_path / "c.sqlite", clock)
        await kept.begin()
        for number in range(3):
            context.set("thing", object())
            context.set("number", number)
            await clock.sleep(2 * EVERY)
        await kept.end()
        again = MemoryContext()
        await KeptContext(again, tmp_path / "c.sqlite", clock).begin()
        assert again.values == {"number": 2}

    clock = VirtualClock()
    clock.run(main(clock))
    assert caplog.text.count("'thing'") == 1


@pytest.mark.parametrize("workers", [None, Workers()])
def test_a_service_begins_with_what_the_one_before_it_has_set(tmp_path: Path, workers: Workers | None) -> None:
    logging.getLogger().setLevel(logging.WARNING)
    empty = {"flowengine": 1, "nodes": {}, "wires": []}
    (tmp_path / "one.json").write_text(json.dumps(empty))

    async def main() -> None:
        registry = Registry.discover()
        for number in range(2):
            service = Service(tmp_path, registry, workers=workers)
            await service.start()
            assert service.engine.shared.get("n", 0) == number
            service.engine.shared.set("n", number + 1)
            await service.stop(0)

    asyncio.run(main())

"""A process is forked, or nothing of the attempt is left."""

from __future__ import annotations

import asyncio
import os

from flowengine.processes.nursery import Nursery
from flowengine.registry import Registry


def test_a_birth_that_nobody_waits_for_any_more_leaves_nothing_open() -> None:
    async def main() -> None:
        nursery = Nursery(Registry(), ["flowengine.workers.main:main"])
        nursery.start()
        before = len(os.listdir("/proc/self/fd"))
        birth = asyncio.ensure_future(nursery.spawn("flowengine.workers.main:main", "nobody's"))
        await asyncio.sleep(0)
        assert len(os.listdir("/proc/self/fd")) > before
        birth.cancel()
        await asyncio.gather(birth, return_exceptions=True)
        assert len(os.listdir("/proc/self/fd")) == before
        nursery.close()

    asyncio.run(main())

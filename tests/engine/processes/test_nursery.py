"""A process is forked, or nothing of the attempt is left; what hangs is told from what is slow."""

from __future__ import annotations

import asyncio
import contextlib
import os
import select
from typing import Any

from flowengine.processes.nursery import Nursery
from flowengine.processes.silence import LONGEST, LONGEST_STEP, Silence
from flowengine.registry import Registry

WORKER = "flowengine.workers.main:main"


def open_files() -> set[str]:
    """Return what this process has open, each by a name of its own: others open and close theirs at the same time."""
    found = set()
    for handle in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{handle}"))
    return found


def test_a_birth_that_nobody_waits_for_any_more_leaves_nothing_open() -> None:
    async def main() -> None:
        nursery = Nursery(Registry(), [WORKER])
        nursery.start()
        before = open_files()
        birth = asyncio.ensure_future(nursery.spawn(WORKER, "nobody's"))
        await asyncio.sleep(0)
        opened = open_files() - before
        assert opened
        birth.cancel()
        await asyncio.gather(birth, return_exceptions=True)
        assert not opened & open_files()
        nursery.close()

    asyncio.run(main())


def test_a_child_that_is_born_in_the_turn_in_which_it_is_given_up_troubles_nobody() -> None:
    async def main() -> None:
        nursery, loop = Nursery(Registry(), [WORKER]), asyncio.get_running_loop()
        troubles: list[dict[str, Any]] = []
        loop.set_exception_handler(lambda _, trouble: troubles.append(trouble))
        nursery.start()
        birth = asyncio.ensure_future(nursery.spawn(WORKER, "nobody's"))
        await asyncio.sleep(0)
        assert nursery._line is not None
        assert select.select([nursery._line], [], [], 300)[0], "it is never born"
        loop.call_soon(birth.cancel)  # runs before the loop, which was kept from it until now, reads of the birth
        await asyncio.gather(birth, return_exceptions=True)
        assert birth.cancelled()
        assert not troubles
        nursery.close()

    asyncio.run(main())


def hangs(*looks: tuple[str, float], waited_for: bool = True) -> bool:
    """Look as often as it takes, at each of these in turn."""
    silence, enough = Silence(), 3 * int(LONGEST / LONGEST_STEP)
    return any(silence.look(*looks[n % len(looks)], waited_for, LONGEST_STEP) for n in range(enough))


def test_what_is_stopped_or_sleeps_while_it_is_waited_for_hangs() -> None:
    assert hangs(("T", 1.5))
    assert hangs(("t", 1.5))
    assert hangs(("S", 1.5))
    assert not hangs(("T", 1.5), waited_for=False)


def test_what_runs_would_run_waits_for_a_disk_or_gets_on_is_only_slow() -> None:
    assert not hangs(("R", 1.5))
    assert not hangs(("D", 1.5))
    assert not hangs(("S", 1.5), ("S", 1.51))
    assert not hangs(("S", 1.5), ("S", 1.5), ("R", 1.5))


def test_who_looks_late_takes_nothing_for_silence() -> None:
    silence = Silence()
    assert not any(silence.look("S", 1.5, True, 60.0) for _ in range(int(LONGEST / LONGEST_STEP)))

"""A process is forked, or nothing of the attempt is left; what hangs is told from what is slow."""

from __future__ import annotations

import asyncio
import contextlib
import os

from flowengine.processes.nursery import Nursery
from flowengine.processes.silence import LONGEST, LONGEST_STEP, Silence
from flowengine.registry import Registry


def open_files() -> set[str]:
    """Return what this process has open, each by a name of its own: others open and close theirs at the same time."""
    found = set()
    for handle in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.add(os.readlink(f"/proc/self/fd/{handle}"))
    return found


def test_a_birth_that_nobody_waits_for_any_more_leaves_nothing_open() -> None:
    async def main() -> None:
        nursery = Nursery(Registry(), ["flowengine.workers.main:main"])
        nursery.start()
        before = open_files()
        birth = asyncio.ensure_future(nursery.spawn("flowengine.workers.main:main", "nobody's"))
        await asyncio.sleep(0)
        opened = open_files() - before
        assert opened
        birth.cancel()
        await asyncio.gather(birth, return_exceptions=True)
        assert not opened & open_files()
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

"""Workers that stand still under a guarded machine: `python -m tests.soak.silent --trials 100`.

A flow commands a heater ten times a second. At a random moment its worker is stopped (SIGSTOP); the heater must be at
its safe value within the watchdog, one look and the time that a write takes. Then the worker goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import sys
import tempfile
from pathlib import Path

from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.engine.service.test_machines import Site, site

WATCHDOG = 0.5
"""Seconds, as the envelope of the test says."""
ALLOWED = WATCHDOG + 0.05 + 0.1 + 0.1
"""The watchdog, one look, one period of the flow (a command may just have come), and what a write takes here."""


def main() -> None:
    """Run the trials; the exit code is 1 when one took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    rng, took = random.Random(arguments.seed), list[float]()

    async def trials(one: Site) -> None:
        fleet = one.service.engine
        assert isinstance(fleet, Fleet)
        clock = asyncio.get_running_loop().time
        await one.act("arm")
        for _ in range(arguments.trials):
            await one.until(lambda: one.heater == 50)
            await asyncio.sleep(rng.random() * 0.3)
            child = fleet.seats[0].child
            assert child is not None
            os.kill(child.pid, signal.SIGSTOP)
            began = clock()
            while one.heater != 7 and clock() - began < 10:
                await asyncio.sleep(0.002)
            took.append(clock() - began)
            os.kill(child.pid, signal.SIGCONT)

    with tempfile.TemporaryDirectory() as folder:
        site(Path(folder) / "flows", Workers(most=1, hang=60), trials)
    took.sort()
    late = sum(one > ALLOWED for one in took)
    print(
        f"{len(took)} trials (seed {arguments.seed}): safe after {took[len(took) // 2] * 1000:.0f} ms (median), "
        f"{took[-1] * 1000:.0f} ms at most; {late} later than {ALLOWED * 1000:.0f} ms"
    )
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()

"""Who commands a guarded machine falls silent: `python -m tests.soak.silent --trials 100 [--who WHO]`.

A flow commands a heater ten times a second. At a random moment its worker is held (SIGSTOP) or killed (SIGKILL), or
the engine is killed with all its workers. The heater must be at its safe value within the watchdog, one look and the
time that a write takes; where a worker was killed, a command of its successor may come instead.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import tempfile
from asyncio.subprocess import DEVNULL
from pathlib import Path

from flowengine.access.local import find_local
from flowengine.settings import STATE_FOLDER
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.engine.service.guarded_site import Site, envelope, flow, site
from tests.engine.service.test_stop_door import page_that_has_armed
from tests.plants.modbus_slave import slave_on_tcp
from tests.plants.signed_envelope import write_envelope

WATCHDOG = 0.5
"""Seconds."""
INTERVAL = 0.1
"""Seconds between two commands of the flow."""
MORE = 0.05 + INTERVAL + 0.1
"""Seconds beside the watchdog: one look, one period of the flow (a command may just have come), a write here."""


def workers(trials: int, rng: random.Random, number: signal.Signals, watchdog: float = WATCHDOG) -> list[float]:
    """Hold or kill the worker so often; returns how long the heater stood at what it was told last."""
    took = list[float]()

    async def main(one: Site) -> None:
        fleet = one.service.engine
        assert isinstance(fleet, Fleet)
        clock = asyncio.get_running_loop().time
        await one.act("arm")
        for _ in range(trials):
            await one.until(lambda: one.heater == 50 and fleet.seats[0].pid, seconds=120)
            await asyncio.sleep(rng.random() * INTERVAL)
            pid, before = fleet.seats[0].pid, len(_commands(one))
            fleet.seats[0].falls = 0  # else the pauses before its successors would grow from trial to trial
            os.kill(pid, number)
            began = last = clock()
            while one.heater != 7 and clock() - began < 10:
                if number == signal.SIGKILL and len(_commands(one)) > before:
                    if clock() - began > 0.15:
                        break  # its successor commands
                    before, last = len(_commands(one)), clock()  # one that was on its way
                await asyncio.sleep(0.002)
            took.append(clock() - last)
            if number == signal.SIGSTOP:
                os.kill(pid, signal.SIGCONT)

    def prepare(at: Path, port: int) -> None:
        write_envelope(at, envelope(port, watchdog=watchdog))

    with tempfile.TemporaryDirectory() as folder:
        site(Path(folder) / "flows", Workers(most=1, hang=60), main, prepare=prepare)
    return took


def engines(trials: int, rng: random.Random) -> list[float]:
    """Kill an engine of its own so often; returns how long it took until the heater was safe."""

    def prepare(folder: Path, port: int) -> None:
        folder.mkdir()
        (folder / "oven.json").write_text(json.dumps(flow(port, 50)))
        write_envelope(folder, envelope(port))

    async def main(folder: Path) -> list[float]:
        took = list[float]()
        async with slave_on_tcp() as slave:
            one = Site(None, slave)  # type: ignore[arg-type]
            await asyncio.to_thread(prepare, folder, slave.port)
            command = [sys.executable, "-m", "flowengine", "run", str(folder), "--port", "0"]
            for _ in range(trials):
                (folder / STATE_FOLDER / "local.json").unlink(missing_ok=True)
                engine = await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL)
                while True:
                    local = find_local(folder / STATE_FOLDER)
                    if local is not None:
                        break
                    await asyncio.sleep(0.05)
                await asyncio.to_thread(page_that_has_armed, folder)
                await one.until(lambda: one.heater == 50)
                await asyncio.sleep(rng.random() * 0.3)
                began = asyncio.get_running_loop().time()
                engine.kill()
                await one.until(lambda: one.heater == 7)
                took.append(asyncio.get_running_loop().time() - began)
                await engine.wait()
        return took

    with tempfile.TemporaryDirectory() as name:
        return asyncio.run(main(Path(name) / "flows"))


def _commands(one: Site) -> list[object]:
    return [seen for seen in one.slave.seen if seen.function == 16]


def main() -> None:
    """Run the trials; the exit code is 1 when one took too long."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100)
    parser.add_argument("--who", choices=["held worker", "killed worker", "killed engine"], default="held worker")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    if arguments.who == "killed engine":
        took = engines(arguments.trials, rng)
    else:
        took = workers(arguments.trials, rng, signal.SIGSTOP if arguments.who == "held worker" else signal.SIGKILL)
    took.sort()
    allowed = WATCHDOG + MORE
    late = sum(one > allowed for one in took)
    print(
        f"{arguments.who}, {len(took)} trials (seed {arguments.seed}): {took[len(took) // 2] * 1000:.0f} ms (median), "
        f"{took[-1] * 1000:.0f} ms at most; {late} later than {allowed * 1000:.0f} ms"
    )
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()

"""A machine behind an envelope while everything goes wrong: `python -m tests.soak.guarded --minutes 10 [--seed N]`.

A flow commands a heater far outside its limits, another one writes what is not its own. In a seeded mix workers are
killed and held, the field process is killed, flows are deployed, the envelope is changed, forged, altered and set back,
people arm, stop, reset and write nonsense by hand, and presses of the emergency stop come with forged tickets. The
device's judge looks at every write: it must lie inside the envelope that is in force, or was until a moment ago.
"""

from __future__ import annotations

import argparse
import asyncio
import collections
import contextlib
import os
import random
import signal
import sys
import tempfile
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flowengine.access.stop_ticket import make_ticket, new_key
from flowengine.errors import FlowEngineError
from flowengine.flow.file import from_data
from flowengine.processes.link import LinkLost
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.engine.service.guarded_site import Site, envelope, plc, site
from tests.engine.service.test_stop_door import pressed
from tests.plants import forged_envelope
from tests.plants.signed_envelope import write_envelope
from tests.plants.write_judge import WriteJudge

HEATER = 20
NONSENSE: tuple[Any, ...] = (-1, 101, 1e308, float("nan"), float("inf"), True, "50", "", None, 40, 99.9, -0.0)


@dataclass
class Report:
    """What came of it."""

    writes: int = 0
    outside: list[str] = field(default_factory=list)
    done: collections.Counter[str] = field(default_factory=collections.Counter)


class Mix:
    """One run."""

    def __init__(self, one: Site, rng: random.Random) -> None:
        self.one, self.rng, self.done = one, rng, collections.Counter[str]()
        self.version = 1
        self.judge = WriteJudge(one.slave)
        self.judge.take(envelope(one.slave.port))

    async def run(self, seconds: float) -> Report:
        """Disturb for so long."""
        service = self.one.service
        await service.machines.open_stop_port("127.0.0.1")
        for name in ("oven", "evil"):
            await service.engine.deploy(service.plan(from_data(self._flow(name))))
        deeds: list[tuple[int, Callable[[], Awaitable[object]]]] = [
            *[(8, self.arm), (2, self.stop), (4, self.reset), (3, self.by_hand), (2, self.mode), (1, self.disarm)],
            *[(2, self.deploy), (2, self.kill_worker), (2, self.hold_worker), (1, self.kill_field)],
            *[(2, self.change), (3, self.forge), (2, self.press)],
        ]
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            (deed,) = self.rng.choices([deed for _, deed in deeds], [weight for weight, _ in deeds])
            name = deed.__name__
            try:
                async with asyncio.timeout(30):
                    await deed()
            except (FlowEngineError, LinkLost, OSError, TimeoutError, ValueError):
                name += " (refused)"
            self.done[name] += 1
            await asyncio.sleep(self.rng.random() * 0.4)
        return Report(self.judge.writes, self.judge.outside, self.done)

    def _flow(self, name: str) -> dict[str, Any]:
        factor, span, shift = (self.rng.choice(one) for one in ((7919, 104729, 13), (90, 120, 400), (0, 20, 150)))
        wild = f"(payload * {factor}) % {span} - {shift}"
        write = {"connection": "plc", "data_type": "float32"}
        nodes = {
            "tick": {"type": "timing/every", "options": {"interval": 0.02, "send": "count"}},
            "wild": {"type": "values/expression", "options": {"expression": wild}},
            "heater": {"type": "modbus/write", "options": {**write, "address": HEATER}},
            "other": {"type": "modbus/write", "options": {**write, "address": self.rng.choice((18, 21, 22, 30))}},
            "coil": {"type": "modbus/write", "options": {"connection": "plc", "table": "coil", "address": HEATER}},
        }
        wires = [{"from": "tick", "to": "wild"}, *({"from": "wild", "to": to} for to in ("heater", "other", "coil"))]
        return {"flowengine": 1, "name": name, "connections": plc(self.one.slave.port), "nodes": nodes, "wires": wires}

    # --- people ---

    async def arm(self) -> None:
        await self.one.act("arm")

    async def disarm(self) -> None:
        await self.one.act("disarm")

    async def stop(self) -> None:
        await self.one.act("stop", cause="the soak")

    async def reset(self) -> None:
        await self.one.act("reset-stop")
        await self.one.act("reset-trip")
        await self.one.act("arm")

    async def mode(self) -> None:
        await self.one.act("mode", target="heater", mode=self.rng.choice(("off", "advisory", "automatic", "wild")))

    async def by_hand(self) -> None:
        await self.one.act("mode", target="heater", mode="manual")
        for _ in range(5):
            with contextlib.suppress(FlowEngineError):
                await self.one.act("write", target="heater", value=self.rng.choice(NONSENSE))
        await self.one.act("mode", target="heater", mode="automatic")

    async def press(self) -> None:
        forged = make_ticket(new_key(), "anna", 1e12)
        status, _ = await pressed(self.one.service.machines.stop_port, {"ticket": forged})
        assert status == 403, "a forged ticket has stopped the machines"

    # --- processes ---

    async def deploy(self) -> None:
        service = self.one.service
        await service.engine.deploy(service.plan(from_data(self._flow(self.rng.choice(("oven", "evil"))))))

    async def kill_worker(self) -> None:
        os.kill(self._worker(), signal.SIGKILL)

    async def hold_worker(self) -> None:
        pid = self._worker()
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(self.rng.random())
        os.kill(pid, signal.SIGCONT)

    async def kill_field(self) -> None:
        fleet = self.one.service.engine
        assert isinstance(fleet, Fleet)
        assert fleet.field is not None
        os.kill(fleet.field.pid or 2**30, signal.SIGKILL)

    def _worker(self) -> int:
        fleet = self.one.service.engine
        assert isinstance(fleet, Fleet)
        return self.rng.choice([seat.pid for seat in fleet.seats if seat.pid] or [2**30])

    # --- the envelope ---

    async def change(self) -> None:
        """Sign other limits, with the next version."""
        self.version += 1
        limits = {**self._limits(float(self.rng.choice((40, 60, 100)))), "version": self.version}
        self.judge.take(limits)
        write_envelope(self.one.service.folder, limits)
        await self.one.service.machines.take_changed()

    async def forge(self) -> None:
        """Put limits there that OT has not signed, or not so; then the true ones again."""
        wide = {**self._limits(9999), "version": self.version}
        with forged_envelope.forged(self.one.service.folder, self.rng.choice(forged_envelope.WAYS), wide):
            await self.one.service.machines.take_changed()
        await self.one.service.machines.take_changed()

    def _limits(self, high: float) -> dict[str, Any]:
        return envelope(self.one.slave.port, range=[0, high], clamp=self.rng.random() < 0.5)


def run(folder: Path, seconds: float, seed: int) -> Report:
    """Run the mix."""
    found: list[Report] = []

    async def main(one: Site) -> None:
        found.append(await Mix(one, random.Random(seed)).run(seconds))

    site(folder, Workers(most=2), main)
    return found[0]


def main() -> None:
    """Run the mix; the exit code is 1 when a write lay outside, or there was none."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        report = run(Path(name) / "flows", arguments.minutes * 60, arguments.seed)
    for one in report.outside[:20]:
        print(one)
    deeds = ", ".join(f"{count} {name}" for name, count in sorted(report.done.items()))
    print(f"{report.writes} writes, {len(report.outside)} outside the envelope (seed {arguments.seed}); {deeds}")
    sys.exit(1 if report.outside or not report.writes else 0)


if __name__ == "__main__":
    main()

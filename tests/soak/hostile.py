"""Hostile requests by the hundred thousand, by every road to a machine: `python -m tests.soak.hostile 1000000 [SEED]`.

One generator mixes them: commands on lines to the field process, by a worker that was taken over and by one out
of date; frames said again, and frames that are none; users of every role at the API, and nobody; deploys of flows
that write what is not theirs; forged envelopes; a plug-in that speaks on every socket of its worker. Beside them an
ordinary flow commands far beyond its limits. A Modbus device hears every write; its judge knows the envelope alone.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import argon2

from flowengine.access.access import Access, access_file
from flowengine.access.passwords import Passwords
from flowengine.access.roles import ROLES
from flowengine.registry import Registry
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from tests.plants import forged_envelope
from tests.plants.guarded_oven import oven
from tests.plants.modbus_slave import Slave
from tests.plants.signed_envelope import write_envelope
from tests.plants.write_judge import WriteJudge
from tests.soak import hostile_plant
from tests.soak.hostile_api import Api
from tests.soak.hostile_line import Stranger
from tests.soak.hostile_plug_in import plug_in
from tests.web.canvas.served import Served

LOT, ASKED = 400, 4
"""Requests of one turn: on a line, and at the API."""
FORGING, DEPLOYING, PLUGGING = 20, 40, 15
"""Turns between two forged envelopes, two deploys, and two attacks of the plug-in."""


@dataclass
class Report:
    """What came of it."""

    seed: int
    requests: int = 0
    by: dict[str, int] = field(default_factory=dict)
    """How many of them by which road."""
    done: int = 0
    """Requests that were carried out, cut to what may be or harmless."""
    refused: int = 0
    writes: int = 0
    outside: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __str__(self) -> str:
        roads = ", ".join(f"{count} {name}" for name, count in self.by.items())
        return (
            f"{self.requests} hostile requests ({roads}) in {self.seconds:.0f} s "
            f"({self.requests / self.seconds:.0f} a second); {self.refused} refused, {self.writes} writes, "
            f"{len(self.outside)} outside the envelope (seed {self.seed})"
        )


def run(folder: Path, requests: int, seed: int) -> Report:
    """Ask so often."""
    rng, report = random.Random(seed), Report(seed)
    tried = folder / "tried"
    with _attacked(folder, rng, tried) as (served, slave, judge):
        fleet = served.service.engine
        assert isinstance(fleet, Fleet)
        epoch = fleet._epoch
        lines = [served.do(lambda e=one: Stranger(fleet, e, rng)) for one in (epoch, epoch, 1)]  # type: ignore[misc]
        api = Api(served, judge, rng, slave.port)
        by = dict.fromkeys(("on lines", "at the API", "forged envelopes", "by a plug-in"), 0)
        begin, turn = time.monotonic(), 0
        while sum(by.values()) < requests:
            by["at the API"] += api.prepare()
            if turn % DEPLOYING == 1:
                by["at the API"] += api.deploy()
            if turn % FORGING == 2:
                by["forged envelopes"] += _forge(served, rng, slave.port)
            if turn % PLUGGING == 3:
                api.set_off("go")
            line = rng.choices(lines, (4, 4, 1))[0]
            by["on lines"] += line.attack(slave.port, LOT, rng.choice(lines).heard)
            by["at the API"] += api.attack(ASKED)
            by["by a plug-in"] = tried.stat().st_size if tried.exists() else 0
            turn += 1
        report.seconds = time.monotonic() - begin
        attackers: list[Stranger | Api] = [*lines, api]
        for one in attackers:
            report.done, report.refused = report.done + one.done, report.refused + one.refused
            one.close()
    report.by, report.requests = by, sum(by.values())
    report.writes, report.outside = judge.writes, judge.outside
    return report


@contextmanager
def _attacked(folder: Path, rng: random.Random, tried: Path) -> Iterator[tuple[Served, Slave, WriteJudge]]:
    """Run an installation with a signed envelope, users of all roles, an ordinary flow, and a hostile package."""
    flows = folder / "flows"
    flows.mkdir(parents=True)
    with oven() as slave:
        judge = WriteJudge(slave)
        judge.take(hostile_plant.envelope(slave.port))
        write_envelope(flows, hostile_plant.envelope(slave.port))
        flow = hostile_plant.oven(slave.port)
        flow["nodes"]["package"] = plug_in(rng.randrange(2**32), str(tried))
        flow["nodes"]["go"] = {"type": "timing/inject"}
        flow["wires"] += [{"from": "go", "to": "package"}, {"from": "package", "to": "heater"}]
        (flows / "oven.json").write_text(json.dumps(flow))
        access_file(flows).parent.mkdir(exist_ok=True)
        quick = Passwords(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        access = Access(access_file(flows), passwords=quick)
        for role in ROLES:
            access.users.add(role, role, "correct horse")
        access.close()
        served = Served(flows, Registry.discover(), Workers(most=2))
        served.start()
        try:
            yield served, slave, judge
        finally:
            served.stop()


def _forge(served: Served, rng: random.Random, port: int) -> int:
    """Put limits there that OT has not signed, or not so; then the true ones again."""
    wide = hostile_plant.envelope(port, wide=True)
    with forged_envelope.forged(served.folder, rng.choice(forged_envelope.WAYS), wide):
        _look_again(served)
    _look_again(served)
    return 1


def _look_again(served: Served) -> None:
    """Have the envelope looked at now, and not within a second."""
    assert served._loop is not None
    asyncio.run_coroutine_threadsafe(served.service.machines.take_changed(), served._loop).result(60)


def main() -> None:
    """Ask as often as the command line says; the exit code is 1 when a write lay outside, or there was none."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    print(f"seed {seed}", flush=True)
    with tempfile.TemporaryDirectory() as name:
        report = run(Path(name), requests, seed)
    for one in report.outside[:20]:
        print(one)
    print(report)
    sys.exit(1 if report.outside or not report.writes else 0)


if __name__ == "__main__":
    main()

"""Hostile requests to the guard by the hundred thousand: `python -m tests.engine.safety.fuzz 1000000 [SEED]`.

A machine of its own, which knows nothing of the guard but the envelope, notes every value that leaves, and counts those
that lie outside. The seed is printed; the same seed asks the same.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flowengine.errors import FlowEngineError
from flowengine.safety import acts
from flowengine.safety.guard import Guard
from flowengine.safety.limits import CREDIT
from flowengine.safety.model import MODES, Output
from flowengine.safety.verdict import Command
from tests.engine.safety.plant import ENVELOPE

HOSTILE: tuple[Any, ...] = (
    *(math.nan, math.inf, -math.inf, 1e308, -0.0, 5e-324, 10**400, 2**63, True, False, None, "", "red", "green"),
    *("50", "0x10", "'; DROP", "\x00", [], [50], {}, {"value": 5}, b"\x00", 1j, 100.0000001, -0.0000001, 99.999),
)
WRITERS = ("oven-control/pid", "oven-control/pid2", "press/x", "", "*", "oven-control", "anna", "../oven-control/pid")


@dataclass
class Machine:
    """What was written, judged by the envelope alone."""

    last: dict[str, tuple[Any, float]] = field(default_factory=dict)
    """Output -> its value, and the seconds that have really passed by then."""
    passed: float = 0.0
    writes: int = 0
    outside: list[str] = field(default_factory=list)

    def write(self, output: Output, value: Any) -> None:
        """Take a value."""
        self.writes += 1
        reason = self._wrong(output, value)
        if reason:
            self.outside.append(f"{output.name}: {value!r}: {reason}")
        self.last[output.name] = value, self.passed

    def _wrong(self, output: Output, value: Any) -> str:
        if output.low is None or output.high is None:
            return "" if any(type(value) is type(v) and value == v for v in output.values) else "not among the values"
        if isinstance(value, bool) or not isinstance(value, int | float) or not output.low <= value <= output.high:
            return "range"
        if output.name not in self.last:
            return ""
        before, at = self.last[output.name]
        elapsed = self.passed - at
        if elapsed < output.interval - 1e-6:
            return f"interval: {elapsed:g} s"
        most = math.inf if output.rate is None else output.rate * min(elapsed, max(CREDIT, output.interval))
        return f"rate: from {before:g} in {elapsed:g} s" if abs(value - before) > most + 1e-6 else ""


def run(requests: int, seed: int) -> Machine:
    """Ask so often; returns the machine."""
    rng, guard, machine, now = random.Random(seed), Guard(ENVELOPE), Machine(), 1000.0
    addresses = [*(output.address for output in ENVELOPE.outputs.values()), "elsewhere", ""]
    by_address = {output.address: output for output in ENVELOPE.outputs.values()}
    for number in range(requests):
        dice = rng.random()
        if dice < 0.5:
            step = rng.choice((0.0, 0.01, 0.3, 0.5, 1.0, 2.5)) if dice < 0.49 else rng.choice((-5.0, -1e4, 1e4, 60.0))
            now, machine.passed = now + step, machine.passed + max(0.0, step)
        if number % 8 == 0 or rng.random() < 0.02:
            _live(rng, guard, now)
        if rng.random() < 0.05:
            for write in guard.scan(now):
                guard.made_safe(write.output, now)
                machine.last[write.output] = write.value, machine.passed
        commands = [_command(rng, addresses) for _ in range(rng.choice((1, 1, 1, 2, 3)))]
        stopped = bool(guard.stops)
        live = {one for one, how in guard.standing.items() if how.armed and not how.trips}
        for command, verdict in zip(commands, guard.decide(commands, now), strict=True):
            if verdict.writes:
                output = by_address[command.address]
                machine.write(output, verdict.value)
                if stopped or output.name not in live:
                    machine.outside.append(f"{output.name}: written although it was stopped, tripped or disarmed")
        if number % 1000 == 999:
            guard.take_events()
        if rng.random() < 0.0005:
            guard = Guard(ENVELOPE, guard.state())
            machine.last.clear()  # a new guard begins where the machine stands
    return machine


def _command(rng: random.Random, addresses: list[str]) -> Command:
    value = rng.choice(HOSTILE) if rng.random() < 0.4 else rng.choice((rng.uniform(-20, 120), rng.random() < 0.5))
    writer = WRITERS[0] if rng.random() < 0.8 else rng.choice(WRITERS)
    age = 0.0 if rng.random() < 0.9 else rng.choice((-9.0, 6.0, math.nan, math.inf))
    fence = None if rng.random() < 0.9 else rng.randrange(5)
    return Command(rng.choice(addresses), value, writer, "", age, fence, rng.random() < 0.1)


def _live(rng: random.Random, guard: Guard, now: float) -> None:
    """Let inputs speak, mostly well, and people act."""
    for name, good in (("temperature", 200.0), ("pressure", 1.0), ("door", False), ("button", False), ("shown", 10.0)):
        if rng.random() < 0.995:
            guard.sense(name, good, "good", now)
        else:
            guard.sense(name, rng.choice(HOSTILE), rng.choice(("good", "bad", "uncertain")), now)
    attempts: list[Callable[[], None]] = [
        lambda: acts.reset_stop(guard, "anna", now),
        lambda: acts.reset_trip(guard, "", "anna", now),
        lambda: acts.set_mode(guard, "", "automatic" if rng.random() < 0.9 else rng.choice(MODES), "anna", now),
        lambda: acts.arm(guard, "", "anna", now) if rng.random() < 0.9 else acts.disarm(guard, "", "anna"),
    ]
    for act in attempts:
        try:
            act()
        except FlowEngineError:
            continue


def main() -> None:
    """Ask as often as the command line says."""
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else random.SystemRandom().randrange(2**32)
    machine = run(requests, seed)
    for one in machine.outside[:20]:
        print(one)
    print(f"{requests} requests, {machine.writes} writes, {len(machine.outside)} outside the envelope (seed {seed})")
    sys.exit(1 if machine.outside or not machine.writes else 0)


if __name__ == "__main__":
    main()

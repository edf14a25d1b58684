"""Several machines of a kind: which of them is to go on or off next, by hours run and minimum times."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any


@dataclass
class Machine:
    """One of them."""

    on: bool = False
    since: float = -math.inf
    """Since when it is on, or off; s, by the time of readings."""
    hours: float = 0.0
    available: bool = True
    runs: bool | None = None
    """Whether it really runs, where that is told."""


class Lineup:
    """Machines that take turns; the clock is that of who asks."""

    def __init__(self, names: Sequence[str], minimum_on: float, minimum_off: float) -> None:
        """Take the names in the order that decides between equal hours, and the shortest times on and off, s."""
        self.machines = {name: Machine() for name in names}
        self._minimum_on, self._minimum_off = minimum_on, minimum_off
        self._wanted = 0
        """Machines that are to be on; fewer are where one was lost and none could take its place."""

    @property
    def on_count(self) -> int:
        """How many are on."""
        return sum(machine.on for machine in self.machines.values())

    def count(self, seconds: float) -> None:
        """Let time pass for those that run."""
        for machine in self.machines.values():
            if machine.on if machine.runs is None else machine.runs:
                machine.hours += seconds / 3600.0

    def shift(self, seconds: float) -> None:
        """Leave out a time: what had been on, or off, for so long at its begin has been for no longer at its end."""
        for machine in self.machines.values():
            machine.since += seconds

    def more(self, time: float) -> bool:
        """Switch one more on: of those that may, the one with the fewest hours; returns whether there was one."""
        able = [m for m in self.machines.values() if self._may_go_on(m, time)]
        if not able:
            return False
        self._switch(min(able, key=lambda machine: machine.hours), True, time)
        self._wanted = self.on_count
        return True

    def fewer(self, time: float) -> bool:
        """Switch one off: of those that may, the one with the most hours; returns whether there was one."""
        able = [m for m in self.machines.values() if self._may_go_off(m, time)]
        if not able:
            return False
        self._switch(max(able, key=lambda machine: machine.hours), False, time)
        self._wanted = self.on_count
        return True

    def replace_lost(self, time: float, needed: bool = True) -> int:
        """Switch off what is no longer available, and others on for it if `needed`; returns how many are missing."""
        for machine in self.machines.values():
            if machine.on and not machine.available:
                self._switch(machine, False, time)
        wanted = self._wanted = self._wanted if needed else self.on_count
        while self.on_count < wanted and self.more(time):
            continue
        self._wanted = wanted
        return wanted - self.on_count

    def relieve(self, hours: float, time: float) -> None:
        """Let a machine that has so many hours less than one that is on take its turn."""
        able = [m for m in self.machines.values() if self._may_go_on(m, time)]
        tired = [m for m in self.machines.values() if self._may_go_off(m, time)]
        if able and tired:
            fresh, worn = min(able, key=lambda m: m.hours), max(tired, key=lambda m: m.hours)
            if worn.hours - fresh.hours > hours:
                self._switch(fresh, True, time)
                self._switch(worn, False, time)

    def keep(self, count: int, time: float) -> None:
        """Leave so many on, at once: those with the fewest hours."""
        on = sorted((m for m in self.machines.values() if m.on), key=lambda m: m.hours)
        for machine in on[count:]:
            self._switch(machine, False, time)
        self._wanted = min(self._wanted, count)

    def told(self) -> dict[str, dict[str, Any]]:
        """Return what a person wants to know of each; `turn` 1 goes on next, or goes off last."""
        order = sorted(self.machines, key=lambda name: self.machines[name].hours)
        return {
            name: {"on": m.on, "available": m.available, "hours": round(m.hours, 3), "turn": order.index(name) + 1}
            for name, m in self.machines.items()
        }

    def state(self) -> dict[str, Any]:
        """Return what is to be remembered."""
        machines = {name: {**asdict(m), "since": _finite(m.since)} for name, m in self.machines.items()}
        return {"wanted": self._wanted, "machines": machines}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned; a machine that is not known begins anew."""
        for name, kept in state.get("machines", {}).items():
            if name in self.machines:
                self.machines[name] = Machine(
                    **{**kept, "since": -math.inf if kept["since"] is None else kept["since"]}
                )
        self._wanted = min(state.get("wanted", 0), len(self.machines))

    def _may_go_on(self, machine: Machine, time: float) -> bool:
        return not machine.on and machine.available and self._over(machine.since, self._minimum_off, time)

    def _may_go_off(self, machine: Machine, time: float) -> bool:
        return machine.on and self._over(machine.since, self._minimum_on, time)

    def _over(self, since: float, seconds: float, time: float) -> bool:
        return time - since >= seconds - 1e-6

    def _switch(self, machine: Machine, on: bool, time: float) -> None:
        machine.on, machine.since = on, time


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

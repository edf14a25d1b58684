"""What a simple signal node costs beside a change node: processor time a reading, in a flow and alone.

In a flow: a source makes the readings, the engine stamps them, they pass the node and reach a counter, as in the
workload `chain1`. Alone: readings that are there already, through the node, into an inbox that does nothing.
"""

from __future__ import annotations

import asyncio
import gc
import random
import statistics
import time
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from flowengine import Message
from flowengine.flow.plan import PlannedWire
from flowengine.node import Transform
from flowengine.options import build
from flowengine.registry import Registry
from flowengine.runtime.chains.chain import compile_chain
from flowengine.runtime.chains.world import World
from flowengine.testing import running

READINGS = 10_000
"""Readings of a sample: one topic, ten a second, noise about 20."""

BATCH = 250
"""Readings handed over at a time, as a source does."""

TURNS = 15
"""Samples of each node in a round, in turns; the fastest counts, as the machine is others' too."""

BASELINE = "values/change"
WANTED = 1.5

Options = dict[str, Any]

CHANGE: tuple[str, Options] = (BASELINE, {"rules": [{"property": "unit", "to": "degC"}]})
NODES: dict[str, tuple[str, Options]] = {
    "hysteresis": ("signal/hysteresis", {"on": 21.0, "off": 19.0}),
    "edge": ("signal/edge", {"edges": "both"}),
    "debounce": ("signal/debounce", {}),
    "rate-of-change": ("signal/rate-of-change", {}),
    "ewma": ("signal/ewma", {}),
    "ewma by count": ("signal/ewma", {"by": "count"}),
    "moving-average": ("signal/moving-average", {"count": 10}),
    "median": ("signal/median", {"count": 5}),
}
BINARY = frozenset({"edge", "debounce"})
"""Those that are given true and false: one of twenty readings is true, as of a contact that bounces."""


class Cost(msgspec.Struct, frozen=True):
    """Nanoseconds a reading, and the same for a change node that is given the same; one of each a round."""

    name: str
    in_a_flow: bool
    ours: tuple[float, ...]
    change: tuple[float, ...]

    @property
    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(mine / other for mine, other in zip(self.ours, self.change, strict=True))


def measure(rounds: int) -> list[Cost]:
    """Measure all nodes, and the change node with the same readings, in turns."""
    registry = Registry.discover()
    taken: dict[tuple[str, bool], tuple[list[float], list[float]]] = {
        (name, in_a_flow): ([], []) for in_a_flow in (True, False) for name in NODES
    }
    for _ in range(rounds):
        for in_a_flow in (True, False):
            best: dict[str, float] = {}
            for _ in range(TURNS):
                for name, (kind, options) in {**NODES, "change": CHANGE, "change binary": CHANGE}.items():
                    readings = _binary() if name in BINARY or name == "change binary" else _analogue()
                    cost = asyncio.run(_sample(registry, kind, options, readings, in_a_flow))
                    best[name] = min(best.get(name, cost), cost)
            for name in NODES:
                ours, change = taken[name, in_a_flow]
                ours.append(best[name])
                change.append(best["change binary" if name in BINARY else "change"])
    return [Cost(*key, tuple(ours), tuple(change)) for key, (ours, change) in taken.items()]


def table(costs: list[Cost]) -> Iterator[str]:
    """Give the lines of a table."""
    yield f"{'node':<16} {'in a flow':>10} {'change':>8} {'ratio':>7} {'alone':>8} {'change':>8} {'ratio':>7}"
    alone = {cost.name: cost for cost in costs if not cost.in_a_flow}
    for cost in costs:
        if cost.in_a_flow:
            yield f"{cost.name:<16}{_columns(cost)} {_columns(alone[cost.name])}"
    yield f"nanoseconds of processor time a reading; wanted in a flow: {WANTED}x at most"


def _columns(cost: Cost) -> str:
    return f"{statistics.median(cost.ours):>8.0f} {statistics.median(cost.change):>8.0f} {cost.ratio:>6.2f}x"


def _analogue() -> list[Any]:
    dice = random.Random(1)
    return [20 + dice.gauss(0, 1) for _ in range(READINGS)]


def _binary() -> list[Any]:
    return [n % 20 == 19 for n in range(READINGS)]


async def _sample(
    registry: Registry, kind: str, options: Mapping[str, Any], payloads: list[Any], in_a_flow: bool
) -> float:
    """Return the nanoseconds of processor time that a reading takes, through a new node."""
    node, counter = build(registry.types[kind].cls, dict(options)), build(registry.types["debug/counter"].cls, {})
    assert isinstance(node, Transform)
    way_in, way_out = PlannedWire("in", "out", "node", "in"), PlannedWire("node", "out", "end", "in")
    world = World(
        nodes={"node": node, "end": counter},
        outputs={"node": ["out"], "end": ["out"]},
        wires_from={("in", "out"): [way_in], ("node", "out"): [way_out]},
        ways_in={"node": 1, "end": 1},
        puts=lambda wire: _inbox if wire.target == "end" and not in_a_flow else None,
        registers={},
        fail=_failed,
        stamps=lambda size: (1e9, "run", list(map(str, range(size)))),
    )
    run = compile_chain(world, [way_in], in_a_flow).run
    made = [Message(value, "line/oven", 1e9 + n / 10, "good", str(n)) for n, value in enumerate(payloads)]
    async with running(node), running(counter):
        run(made[:BATCH], None)
        gc.disable()
        try:
            began = time.process_time_ns()
            for at in range(BATCH, len(made), BATCH):
                if in_a_flow:
                    run([Message(payloads[n], "line/oven", 1e9 + n / 10) for n in range(at, at + BATCH)], None)
                else:
                    run(made[at : at + BATCH], None)
            return (time.process_time_ns() - began) / (len(made) - BATCH)
        finally:
            gc.enable()


def _inbox(msg: Message, delivery: object) -> None:
    """Take a message."""


def _failed(node: str, error: Exception, msg: Message, delivery: object) -> None:
    raise error

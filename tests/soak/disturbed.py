"""How much bad flows disturb a good one, and what two flows that only calculate get out of two cores.

A flow that ticks every 10 ms notes how far from that each tick comes: while all is quiet, while one other loops without
end, crashes, leaks or floods, and while all four do, in turns. Meanwhile a client asks the web API ten times a second.

    python -m tests.soak.disturbed --rounds 8
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flowengine.access.access import Access, access_file
from flowengine.flow.file import from_data
from flowengine.flow.plan import Plan
from flowengine.message import Message
from flowengine.registry import Registry
from flowengine.runtime import loop
from flowengine.runtime.wiring import Tap
from flowengine.service import Service
from flowengine.workers.fleet import Fleet
from flowengine.workers.settings import Workers
from flowengine_web.listening import WebSettings, claim
from flowengine_web.serving import Web
from tests.web.api.client import Client

SECONDS = 6.0
NOTE = """
import time
now = time.monotonic()
last, state["last"] = state.get("last", now), now
late = state.setdefault("late", [])
late.append(abs(now - last - 0.01))
if len(late) < 100:
    return None
state["late"] = []
return msg.with_payload(late)
"""
WORK = "total = 0\nfor n in range(50_000):\n    total += n * n\nreturn msg.with_payload(total)"
BAD = {
    "hangs": "while True: pass",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "leaks": "kept.append(b'x' * 10**9)",
    "floods": "return [msg.with_payload(n) for n in range(10**7)]",
}

QUIET = "quiet"
PHASES: dict[str, tuple[str, ...]] = {QUIET: (), **{name: (name,) for name in BAD}, "all four": tuple(BAD)}
"""What is measured, and which flows are bad meanwhile."""


def ticking(code: str, interval: float, setup: str = "") -> dict[str, Any]:
    """A flow that runs code on each tick."""
    nodes: dict[str, Any] = {
        "tick": {"type": "timing/every", "options": {"interval": interval, "send": "count"}},
        "code": {"type": "values/python", "options": {"code": code.strip(), "setup": setup}},
        "count": {"type": "debug/counter"},
    }
    return {"flowengine": 1, "nodes": nodes, "wires": [{"from": "tick", "to": "code"}, {"from": "code", "to": "count"}]}


class Asking:
    """A client of the web API, in a thread of its own."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._headers = port, {"Authorization": f"Bearer {token}"}
        self._seconds: list[float] = []
        self._failed = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self._thread.start()

    def take(self) -> str:
        found, self._seconds, failed, self._failed = sorted(self._seconds), [], self._failed, 0
        if not found:
            return "no answer of the API"
        return f"API: {len(found)} answers, p99 {found[int(len(found) * 0.99)] * 1000:.0f} ms, {failed} failed"

    def end(self) -> None:
        self._stop.set()
        self._thread.join()

    def _ask(self) -> None:
        with Client(self._port) as client:
            while not self._stop.wait(0.1):
                for path in ("/health", "/api/project", "/api/figures"):
                    begin = time.monotonic()
                    reply = client.ask("GET", path, headers=self._headers)
                    self._seconds.append(time.monotonic() - begin)
                    self._failed += reply.status != 200


class Lateness:
    """What the good flow has noted."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def taps(self, plan: Plan) -> Mapping[str, Tap]:
        return {"count": self._took} if plan.name == "good" else {}

    def _took(self, node: str, port: str, msg: Message) -> None:
        self.seconds += msg.payload

    def take(self) -> tuple[float, str]:
        """Return p99 in milliseconds, and what there is to say."""
        found, self.seconds = sorted(self.seconds), []
        if not found:
            return float("inf"), "no tick at all"
        half, most = (found[int(len(found) * share)] * 1000 for share in (0.5, 0.99))
        return most, f"{len(found)} ticks, p50 {half:.2f} ms off, p99 {most:.2f} ms off"


async def disturb(service: Service, fleet: Fleet, lateness: Lateness, asking: Asking, rounds: int) -> None:
    """Print how the good flow fares, and those who look at it."""
    clock, worst = asyncio.get_running_loop().time, 0.0

    async def be_the_web() -> None:
        nonlocal worst
        while True:
            begin = clock()
            await asyncio.sleep(0.01)
            service.snapshot()
            worst = max(worst, clock() - begin - 0.01)

    web = asyncio.create_task(be_the_web())
    await asyncio.sleep(2)
    most: dict[str, list[float]] = {phase: [] for phase in PHASES}
    for phase in [*PHASES] * rounds:
        lateness.take()
        asking.take()
        for name in PHASES[phase]:
            give = asyncio.ensure_future(fleet.inject(name, "code", Message("bad")))
            give.add_done_callback(lambda done: done.cancelled() or done.exception())
        await asyncio.sleep(SECONDS)
        late, said = lateness.take()
        most[phase].append(late)
        print(f"{phase:10} {said}; {asking.take()}; load {os.getloadavg()[0]:.1f}", flush=True)
    web.cancel()
    quiet = statistics.median(most[QUIET])
    for phase, found in most.items():
        middle = statistics.median(found)
        print(f"p99, median of {rounds}: {phase:10} {middle:.2f} ms, {middle / quiet - 1:+.0%}")
    print(f"the parent answered within {worst * 1000:.0f} ms at worst")
    print("named:", ", ".join(sorted({f"{one.flow}/{one.node}" for one in fleet.faults.all() if one.level == "error"})))


async def calculate(service: Service, fleet: Fleet) -> None:
    """Print what one flow gets done, and what two do together."""
    rates = []
    for names in (["one"], ["one", "two"]):
        for name in names:
            if name not in fleet.flows:
                flow = from_data({**ticking(WORK, 0.001), "name": name})
                assert flow is not None
                await fleet.deploy(service.plan(flow))
        await asyncio.sleep(2)
        await fleet.refresh()
        before = sum(fleet.look(name).nodes["count"].received for name in names)
        await asyncio.sleep(SECONDS)
        await fleet.refresh()
        rates.append((sum(fleet.look(name).nodes["count"].received for name in names) - before) / SECONDS)
    print(f"one flow calculates {rates[0]:.0f} times a second, two {rates[1]:.0f}: {rates[1] / rates[0]:.2f} times")


async def _main(folder: Path, rounds: int) -> None:
    flows = {"good": ticking(NOTE, 0.01)}
    for name, code in BAD.items():
        flows[name] = ticking(f"if msg.payload == 'bad':\n    {code}\nreturn msg", 0.1, "kept = []")
    for name, flow in flows.items():
        (folder / f"{name}.json").write_text(json.dumps({**flow, "name": name}))
    service = Service(folder, Registry.discover(), workers=Workers(hang=3.0, memory=300_000_000))
    fleet, lateness = service.engine, Lateness()
    assert isinstance(fleet, Fleet)
    settings = WebSettings(port=0)
    listening = claim(settings)
    access = Access(access_file(folder))
    token = access.tokens.make("soak", "viewer")
    access.close()
    try:
        await service.start(lateness.taps)
        async with Web(service, settings, listening, None):
            asking = Asking(listening.getsockname()[1], token)
            try:
                await disturb(service, fleet, lateness, asking, rounds)
            finally:
                await asyncio.to_thread(asking.end)
        for name in flows:
            await fleet.undeploy(name, 0)
        await calculate(service, fleet)
    finally:
        await service.stop(1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        loop.run(_main(Path(folder), given.rounds))


if __name__ == "__main__":
    main()

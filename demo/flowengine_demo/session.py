"""The demo's parts, started in order and stopped in reverse: plant, broker, flows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sysconfig
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from flowengine.cli.web import Claim
from flowengine.errors import NotAllowed
from flowengine.flow.plan import Plan
from flowengine.registry import Registry
from flowengine.runtime.guard.desk import Act
from flowengine.safety.guard import may_write
from flowengine.service import Service
from flowengine.settings import environment
from flowengine.workers.settings import Workers
from flowengine_demo.broker import Broker, find_broker
from flowengine_demo.own_flows import ENGINE, own_flows
from flowengine_demo.plant.process import PlantProcess
from flowengine_demo.watch import Watch

LOG = logging.getLogger("flowengine.demo")

DRAIN_S = 5.0
KNOWN_WITHIN_S = 30.0
"""Seconds for the guard's inputs to be known before the demo arms."""
A_LOOK_S = 0.05
ARMED_BY = "the demo"
TUNING = {
    "OVEN_INTERVAL": 1.0,
    "LINE_INTERVAL": 1.0,
    "LINE_REPORT": 10.0,
    "LINE_RUN_TIME": 2.0,
    "AIR_INTERVAL": 1.0,
    "AIR_DELAY": 5.0,
    "AIR_MINIMUM": 10.0,
    "AIR_SPAN": 10.0,
    "AIR_GAP": 3.0,
    "AIR_LEAST": 15.0,
    "AIR_RECEIVER": 4.0,  # no time, but what leaks is told for a minute of the plant
    "BEARING_BLOCK": 4.0,
    "BEARING_AHEAD": 96.0,
    "OVEN_TI": 15.0,
    "OVEN_TD": 1.5,
    "OVEN_DEAD_TIME": 2.0,
    "OVEN_TIME_CONSTANT": 45.0,
    "OVEN_COST_WINDOW": 120.0,
    "OVEN_WARM_FOR": 30.0,
}
"""Times in the flows that belong to the plant's time, in seconds: a plant that runs faster needs them shorter."""


def flows_folder() -> Path:
    """Return the example flows: those of the repository, or those that were installed with the package."""
    repository = Path(__file__).resolve().parents[2] / "flows"
    return repository if repository.is_dir() else Path(sysconfig.get_path("data")) / "share" / "flowengine" / "flows"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the demo is started with."""

    registry: Registry
    flows: Path | None = None
    """The flows to run; None: a copy of the example flows."""
    canvas: Claim | None = None
    """Where the canvas is served; None: nowhere."""
    workers: Workers | None = None
    """How flows are spread over processes; None: all run in this one."""
    state: Path | None = None
    """Where flows, users and dead letters are kept; None: in a folder that is removed at the end."""
    broker: tuple[str, int | None] | None = None
    """A broker that runs already; None: one of our own."""
    speed: float = 1.0
    seed: int = 1
    door_every_s: float | None = 120.0
    """Plant seconds; None: the door opens on command only."""
    door_open_for_s: float = 10.0
    watchdog_s: float = 10.0
    """Seconds without a command after which the drive goes to 0 % by itself."""


class Session:
    """A running demo: `async with Session(settings) as session: ...`."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; nothing runs before the `async with`."""
        self.settings = settings
        self.watch = Watch()
        self.plant = PlantProcess(
            speed=settings.speed,
            seed=settings.seed,
            door_every_s=settings.door_every_s,
            door_open_for_s=settings.door_open_for_s,
            watchdog_s=settings.watchdog_s,
        )
        self.broker: Broker = find_broker(*(settings.broker or (None, None)))
        self.canvas: Callable[[], list[str]] = list
        """Returns the lines that say where the canvas is."""
        self._service: Service | None = None
        self._parts = contextlib.AsyncExitStack()

    @property
    def service(self) -> Service:
        """The running flows."""
        assert self._service is not None, "the session has not been started"
        return self._service

    async def __aenter__(self) -> Self:
        """Start plant, broker and flows; what had been started is stopped again if one of them fails."""
        try:
            state = self.settings.state
            if state is None:
                state = Path(self._parts.enter_context(tempfile.TemporaryDirectory(prefix="flowengine-demo-")))
            for child in (self.plant, self.broker):
                self._parts.push_async_callback(asyncio.to_thread, child.stop)
                await asyncio.to_thread(child.start)
            settings = self.settings
            flows = settings.flows
            if flows is None:
                flows = await asyncio.to_thread(own_flows, flows_folder(), state)
            own = state / ENGINE
            known = {"HISTORY_FILE": str(state / "history.sqlite"), **self.environment()}
            self._service = Service(flows, settings.registry, known, state=own, workers=settings.workers)
            self._parts.push_async_callback(self._service.stop, DRAIN_S)
            wanted = settings.canvas is not None and settings.canvas.wanted
            await self._service.start(self.watch.taps, strict=not wanted, watch=wanted, before=self._arm)
            if settings.canvas is not None:
                self.canvas = await self._parts.enter_async_context(settings.canvas.served(self._service, own))
        except BaseException:
            await self._parts.aclose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Drain the flows, then stop broker and plant."""
        await self._parts.aclose()

    async def _arm(self, flow: Plan) -> None:
        """Arm what a flow may write, just before it starts: an act like an operator's, and recorded like one.

        Not earlier: the guard's watchdog runs from then on, and would tell of a flow that only takes long to start.
        A stop or a trip of an earlier run holds: then a person resets it and arms, as in a plant.
        """
        machines = self.service.machines
        limits = await asyncio.to_thread(machines.limits) if machines.held and self.settings.flows is None else None
        if limits is None or limits.envelope is None:
            return
        writers = [f"{flow.name}/{node}" for node in flow.nodes]
        names = [
            name for name, one in limits.envelope.outputs.items() if any(may_write(one.writers, w) for w in writers)
        ]
        if names:
            await self._inputs_known()
        for name in names:
            try:
                await machines.act(Act(what="arm", by=ARMED_BY, target=name))
            except NotAllowed as error:
                LOG.warning("%s is not armed: %s", name, error)

    async def _inputs_known(self) -> None:
        """Wait until the guard knows its inputs; after a while it goes on: the interlocks say what is not known."""
        for _ in range(int(KNOWN_WITHIN_S / A_LOOK_S)):
            if all(one["quality"] == "good" for one in (await self.service.machines.look())["inputs"].values()):
                return
            await asyncio.sleep(A_LOOK_S)

    def environment(self) -> dict[str, str]:
        """Return the variables that the flows are given."""
        scaled = {name: f"{seconds / self.settings.speed:.6g}" for name, seconds in TUNING.items()}
        scaled["BEARING_HOURS"] = f"{self.settings.speed:.6g}"  # a second of the plant stands for an hour
        machine = {"HOST": self.plant.host, "PORT": str(self.plant.port)}
        places = {f"{name}_{key}": value for name in ("OVEN", "LINE") for key, value in machine.items()}
        broker = {"BROKER_HOST": self.broker.host, "BROKER_PORT": str(self.broker.port)}
        return {**(scaled if self.settings.speed != 1 else {}), **environment(), **places, **broker}

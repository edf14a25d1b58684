"""Gathers the figures of the engine for whoever asks: metrics, `flowengine top`, readiness."""

from __future__ import annotations

import threading
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Final

from flowengine import __version__
from flowengine.errors import NotFound
from flowengine.runtime.pace import Pace
from flowengine.service import Service
from flowengine.service.readiness import unwritable, wanted
from flowengine.telemetry.figures import Figures, WebFigures
from flowengine.telemetry.look import FlowLook
from flowengine.telemetry.loop_lag import LoopLag
from flowengine_web.bridge import Bridge
from flowengine_web.hub import Hub
from flowengine_web.live.pulse import resident

FRESH: Final = 0.5
"""Seconds for which what was gathered is given to others too: however many ask, the loop is asked twice a second."""


class Requests:
    """Counts requests by route and class of status; the routes are those that are declared, so they are few."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def add(self, route: str, status: int) -> None:
        """Count one request."""
        with self._lock:
            self._counts[route, f"{status // 100}xx"] += 1

    def counts(self) -> dict[tuple[str, str], int]:
        """Return what has been counted."""
        with self._lock:
            return dict(self._counts)


class Gathering:
    """Gathers figures and keeps them for a moment. For any thread but the loop's own."""

    def __init__(self, service: Service, bridge: Bridge, hub: Hub, lag: LoopLag, folder: Path) -> None:
        """`folder` is where the engine keeps its stores."""
        self.requests = Requests()
        self._service, self._bridge, self._hub, self._lag = service, bridge, hub, lag
        self._folder = folder
        self._clock = service.engine.clock
        self._started = self._clock.now()
        self._lock = threading.Lock()
        self._newest: Figures | None = None
        self._gathered = 0.0

    def figures(self) -> Figures:
        """Return how the engine is now, half a second ago at most.

        The loop is asked for one flow at a time, so that it never works on this for long.

        Raises:
            Refusal: 503, the loop does not answer.
        """
        with self._lock:
            now = self._clock.monotonic()
            if self._newest is None or now - self._gathered > FRESH:
                self._newest, self._gathered = self._gather(), now
            return self._newest

    def _gather(self) -> Figures:
        engine = self._service.engine
        names, streams, lost = self._bridge.ask(lambda: (list(engine.flows), len(self._hub.readers), self._hub.lost))
        looks = [look for name in names if (look := self._bridge.run(partial(self._look, name))) is not None]
        flows = wanted(self._service)
        flows |= self._bridge.ask(lambda: {name: flow.trouble for name, flow in engine.flows.items() if flow.trouble})
        stored = [(look.flow, look.checkpoint) for look in looks if look.checkpoint is not None]
        faults = self._bridge.ask(engine.faults.all)
        return Figures(
            version=__version__,
            at=self._clock.now(),
            started=self._started,
            lag=max(self._lag.worst, engine.lag),
            looks=tuple(looks),
            wanted=flows,
            dead_letters=len(engine.dead_letters),
            dead_letters_dropped=engine.dead_letters.dropped,
            debug_dropped=engine.observer.debug.dropped,
            memory=resident() + engine.memory,
            faults=sum(fault.active for fault in faults),
            stores=(*unwritable(self._folder), *(f"{flow}: {one.problem}" for flow, one in stored if one.problem)),
            processes=tuple(self._bridge.ask(engine.processes)),
            web=WebFigures(self.requests.counts(), streams, lost),
        )

    async def _look(self, name: str) -> FlowLook | None:
        try:
            return await Pace().drive(self._service.engine.look_in_steps(name))
        except NotFound:
            return None

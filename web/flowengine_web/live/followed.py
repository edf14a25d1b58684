"""A flow that somebody looks at: when to look again, and who does the work of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Generator
from concurrent.futures import Executor
from typing import Any, Final

from flowengine.runtime.pace import Pace
from flowengine.telemetry.look import FlowLook
from flowengine_web.live.frames import FlowFrames

LOG = logging.getLogger("flowengine.web")

SHARE: Final = 0.02
"""Share of the loop's time that looking at one flow may take: a very large flow is looked at less often."""
LARGE: Final = 300
"""Nodes and wires from which on a flow keeps no turn waiting: it is looked at beside the turns, and a thread finds the
differences."""

Events = tuple[bytes | None, bytes | None]
"""What changed, and everything; either may be None."""
Look = Callable[[], Generator[None, None, FlowLook] | None]
"""Begins a look; None: the flow does not run."""


class Followed:
    """One flow, followed for all who watch it. All but the work in the thread is done on the loop."""

    def __init__(self, flow: str, token: Any) -> None:
        self.flow = flow
        self.token = token
        """The engine's token, given back when nobody watches any more."""
        self.frames = FlowFrames(flow)
        self.until = 0.0
        """Until when somebody who asked without a stream counts as watching (monotonic); 0: nobody asked."""
        self._due = 0.0
        self._size = 0
        self._work: asyncio.Task[None] | None = None
        self._ready: Events = None, None

    async def turn(self, look: Look, whole: bool, now: float, shortest: float, thread: Executor, pace: Pace) -> Events:
        """Return the event with what changed and, where `whole` was asked for, the one with everything.

        Either may be None: nothing changed, or it is not due. What takes long comes with one of the next turns.
        """
        ready, self._ready = self._ready, (None, None)
        if self._work is not None or now < self._due or any(ready):
            return ready
        if self._size > LARGE:
            work = self._beside(look, whole, now, shortest, thread)
            self._work = asyncio.get_running_loop().create_task(work, name=f"live frames of {self.flow}")
            return ready
        before = pace.busy
        found = await self._look(look, pace)
        changed = await pace.drive(self.frames.steps(found, now))
        self._due = now + max(shortest * 0.9, (pace.busy - before) / SHARE)
        return changed, self.frames.full() if whole else None

    def end(self) -> None:
        """Follow it no more."""
        if self._work is not None:
            self._work.cancel()

    async def _look(self, look: Look, pace: Pace) -> FlowLook | None:
        steps = look()
        found = None if steps is None else await pace.drive(steps)
        self._size = 0 if found is None else len(found.nodes) + len(found.wires)
        return found

    async def _beside(self, look: Look, whole: bool, now: float, shortest: float, thread: Executor) -> None:
        pace = Pace()
        try:
            found = await self._look(look, pace)
            self._due = now + max(shortest * 0.9, pace.busy / SHARE)
            loop = asyncio.get_running_loop()
            self._ready = await loop.run_in_executor(thread, self._compared, found, now, whole)
        except Exception:
            LOG.exception("a look at %s failed", self.flow)
        finally:
            self._work = None

    def _compared(self, look: FlowLook | None, now: float, whole: bool) -> Events:
        changed = self.frames.update(look, now)
        return changed, self.frames.full() if whole else None

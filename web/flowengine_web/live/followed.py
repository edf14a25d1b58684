"""A flow that somebody looks at: when to look again, and who does the work of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Final

from flowengine.telemetry.look import FlowLook
from flowengine_web.live.frames import FlowFrames

SHARE: Final = 0.02
"""Share of the loop's time that looking at one flow may take: a very large flow is looked at less often."""
LARGE: Final = 300
"""Nodes and wires from which on differences are made in a thread: the loop must not stand still for that long."""


class Followed:
    """One flow, followed for all who watch it. All but the work in the thread is done on the loop."""

    def __init__(self, flow: str, token: Any) -> None:
        self.flow = flow
        self.token = token
        """What the engine wants back when nobody watches any more."""
        self.frames = FlowFrames(flow)
        self.until = 0.0
        """How long somebody without a stream is taken to be interested (monotonic); 0: there was nobody."""
        self._due = 0.0
        self._busy = False
        self._ready: tuple[bytes | None, bytes | None] = None, None

    def turn(
        self, look: Callable[[], FlowLook | None], whole: bool, now: float, shortest: float, thread: Executor
    ) -> tuple[bytes | None, bytes | None]:
        """Return the event with what changed and, where `whole` was asked for, the one with everything.

        Either may be None: nothing changed, or it is not due. What takes long comes with one of the next turns.
        """
        ready, self._ready = self._ready, (None, None)
        if self._busy or now < self._due or any(ready):
            return ready
        loop = asyncio.get_running_loop()
        found = look()
        size = 0 if found is None else len(found.nodes) + len(found.wires)
        if size <= LARGE:
            ready = self._work(found, now, whole)
        else:
            self._busy = True
            loop.run_in_executor(thread, self._work, found, now, whole).add_done_callback(self._done)
        self._due = now + max(shortest * 0.9, (loop.time() - now) / SHARE)
        return ready

    def _work(self, look: FlowLook | None, now: float, whole: bool) -> tuple[bytes | None, bytes | None]:
        changed = self.frames.update(look, now)
        return changed, self.frames.full() if whole else None

    def _done(self, work: asyncio.Future[tuple[bytes | None, bytes | None]]) -> None:
        self._busy = False
        if not work.cancelled():
            self._ready = work.result()

"""How the machines stand, for the stream: everything at first, and again whenever something is different.

The guard may be in another process, so it is asked beside the turns: one question at a time, and no turn waits for it.
Without an envelope it is asked once.
"""

from __future__ import annotations

import asyncio
from typing import Final

import msgspec

from flowengine.service.machines import Machines
from flowengine_web import shapes
from flowengine_web.live.event import event

EVERY: Final = 0.3
"""Seconds between two questions."""
PATIENCE: Final = 3.0
"""Seconds after which a guard that does not answer is said to be silent."""


class MachineFrames:
    """Makes the frames of the machines, as often as they change. Belongs on the engine's loop."""

    def __init__(self, machines: Machines) -> None:
        self._machines = machines
        self._asking: asyncio.Task[None] | None = None
        self._next = 0.0
        self._newest: bytes | None = None
        self._told: bytes | None = None

    @property
    def full(self) -> bytes | None:
        """All that is known; None: nothing yet."""
        return self._newest

    def update(self, now: float) -> bytes | None:
        """Return what is different since the last turn, and ask anew where it is time."""
        asks = self._asking is not None and not self._asking.done()
        if not asks and now >= self._next and (self._newest is None or self._machines.held):
            self._next = now + EVERY
            self._asking = asyncio.get_running_loop().create_task(self._ask(), name="machines for the stream")
        if self._newest == self._told:
            return None
        self._told = self._newest
        return self._newest

    def forget(self) -> None:
        """Ask no more: nobody reads. Who comes next is told nothing that is old."""
        if self._asking is not None:
            self._asking.cancel()
        self._newest = self._told = None

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                found = msgspec.convert(await self._machines.look(), shapes.Machines)
        except Exception as error:  # noqa: BLE001 - whatever it is: what was known is not true any more
            why = str(error) or f"the guard has not answered for {PATIENCE:g} s"
            found = shapes.Machines(guarded=True, refused="", signed_by=self._machines.signed_by, unknown=why)
        self._newest = event("machines", found)

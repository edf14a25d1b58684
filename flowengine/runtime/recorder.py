"""Records what the outside world tells a flow that commands a machine, without ever holding it up.

What comes is noted with its time, and written every two seconds in a thread. What is more than fits until then is left
out and counted: a simulation says so. See `store/recordings.py`.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

from flowengine.clock import Clock
from flowengine.flow.plan import Plan, touches_outside
from flowengine.message import Message
from flowengine.node import Actuator
from flowengine.options import connection_names
from flowengine.store.recordings import Recording, Taken, recording_file

LOG = logging.getLogger("flowengine.recorder")

FLUSH: Final = 2.0
"""Seconds until messages are written to disk."""
MOST_WAITING: Final = 5000
"""Messages that may wait to be written; further ones are left out of the recording."""


def commands_machine(plan: Plan) -> bool:
    """Say whether a flow writes to a device of the OT side."""
    return any(
        issubclass(node.cls, Actuator)
        and any(plan.connections[one].cls.ot for one in connection_names(node.cls, node.options))
        for node in plan.nodes.values()
    )


def bringing(plan: Plan) -> frozenset[str]:
    """Return the nodes of a flow by which the outside world speaks to it: sources, and what answers from outside."""
    return frozenset(
        name for name, node in plan.nodes.items() if touches_outside(node) and not issubclass(node.cls, Actuator)
    )


class Recorder:
    """Records the messages that one flow receives from outside. It belongs to the flow's loop."""

    def __init__(self, file: Path, clock: Clock, hours: float) -> None:
        """The file is opened at the first message. Messages are kept for `hours`."""
        self.bringing: Collection[str] = ()
        """The nodes whose messages are recorded."""
        self._file, self._clock, self._hours = file, clock, hours
        self._waiting: list[Taken] = []
        self._left_out = 0
        self._recording: Recording | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._complained = ""

    def take(self, node: str, port: str, messages: Sequence[Message]) -> None:
        """Note what a node brings in by an output port (empty: the first)."""
        room = MOST_WAITING - len(self._waiting)
        if len(messages) > room:
            self._left_out += len(messages) - room
            messages = messages[:room]
        now = self._clock.now()
        self._waiting += [Taken(now, node, port, msg) for msg in messages]
        if self._timer is None:
            self._timer = self._clock.call_later(FLUSH, self._flush)

    def _flush(self) -> None:
        self._timer = None
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write(), name=f"recording {self._file.stem}")
        else:  # the disk is slow
            self._timer = self._clock.call_later(FLUSH, self._flush)

    async def _write(self) -> None:
        rows, self._waiting = self._waiting, []
        left_out, self._left_out = self._left_out, 0
        try:
            await asyncio.to_thread(self._keep, rows, left_out)
            self._complained = ""
        except (OSError, sqlite3.Error) as error:
            self._left_out += left_out + len(rows)
            if str(error) != self._complained:
                self._complained = str(error)
                LOG.error("%s cannot be written: %s; simulations will lack what comes now", self._file, error)

    def _keep(self, rows: list[Taken], left_out: int) -> None:
        if self._recording is None:
            self._recording = Recording(self._file, self._hours)
        self._recording.append(rows, left_out)

    async def close(self) -> None:
        """Write what is still to be written, and close the file."""
        if self._timer is not None:
            self._timer.cancel()
        if self._writing is not None:
            await asyncio.gather(self._writing, return_exceptions=True)
        if self._waiting or self._left_out:
            await self._write()
        if self._recording is not None:
            await asyncio.to_thread(self._recording.close)
            self._recording = None


def recorder_of(
    folder: Path, clock: Clock, hours: float, plan: Plan, before: Recorder | None = None
) -> Recorder | None:
    """Return what records a plan: the one before where there is one, None where the flow commands no machine."""
    if before is None and not commands_machine(plan):
        return None
    found = before or Recorder(recording_file(folder, plan.name), clock, hours)
    found.bringing = bringing(plan)
    return found

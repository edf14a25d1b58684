"""What stands in front of every command to a device.

This is the one place through which a write leaves the field process: `hosted.py` asks `before_write`, and then begins
the write through `runtime/actuation.py`. The guard is a `Gate` that decides (`guarded.py`); this one lets everything
through: there is no envelope.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flowengine.flow.plan import PlannedConnection
from flowengine.message import Message


@dataclass(frozen=True)
class Output:
    """An actuator that a flow has opened in the field process."""

    worker: str
    fence: int
    """Fencing number, higher for each new worker: of two that command the same output, the lower one is out of date."""
    flow: str
    node: str
    type: str
    options: Mapping[str, Any]
    connections: Mapping[str, PlannedConnection]
    """By their name in the flow."""


class Held(Exception):
    """Nothing is written for a message, and that is no failure: the mode is advisory, for example."""


class Gate:
    """Decides on commands; everything here belongs to the field process's loop."""

    async def before_write(self, output: Output, port: str, msg: Message) -> Message:
        """Return what is to be written: the message itself, or one that is held within limits.

        Raises:
            Refused: it must not be written; says why.
            Held: nothing is written now; says why. The message counts as done.
        """
        return msg

    def worker_silent(self, worker: str, outputs: Sequence[Output]) -> None:
        """Hear that a worker with these outputs gives no sign of life; once, until it does again."""

    def worker_gone(self, worker: str, outputs: Sequence[Output]) -> None:
        """Hear that a worker has ended, or has lost its line."""

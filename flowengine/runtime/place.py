"""Where parts run. A flow file is the same for all places; a plan is cut for them, and channels join them.

There is one place so far: this process. A worker process, the field process or another host is a further class with
the same two faces: `Place` opens a part there, `RunningPart` is how its flow speaks to it; the inboxes it is given
carry messages over the border.
"""

from __future__ import annotations

from typing import Protocol

from flowengine.flow.plan import PlannedWire
from flowengine.message import Message
from flowengine.node import Status
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.part import LivePart


class RunningPart(Protocol):
    """What a flow asks of a part, wherever it runs."""

    failures: dict[str, int]
    """Node -> messages that failed there."""
    given: dict[str, int]
    """Node -> messages that came to it by no wire."""
    reading: set[str]
    """Sources that have not ended."""

    def start_stages(self) -> None:
        """Begin to take messages from the inboxes."""

    def start_sources(self) -> None:
        """Begin to read the sources."""

    async def stop_sources(self) -> None:
        """Stop reading; what is on its way goes on."""

    async def stop(self) -> None:
        """Stop everything at once."""

    @property
    def quiet(self) -> bool:
        """Whether no message is on its way."""

    def flush(self, name: str) -> None:
        """Send on what a transform has collected."""

    def emit(self, node: str, port: str, msg: Message) -> None:
        """Send on what a node emits on its own."""

    def failed(self, node: str, error: Exception, msg: Message, delivery: Delivery | None, port: str = "") -> None:
        """Deal with a message that failed at a node."""

    def give(self, node: str, msg: Message, port: str = "") -> None:
        """Give a message to a node as if a wire had brought it."""

    def passed(self) -> dict[PlannedWire, int]:
        """Return how many messages have passed each wire."""

    def status(self, name: str) -> Status:
        """Return what a node says of itself."""


def here(part: LivePart) -> RunningPart:
    """Run a part in this process: it is its own running part."""
    part.compile()
    return part

"""Where parts run. A flow file is the same for all places; a plan is cut for them, and channels join them.

All parts of a flow run in its process (`part.py`); in a worker the nodes of the part `field` are stand-ins for nodes of
the field process (`field/stand_in.py`). Another host would be one more class with the face of `RunningPart`, by which
a flow speaks to a part; the inboxes that it is given carry messages over the border.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from flowengine.flow.plan import PlannedWire
from flowengine.message import Message
from flowengine.node import Node, Source, Status
from flowengine.runtime.channel import Channel, Item
from flowengine.runtime.cut import Cut
from flowengine.runtime.delivery import Delivery
from flowengine.runtime.reading import Ledger
from flowengine.runtime.recorder import Recorder
from flowengine.runtime.wiring import Tap, Wiring


class RunningPart(Protocol):
    """What a flow asks of a part, wherever it runs."""

    failures: dict[str, int]
    """Node -> messages that failed there."""
    given: dict[str, int]
    """Node -> messages that were injected or replayed there, not brought by a wire."""
    reading: set[str]
    """Sources that have not ended."""
    ledger: Ledger | None
    """The flow's checkpoints, where sources are acknowledged by them; None: each delivery acknowledges itself."""
    recorder: Recorder | None
    """Records what comes from outside; None: the flow is not recorded."""

    def prepare(
        self,
        nodes: Mapping[str, Node],
        outputs: Mapping[str, list[str]],
        inboxes: Mapping[str, Channel],
        cut: Cut,
        registers: Mapping[PlannedWire, list[Message]],
        taps: Mapping[str, Tap],
    ) -> Wiring:
        """Make ready what is to run, without touching what runs."""

    def switch(self, wiring: Wiring) -> None:
        """Run what has been made ready from now on; stages and sources that stay go on."""

    def start_stages(self) -> None:
        """Begin to take messages from inboxes, where that has not begun yet or was paused."""

    def start_sources(self) -> None:
        """Begin to read the sources that are not read yet; those that were held go on."""

    def hold_sources(self) -> None:
        """Let no source bring anything until `start_sources`."""

    async def stop_sources(self, limit: float, names: Iterable[str] | None = None) -> None:
        """Stop reading, all sources or some, once they have brought what they have; what is on its way goes on."""

    async def retire(self, names: Iterable[str], limit: float) -> None:
        """Let stages finish what they have begun, and begin nothing more."""

    def replace(self, name: str, source: Source) -> None:
        """Put another in the place of a source that is not read."""

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

    def watch(self, on: bool) -> None:
        """Begin or cease to tell of messages."""

    def tally(self, index: Mapping[PlannedWire, int], totals: list[int]) -> None:
        """Add how many messages have passed each wire that begins here, where `index` says."""

    def begun(self, name: str) -> list[Item]:
        """Return the messages that a node is at work on."""

    def busy(self, name: str) -> int:
        """Return how many messages a node is at work on."""

    def status(self, name: str) -> Status:
        """Return what a node says of itself."""

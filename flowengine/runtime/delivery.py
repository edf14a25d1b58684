"""The acknowledgement on its way back from the last branch to the source."""

from __future__ import annotations

from collections.abc import Callable

from flowengine.message import Message


class Delivery:
    """Messages that a source has brought together, and how many branches still work on them.

    It begins with one branch, the chain behind the source. Whoever puts a message aside (a channel, a write under
    way) counts one more; whoever has finished takes one off. At none the source hears that they are done.
    """

    __slots__ = ("done", "messages", "pending")

    def __init__(self, messages: list[Message], done: Callable[[list[Message]], None]) -> None:
        self.messages = messages
        self.done = done
        self.pending = 1

    def finish(self) -> None:
        """One branch has finished, or has stored what it had."""
        self.pending -= 1
        if self.pending == 0:
            self.done(self.messages)


class Measured(Delivery):
    """A delivery whose source brings nothing again: followed for its latency, or to tell `done`. A loss is not owed."""

    __slots__ = ()


def is_owed(delivery: Delivery | None) -> bool:
    """Say whether a source waits to hear that its messages are done, and would bring them again."""
    return delivery is not None and delivery.__class__ is not Measured

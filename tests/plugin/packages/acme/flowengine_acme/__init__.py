"""Nodes of acme, a stranger's package."""

from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from flowengine import Message, Source, State, Transform


class Count(Source, type="acme/count"):
    """Count up to a number, then end."""

    up_to: Annotated[int, Meta(description="The last number", ge=1)] = 3

    async def run(self) -> AsyncIterator[Message]:
        """Yield 1, 2, 3 and so on."""
        for number in range(1, self.up_to + 1):
            yield Message(number)


class Total(Transform, type="acme/total"):
    """Add up all numbers."""

    total: State[float] = 0.0

    def process(self, msg: Message) -> Message:
        """Return the total so far."""
        self.total += msg.payload
        return msg.with_payload(self.total)

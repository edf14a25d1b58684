"""What all controls have in common."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, Message, Source, State


class Control(Source):
    """Base of the controls: what an operator does becomes a message, which goes the flow's own way.

    A control never pretends: its position on the page is what the display named in `reads` shows, that is, what the
    flow made of it.
    """

    title: Annotated[str, Meta(description="Heading on the page; empty: the node's name", max_length=100)] = ""
    page: Annotated[
        str, Meta(description="Page where it stands until someone moves it; empty: the first", max_length=100), ADVANCED
    ] = ""
    topic: Annotated[str, Meta(description="Topic of the message")] = ""
    reads: Annotated[
        str,
        Meta(
            description="Display node of this flow that says what is really set: it is shown as the control's state; "
            "empty: the value last sent, marked as only sent"
        ),
    ] = ""
    sent: State[Any] = None
    """What was sent last, by whoever: kept over restarts, shown when nothing says what came of it."""
    sent_at: State[float] = 0.0

    @classmethod
    def meets(cls, options: Mapping[str, Any]) -> list[tuple[str, str]]:
        """Say that an operator acts by what the display shows."""
        reads = options.get("reads")
        return [("takes", f"shown/{reads}")] if reads else []

    async def run(self) -> AsyncIterator[Message]:
        """Bring nothing by itself."""
        return
        yield

    def shown(self) -> Any:
        """Return what was sent last, and when; None: nothing yet."""
        return None if not self.sent_at else {"sent": self.sent, "time": self.sent_at}

    def operated(self, value: Any) -> Message:
        """Return the message for what an operator did.

        Raises:
            BadData: the control cannot have that value.
        """
        payload = self.payload(value)
        self.sent, self.sent_at = payload, self.clock.now()
        return self.message(payload)

    def payload(self, value: Any) -> Any:
        """Return what is sent for a value of the widget; raises BadData."""
        raise NotImplementedError

    def message(self, payload: Any) -> Message:
        """Return the message that is sent."""
        return Message(payload, topic=self.topic, time=self.clock.now())

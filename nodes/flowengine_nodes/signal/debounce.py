"""The transform `signal/debounce`."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, Inline, Message, State, unit
from flowengine_nodes.timing.timed import Timed
from flowengine_nodes.values.convert import is_number
from flowengine_nodes.values.filter import same

PLAIN = frozenset({bool, int, float, str})
"""Payloads that are the same if they are equal, and of one class."""


class Debounce(Timed, type="signal/debounce"):
    """Let a change pass only when the new value has stood for a while: debounce a contact, a button, a state.

    The first message passes. From then on a new value must stay for `seconds`; then the last message that brought it
    leaves, once, with the time at which it is settled. A value that goes back before has never been there. Messages
    that say the same again do not leave. Numbers that differ by no more than `band` count as the same value.

    A bad reading breaks off a change that is not settled, and passes, once; the first good one after it passes, too, at
    once. What waits goes on over a restart. One node debounces one signal.

    Example: seconds 0.05 behind a limit switch: its contact bounces for a few milliseconds.
    """

    seconds: Annotated[float, Meta(description="How long a new value must stay", gt=0, extra_json_schema=unit("s"))] = (
        0.05
    )
    band: Annotated[float, Meta(description="Numbers this close are the same value", ge=0), ADVANCED] = 0.0
    settled: State[list[Any]] = []
    """The value that has left last; empty: none, or one of bad quality."""
    bad: State[bool] = False

    def inline(self) -> Inline | None:
        """Return the comparison with what is settled; a message that says the same again leaves no trace."""
        if self.band:
            return None
        same = (
            "payload.__class__ in plain and quality != 'bad' and node.settled and node._timer is None"
            " and payload == node.settled[0] and payload.__class__ is node.settled[0].__class__"
        )
        return Inline(keep=f"not ({same})", call=True, names={"plain": PLAIN, "node": self})

    def process(self, msg: Message) -> Message | None:
        """Compare with what is settled."""
        if msg.quality == "bad":
            self.cancel()
            was, self.bad, self.settled = self.bad, True, []
            return None if was else msg
        self.bad = False
        if not self.settled:
            self.settled = [msg.payload]
            return msg
        if self._same(msg.payload, self.settled[0]):
            self.cancel()
        elif not self.waits or self.latest is None or not self._same(msg.payload, self.latest.payload):
            self.wait(self.seconds)
        self.latest = msg
        return None

    @property
    def length(self) -> float:
        """How long a new value must stay."""
        return self.seconds

    def over(self) -> None:
        """Let the new value pass."""
        assert self.latest is not None
        self.settled = [self.latest.payload]
        self.emit(self.latest.replace(time=self.clock.now()))

    def _same(self, a: Any, b: Any) -> bool:
        if self.band and is_number(a) and is_number(b):
            return abs(a - b) <= self.band
        return same(a, b)

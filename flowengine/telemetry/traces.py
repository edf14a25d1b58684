"""The ways of messages: where each was, what it was there, and where it failed. The last few hundred are kept."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from flowengine.message import Message
from flowengine.telemetry.preview import lightened

MOST_TRACES = 500
MOST_HOPS = 200
"""Of one message, and of all that was made from it."""


What = Literal["in", "out", "failed"]


class Hop(msgspec.Struct, frozen=True, gc=False):
    """A message at one place of its way."""

    at: float
    """Seconds since 1970-01-01 UTC."""
    flow: str
    node: str
    port: str
    what: What
    msg: Message
    text: str = ""
    """Why it failed."""


class Trace(msgspec.Struct, frozen=True):
    """The way of a message; no hops: it was not followed, or that is too long ago."""

    id: str
    hops: tuple[Hop, ...]


class Traces:
    """A ring by message id: the oldest make room."""

    def __init__(self) -> None:
        self._hops: dict[str, list[Hop]] = {}
        self.listener: Callable[[Hop], None] | None = None
        """Hears of every hop."""
        self._weighed: Any = self
        """The last payload found light: on its way a message mostly keeps its own."""

    def add(
        self,
        at: float,
        flow: str,
        node: str,
        port: str,
        what: What,
        msg: Message,
        text: str = "",
    ) -> None:
        """Keep one hop."""
        hops = self._hops.get(msg.id)
        if hops is None:
            if len(self._hops) >= MOST_TRACES:
                del self._hops[next(iter(self._hops))]
            hops = self._hops[msg.id] = []
        elif len(hops) >= MOST_HOPS:
            return
        if msg.payload is not self._weighed or msg.properties:
            light = lightened(msg)
            if light is msg:
                self._weighed = msg.payload
            msg = light
        hop = Hop(at, flow, node, port, what, msg, text)
        hops.append(hop)
        if self.listener is not None:
            self.listener(hop)

    def trace(self, id: str) -> Trace:
        """Return the way of a message."""
        return Trace(id, tuple(self._hops.get(id, ())))

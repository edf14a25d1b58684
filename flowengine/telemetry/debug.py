"""The debug stream: what nodes show, failures, and what nodes warn of. The last 500 items, numbered."""

from __future__ import annotations

import itertools
from collections import deque
from typing import Any, Literal

import msgspec

from flowengine.message import Message
from flowengine.telemetry.preview import HEAVY, is_heavy, lightened, preview

MOST_ITEMS = 500

MOST_A_SECOND = 50
"""Items of one node in a second; more are counted and left out."""

DebugLevel = Literal["value", "info", "warning", "error"]


class DebugItem(msgspec.Struct, frozen=True, gc=False):
    """Something worth reading."""

    seq: int
    at: float
    """Seconds since 1970-01-01 UTC."""
    flow: str
    """Empty: a connection, which belongs to no flow."""
    node: str
    level: DebugLevel
    text: str
    """What a failure or a line of the log says."""
    msg: Message | None
    value: Any
    """What a node shows; of a failure, the payload that failed."""
    property: str
    """Which property of the message the value is; empty: the whole message."""


class DebugRing:
    """Keeps the newest items."""

    def __init__(self) -> None:
        self._items: deque[DebugItem] = deque(maxlen=MOST_ITEMS)
        self._rates: dict[tuple[str, str], list[float]] = {}
        """(flow, node) -> when its second began, and how many items it has had."""
        self.last = 0
        """Number of the newest item."""
        self.dropped = 0
        """Items left out because their node had too many."""

    def admits(self, at: float, flow: str, node: str) -> bool:
        """Say whether a node may add one more now, and count it."""
        rate = self._rates.get((flow, node))
        if rate is None:
            if len(self._rates) >= MOST_ITEMS:
                self._rates = {key: rate for key, rate in self._rates.items() if abs(at - rate[0]) < 1.0}
            if len(self._rates) < 10 * MOST_ITEMS:
                self._rates[flow, node] = [at, 1]
            return True
        if abs(at - rate[0]) >= 1.0:  # the wall clock may also jump back
            rate[0], rate[1] = at, 0
        rate[1] += 1
        if rate[1] > MOST_A_SECOND:
            self.dropped += 1
            return False
        return True

    def add(
        self,
        at: float,
        flow: str,
        node: str,
        level: DebugLevel,
        text: str,
        msg: Message | None = None,
        value: Any = None,
        property: str = "",
    ) -> None:
        """Keep one item; whether the node may have it is asked before (`admits`)."""
        self.last += 1
        if is_heavy(value):
            value = preview(value, HEAVY).value
        light = None if msg is None else lightened(msg)
        self._items.append(DebugItem(self.last, at, flow, node, level, text[:HEAVY], light, value, property))

    def since(self, seq: int, most: int = MOST_ITEMS) -> list[DebugItem]:
        """Return the items after one number, the newest `most` of them, oldest first."""
        new = min(self.last - seq, len(self._items), most)
        return list(itertools.islice(self._items, len(self._items) - new, None)) if new > 0 else []

"""The debug stream as browsers get it: new items, shortened, so many in a turn at most."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from flowengine.telemetry.preview import preview
from flowengine_web import shapes
from flowengine_web.live.event import event

if TYPE_CHECKING:
    from flowengine.telemetry.debug import DebugItem, DebugRing

MOST_A_TURN: Final = 20
"""Items in one event, ten times a second; more are counted and left out, the newest are kept."""
LONGEST: Final = 2000
"""Characters of a value."""


class DebugFrames:
    """Makes frames of the debug stream, from where it stood when this was made."""

    def __init__(self, ring: DebugRing) -> None:
        self._ring = ring
        self.skip()

    def skip(self) -> None:
        """Go on from what is newest now: nobody has been listening."""
        self._seq = self._ring.last
        self._dropped = self._ring.dropped

    def update(self) -> bytes | None:
        """Return the event with what is new, if anything."""
        new = self._ring.last - self._seq
        dropped = self._ring.dropped - self._dropped
        if new <= 0 and dropped <= 0:
            return None
        items = self._ring.since(self._seq, MOST_A_TURN)
        dropped += new - len(items)
        self.skip()
        return event("debug", shapes.Debug(items=debug_shapes(items), dropped=dropped))


def debug_shapes(items: Iterable[DebugItem]) -> list[shapes.DebugItem]:
    """Return items as they go over the API."""
    return [_shape(item) for item in items]


def _shape(item: DebugItem) -> shapes.DebugItem:
    shown = preview(item.value, LONGEST)
    found = shapes.DebugItem(
        seq=item.seq,
        at=item.at,
        flow=item.flow,
        node=item.node,
        level=item.level,
        text=item.text[:LONGEST],
        kind=shown.kind,
        value=shown.value,
        cut=shown.cut,
        property=item.property,
    )
    if item.msg is not None:
        found.id, found.topic, found.quality = item.msg.id, item.msg.topic[:500], item.msg.quality
    return found

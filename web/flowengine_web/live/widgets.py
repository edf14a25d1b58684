"""What the widgets of the operators' pages show: everything at first, then only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flowengine_web.body import encode
from flowengine_web.dashboard import shown, shown_after
from flowengine_web.live.event import event

if TYPE_CHECKING:
    from flowengine.node import Node
    from flowengine.runtime.engine import Engine

SLOW: Final = 1.0
"""Seconds between two searches for nodes that are widgets, and between two looks at those that grow (charts)."""


class _Growing:
    """A widget that is asked only for what came since."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.mark = 0


class WidgetFrames:
    """Follows all widgets."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._nodes: dict[str, Node] = {}
        self._growing: dict[str, _Growing] = {}
        self._searched = float("-inf")
        self._shown: dict[str, tuple[bytes, Any]] = {}

    def update(self, now: float) -> bytes | None:
        """Return the event with what changed, if anything; `now` is monotonic, in seconds."""
        changed: dict[str, Any] = {}
        if now - self._searched >= SLOW:
            self._searched = now
            self._search()
            changed = self._grown()
        for key, node in self._nodes.items():
            value = shown(node)
            written = encode(value)
            if key not in self._shown or self._shown[key][0] != written:
                self._shown[key] = written, value
                changed[key] = value
        return event("widgets", changed) if changed else None

    def full(self) -> bytes:
        """Return the event with everything."""
        steady = {key: value for key, (_, value) in self._shown.items()}
        return event("widgets", steady | {key: shown(found.node) for key, found in self._growing.items()})

    def _search(self) -> None:
        found = {
            f"{flow}/{name}": node
            for flow, live in self._engine.flows.items()
            for name, node in live.nodes.items()
            if node.widget
        }
        self._nodes = {key: node for key, node in found.items() if not node.grows}
        self._shown = {key: value for key, value in self._shown.items() if key in self._nodes}
        before = self._growing
        self._growing = {
            key: before[key] if key in before and before[key].node is node else _Growing(node)
            for key, node in found.items()
            if node.grows
        }

    def _grown(self) -> dict[str, Any]:
        changed = {}
        for key, found in self._growing.items():
            found.mark, news = shown_after(found.node, found.mark)
            if news is not None:
                changed[key] = news
        return changed

"""What the widgets of the operators' pages show: everything at first, then only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from flowengine_web.body import encode
from flowengine_web.live.event import event

if TYPE_CHECKING:
    from flowengine.runtime.flows import Flows
    from flowengine.runtime.widgets import Widget

SLOW: Final = 1.0
"""Seconds between two searches for nodes that are widgets, and between two looks at those that grow (charts)."""


class _Growing:
    """A widget that is asked only for what came since."""

    def __init__(self, widget: Widget) -> None:
        self.widget = widget
        self.mark = 0


class WidgetFrames:
    """Makes the frames of all widgets of the operators' pages."""

    def __init__(self, engine: Flows) -> None:
        self._engine = engine
        self._steady: dict[str, Widget] = {}
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
        for key, widget in self._steady.items():
            value = widget.shown()
            written = encode(value)
            if key not in self._shown or self._shown[key][0] != written:
                self._shown[key] = written, value
                changed[key] = value
        return event("widgets", changed) if changed else None

    def full(self) -> bytes | None:
        """Return the event with everything; None: not everything is known yet, but soon is."""
        if not self._engine.widgets_whole:
            return None
        steady = {key: value for key, (_, value) in self._shown.items()}
        return event("widgets", steady | {key: found.widget.shown() for key, found in self._growing.items()})

    def _search(self) -> None:
        found = {f"{widget.flow}/{widget.node}": widget for widget in self._engine.widgets()}
        self._steady = {key: widget for key, widget in found.items() if not widget.grows}
        self._shown = {key: value for key, value in self._shown.items() if key in self._steady}
        before = self._growing
        self._growing = {
            key: before[key] if key in before and before[key].widget.instance == widget.instance else _Growing(widget)
            for key, widget in found.items()
            if widget.grows
        }

    def _grown(self) -> dict[str, Any]:
        changed = {}
        for key, found in self._growing.items():
            found.mark, news = found.widget.shown_after(found.mark)
            if news is not None:
                changed[key] = news
        return changed

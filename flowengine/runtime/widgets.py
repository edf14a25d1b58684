"""Nodes that stand on the operators' pages, as those pages see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from flowengine.node import Connection, Node
from flowengine.options import option_fields
from flowengine.telemetry.preview import preview

SHOWN: Final = 20_000
"""Characters of what a widget shows, a table."""
GROWN: Final = 400_000
"""Characters of one that grows: the points of a chart, a dozen lines with 2,000 points each."""


class Widget(Protocol):
    """A node that stands on the operators' pages."""

    flow: str
    node: str
    kind: str
    """value, gauge, slider ..."""
    title: str
    grows: bool
    """Whether it is asked only for what came since: a chart."""

    @property
    def instance(self) -> object:
        """Something that is another when the node has begun anew."""

    @property
    def options(self) -> Mapping[str, Any]:
        """All options of the node, defaults included."""

    def shown(self) -> Any:
        """Return what it shows now; one that fails shows nothing."""

    def shown_after(self, mark: int) -> tuple[int, Any]:
        """Return a new mark, and what came after one that was given before; None: nothing."""


class NodeWidget:
    """A widget whose node runs in this process."""

    def __init__(self, flow: str, name: str, node: Node) -> None:
        self.flow, self.node = flow, name
        self.kind, self.grows = node.widget, node.grows
        self.title = str(getattr(node, "title", "") or name)
        self._node = node

    @property
    def instance(self) -> object:
        """The node."""
        return self._node

    @property
    def options(self) -> Mapping[str, Any]:
        """All options of the node, as they are, defaults included."""
        options = {field.name: getattr(self._node, field.name) for field in option_fields(type(self._node))}
        plain = {name: value for name, value in options.items() if not isinstance(value, Connection)}
        return dict(preview(plain, SHOWN).value)

    def shown(self) -> Any:
        """Return what it shows now; one that fails shows nothing."""
        try:
            return preview(self._node.shown(), GROWN if self.grows else SHOWN).value
        except Exception:  # noqa: BLE001 - a stranger's code; the page goes on without it
            return None

    def shown_after(self, mark: int) -> tuple[int, Any]:
        """Return what came since a mark, and the new mark; one that fails shows nothing."""
        try:
            new, value = self._node.shown_after(mark)
            return new, None if value is None else preview(value, GROWN).value
        except Exception:  # noqa: BLE001 - a stranger's code; the page goes on without it
            return mark, None

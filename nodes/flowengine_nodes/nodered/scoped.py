"""Nodes that hear of other nodes: of all in their flow, of those in their group, or of some."""

from __future__ import annotations

from typing import Annotated, Any

from msgspec import Meta

ScopeOption = Annotated[
    list[str] | str | None, Meta(description="Nodes to hear of, by name; group: those of its group; empty: all")
]


class Scoped:
    """Says which nodes are in its scope."""

    scope: Any
    group_: str
    scope_: Any

    def covers(self, key: str, group: str) -> bool:
        """Say whether a node, which stands in a group, is in scope."""
        if isinstance(self.scope, list):
            return key in self.scope
        if self.scope == "group":
            return self.group_ in self.scope_.around(group)
        return True

    def rank(self, key: str, group: str) -> int:
        """Return how early it is asked: those with a scope first, nearer groups before others."""
        if isinstance(self.scope, list):
            return 0
        if self.scope == "group":
            around = list(self.scope_.around(group))
            return 1 + (around.index(self.group_) if self.group_ in around else len(around))
        return 1000 + int(bool(getattr(self, "uncaught", False)))

"""What changed from one content of a flow to another."""

from __future__ import annotations

from typing import Any

from flowengine_web.shapes.base import FlowJson, Shape


class Change(Shape):
    """One property that differs."""

    path: str
    old: Any = None
    new: Any = None
    was_set: bool = True
    is_set: bool = True


class FlowDiff(Shape):
    """What changed from one content of a flow to another; see flowengine.flow.diff."""

    name: str
    existed: bool = True
    exists: bool = True
    added: list[str] = []
    removed: list[str] = []
    changed: dict[str, list[Change]] = {}
    wires_added: list[dict[str, Any]] = []
    """Wires as flow files write them."""
    wires_removed: list[dict[str, Any]] = []
    wires_reordered: bool = False
    connections_added: list[str] = []
    connections_removed: list[str] = []
    connections_changed: dict[str, list[Change]] = {}
    properties: list[Change] = []
    moved: list[str] = []
    logic: bool = False
    """Whether anything that runs, or says how, changed."""


class DiffRequest(Shape):
    """Two contents of a flow; None: it is not there."""

    old: FlowJson | None
    new: FlowJson | None

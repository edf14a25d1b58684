"""Differences between flows as they go over the API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flowengine.flow.diff import Change, FlowDiff
from flowengine.flow.file import end
from flowengine.flow.model import Wire
from flowengine_web import shapes


def diff_shape(diff: FlowDiff) -> shapes.FlowDiff:
    """Return a difference as it goes over the API."""
    return shapes.FlowDiff(
        name=diff.name,
        existed=diff.existed,
        exists=diff.exists,
        added=list(diff.added),
        removed=list(diff.removed),
        changed=_all(diff.changed),
        wires_added=[_wire(wire) for wire in diff.wires_added],
        wires_removed=[_wire(wire) for wire in diff.wires_removed],
        wires_reordered=diff.wires_reordered,
        connections_added=list(diff.connections_added),
        connections_removed=list(diff.connections_removed),
        connections_changed=_all(diff.connections_changed),
        properties=_changes(diff.properties),
        moved=list(diff.moved),
        logic=diff.logic,
    )


def _all(changed: Mapping[str, Iterable[Change]]) -> dict[str, list[shapes.Change]]:
    return {name: _changes(changes) for name, changes in changed.items()}


def _changes(changes: Iterable[Change]) -> list[shapes.Change]:
    return [
        shapes.Change(path=one.path, old=one.old, new=one.new, was_set=one.was_set, is_set=one.is_set)
        for one in changes
    ]


def _wire(wire: Wire) -> dict[str, Any]:
    """Write a wire as flow files do."""
    found: dict[str, Any] = {"from": end(wire.source, wire.out), "to": end(wire.target, wire.port)}
    if wire.feedback is not None:
        found["feedback"] = {"initial": wire.feedback.initial}
    if wire.queue is not None:
        found["queue"] = {"size": wire.queue.size, "full": wire.queue.full}
    if wire.disabled:
        found["disabled"] = True
    return found

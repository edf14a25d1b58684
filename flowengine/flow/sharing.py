"""What a flow has in common with an earlier content of its own is the same object in both.

Whoever works on the later one then finds by identity what has not changed, and need not look at it again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from flowengine.flow.file import FlowFile
from flowengine.flow.model import Flow, Wire

T = TypeVar("T")

_encode = msgspec.json.Encoder().encode


def shared(file: FlowFile, before: FlowFile | None) -> FlowFile:
    """Return a flow that says the same, made of the nodes, wires, connections and positions of `before` that it has.

    Only what would be written with the same characters is the same: 1 is neither 1.0 nor true.
    """
    if file.flow is None or before is None or before.flow is None or file.flow is before.flow:
        return file
    old, new = before.flow, file.flow
    flow = msgspec.structs.replace(
        new,
        nodes=_members(new.nodes, old.nodes),
        connections=_members(new.connections, old.connections),
        wires=_wires(new, old),
        layout=_members(new.layout, old.layout),
    )
    return replace(file, flow=flow)


def _members(new: dict[str, T], old: Mapping[str, T]) -> dict[str, T]:
    found = {}
    for key, value in new.items():
        known = old.get(key)
        found[key] = known if known is not None and _same(value, known) else value
    return found


def _wires(new: Flow, old: Flow) -> tuple[Wire, ...]:
    """Return the wires; all of them as one object where none differs."""
    if new.wires == old.wires and all(map(_same_feedback, new.wires, old.wires)):
        return old.wires
    known = {(wire.source, wire.out, wire.target, wire.port): wire for wire in old.wires}
    return tuple([_wire(wire, known.get((wire.source, wire.out, wire.target, wire.port))) for wire in new.wires])


def _wire(new: Wire, old: Wire | None) -> Wire:
    return old if old is not None and new == old and _same_feedback(new, old) else new


def _same_feedback(new: Wire, old: Wire) -> bool:
    return new.feedback is None or _same(new.feedback, old.feedback)


def _same(new: Any, old: Any) -> bool:
    try:
        return bool(new == old) and _encode(new) == _encode(old)
    except (OverflowError, UnicodeEncodeError, ValueError):  # whole numbers beyond 64 bits: not worth a second way
        return False

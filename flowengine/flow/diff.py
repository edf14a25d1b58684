"""What changed between two flows: node by node, wire by wire, positions apart."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

from flowengine.flow.file import end
from flowengine.flow.model import ConnectionSpec, Flow, NodeSpec, Queue, Wire


@dataclass(frozen=True)
class Change:
    """One property that differs. None stands for "not there" when `was_set` or `is_set` says so."""

    path: str
    """`options.setpoint`, `type`, `disabled`."""
    old: Any
    new: Any
    was_set: bool = True
    is_set: bool = True

    def __str__(self) -> str:
        if not self.was_set:
            return f"{self.path}: {_shown(self.new)} added"
        if not self.is_set:
            return f"{self.path}: {_shown(self.old)} removed"
        return f"{self.path}: {_shown(self.old)} -> {_shown(self.new)}"


@dataclass(frozen=True)
class FlowDiff:
    """The difference between two flows; nodes and connections by name."""

    name: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    kept: tuple[str, ...] = ()
    wires_added: tuple[Wire, ...] = ()
    wires_removed: tuple[Wire, ...] = ()
    wires_reordered: bool = False
    """The same wires in another order: a node's targets are served in the order of its wires."""
    connections_added: tuple[str, ...] = ()
    connections_removed: tuple[str, ...] = ()
    connections_changed: Mapping[str, tuple[Change, ...]] = field(default_factory=dict)
    properties: tuple[Change, ...] = ()
    """What differs in the flow itself: name, note, disabled, delivery, limits, outgoing, environment, subflow."""
    moved: tuple[str, ...] = ()
    """What stands elsewhere in the canvas."""
    existed: bool = True
    exists: bool = True

    @property
    def layout_only(self) -> bool:
        """Whether nothing but positions changed: nothing to deploy."""
        return bool(self.moved) and not self.logic

    @property
    def logic(self) -> bool:
        """Whether anything that runs, or says how, changed."""
        return bool(
            self.existed != self.exists
            or self.added
            or self.removed
            or self.changed
            or self.wires_added
            or self.wires_removed
            or self.wires_reordered
            or self.connections_added
            or self.connections_removed
            or self.connections_changed
            or self.properties
        )

    def __bool__(self) -> bool:
        return self.logic or bool(self.moved)

    def __str__(self) -> str:
        return "\n".join(_text(self))


def diff(old: Flow | None, new: Flow | None) -> FlowDiff:
    """Return what changed from one flow to another; None: it is not there."""
    before, after = old or Flow(name=new.name if new else ""), new or Flow(name=old.name if old else "")
    nodes = _compare(before.nodes, after.nodes)
    connections = _compare(before.connections, after.connections)
    wires_added, wires_removed = _missing(after.wires, before.wires), _missing(before.wires, after.wires)
    places = (before.layout, after.layout)
    return FlowDiff(
        name=after.name,
        added=tuple(key for key in after.nodes if key not in before.nodes),
        removed=tuple(key for key in before.nodes if key not in after.nodes),
        changed=nodes,
        kept=tuple(key for key in after.nodes if key in before.nodes and key not in nodes),
        wires_added=wires_added,
        wires_removed=wires_removed,
        wires_reordered=not wires_added
        and not wires_removed
        and before.wires is not after.wires
        and _served(before) != _served(after),
        connections_added=tuple(key for key in after.connections if key not in before.connections),
        connections_removed=tuple(key for key in before.connections if key not in after.connections),
        connections_changed=connections,
        properties=_properties(before, after) if old is not None and new is not None else (),
        moved=tuple(key for key in (places[0] | places[1]) if not same(places[0].get(key), places[1].get(key))),
        existed=old is not None,
        exists=new is not None,
    )


def _compare(
    old: Mapping[str, NodeSpec] | Mapping[str, ConnectionSpec],
    new: Mapping[str, NodeSpec] | Mapping[str, ConnectionSpec],
) -> dict[str, tuple[Change, ...]]:
    """Return the changes of all that is on both sides."""
    found: dict[str, tuple[Change, ...]] = {}
    for key, after in new.items():
        before = old.get(key)
        if before is None or before is after:
            continue
        changes = _changes(msgspec.structs.asdict(before), msgspec.structs.asdict(after))
        if changes:
            found[key] = tuple(changes)
    return found


def _properties(old: Flow, new: Flow) -> tuple[Change, ...]:
    names = ("name", "note", "disabled", "delivery", "limits", "outgoing", "environment", "subflow")
    before, after = ({name: msgspec.to_builtins(getattr(flow, name)) for name in names} for flow in (old, new))
    return tuple(_changes(before, after))


def _changes(old: Any, new: Any, path: str = "") -> list[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        found: list[Change] = []
        for key in old | new:
            inner = f"{path}.{key}" if path else str(key)
            if key not in new:
                found.append(Change(inner, old[key], None, is_set=False))
            elif key not in old:
                found.append(Change(inner, None, new[key], was_set=False))
            else:
                found += _changes(old[key], new[key], inner)
        return found
    return [] if same(old, new) else [Change(path, old, new)]


def same(old: Any, new: Any) -> bool:
    """Compare as JSON does, where true is not 1; 20 and 20.0 are the same number."""
    if old is new:
        return True
    if isinstance(old, dict) and isinstance(new, dict):
        return old.keys() == new.keys() and all(same(value, new[key]) for key, value in old.items())
    if isinstance(old, list | tuple) and isinstance(new, list | tuple):
        return len(old) == len(new) and all(map(same, old, new))
    return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def _missing(wires: tuple[Wire, ...], others: tuple[Wire, ...]) -> tuple[Wire, ...]:
    """Return the wires that are not among the others, as often as they are missing there."""
    if wires is others:
        return ()
    left = Counter(map(_identity, others))
    found: list[Wire] = []
    for wire in wires:
        key = _identity(wire)
        if left[key]:
            left[key] -= 1
        else:
            found.append(wire)
    return tuple(found)


def _served(flow: Flow) -> dict[tuple[str, str], list[str]]:
    """Return for each output port its wires in order; the order between two outputs has no meaning."""
    served: dict[tuple[str, str], list[str]] = {}
    for wire in flow.wires:
        served.setdefault((wire.source, wire.out), []).append(_identity(wire))
    return served


def _identity(wire: Wire) -> str:
    return msgspec.json.encode(wire).decode()


def _text(change: FlowDiff) -> list[str]:
    if not change:
        return [f"{change.name}: no difference"]
    if change.layout_only:
        return [f"{change.name}: only positions differ ({', '.join(change.moved)})"]
    state = "" if change.existed and change.exists else " (new flow)" if change.exists else " (flow removed)"
    lines = [f"{change.name}:{state}"]
    lines += [f"  + node {key}" for key in change.added]
    lines += [f"  - node {key}" for key in change.removed]
    for key, changes in change.changed.items():
        lines += [f"  ~ node {key}", *(f"      {one}" for one in changes)]
    lines += [f"  + connection {key}" for key in change.connections_added]
    lines += [f"  - connection {key}" for key in change.connections_removed]
    for key, changes in change.connections_changed.items():
        lines += [f"  ~ connection {key}", *(f"      {one}" for one in changes)]
    lines += [f"  + wire {_wire(wire)}" for wire in change.wires_added]
    lines += [f"  - wire {_wire(wire)}" for wire in change.wires_removed]
    if change.wires_reordered:
        lines.append("  ~ wires in another order: a node's targets are served in that order")
    lines += [f"  ~ flow {one}" for one in change.properties]
    if change.moved and change.existed and change.exists:
        lines.append(f"  ~ positions: {', '.join(change.moved)}")
    return lines


def _wire(wire: Wire) -> str:
    marks = [
        *(["feedback, initially " + _shown(wire.feedback.initial)] if wire.feedback is not None else []),
        *([_queue(wire.queue)] if wire.queue is not None else []),
        *(["disabled"] if wire.disabled else []),
    ]
    text = f"{end(wire.source, wire.out)} -> {end(wire.target, wire.port)}"
    return f"{text} ({'; '.join(marks)})" if marks else text


def _queue(queue: Queue) -> str:
    text = f"queue of {queue.size}, {queue.full} when full"
    if queue.full == "spill":
        text += f", of {queue.spill_size} with what is on disk, then {queue.spill_full}"
    return text if queue.max_age is None else f"{text}, for {queue.max_age:g} s"


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."

"""What a deploy would restart and what would go on: the difference between two plans, node by node."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flowengine.flow.plan import Plan, PlannedNode
from flowengine.options import connection_options


@dataclass(frozen=True)
class DeployOutcome:
    """What a deploy did, or would do; nodes by id, in the order of the plan."""

    restarted: tuple[str, ...]
    """Nodes that start anew: added ones and those that differ."""
    kept: tuple[str, ...]
    """Nodes that go on with their state, their counters and what they hold."""
    removed: tuple[str, ...] = ()
    """Nodes that are no more."""


def restarts(old: Plan | None, new: Plan) -> DeployOutcome:
    """Return what a deploy of `new` would do to the running `old` (None: nothing runs).

    A node goes on if its class, its resolved options and the connections it uses are the same; wires do not matter.
    Where variables of the flow or its allow-list differ, everything starts anew: a node may have used them.
    """
    if old is None or old.environment != new.environment or old.outgoing != new.outgoing:
        gone = () if old is None else tuple(name for name in old.nodes if name not in new.nodes)
        return DeployOutcome(tuple(new.nodes), (), gone)
    keys = _Keys(old), _Keys(new)
    restarted: list[str] = []
    kept: list[str] = []
    for name, node in new.nodes.items():
        before = old.nodes.get(name)
        same = before is not None and _same(before, node, *keys)
        (kept if same else restarted).append(name)
    return DeployOutcome(tuple(restarted), tuple(kept), tuple(name for name in old.nodes if name not in new.nodes))


class _Keys:
    """The keys of a plan's connections, each made once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._known: dict[str, str] = {}

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            self._known[name] = self._plan.connections[name].key
        return self._known[name]


def _same(old: PlannedNode, new: PlannedNode, old_keys: _Keys, new_keys: _Keys) -> bool:
    connections = connection_options(new.cls)
    if old is new and not connections:
        return True
    if old.cls is not new.cls or old.options.keys() != new.options.keys():
        return False
    for name, value in new.options.items():
        before = old.options[name]
        if name in connections and value is not None and before is not None:
            if old_keys[before] != new_keys[value]:
                return False
        elif before is not value and not _equal(before, value):
            return False
    return True


def _equal(old: Any, new: Any) -> bool:
    """Compare strictly: true is not 1, and 1 is not 1.0, which a node may tell apart."""
    if old.__class__ is not new.__class__:
        return False
    if isinstance(old, dict):
        return list(old) == list(new) and all(_equal(value, new[key]) for key, value in old.items())
    if isinstance(old, list | tuple):
        return len(old) == len(new) and all(map(_equal, old, new))
    return bool(old == new)

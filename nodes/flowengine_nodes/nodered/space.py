"""What joins Node-RED's nodes beside the wires: catch, status and complete nodes, links, environment, contexts.

There is one Space for each engine and a Scope for each flow and each instance of a subflow, one inside the other.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from flowengine import Context, path
from flowengine_nodes.nodered.message import MISSING, Msg

if TYPE_CHECKING:
    from flowengine_nodes.nodered.base import Red

MOST_CATCHES: Final = 10
"""How often one message may come back to a node by its own failures; then it goes no further."""

MEMORY_STORES: Final = "NODE_RED_STORES"
"""The variable that names the context stores, the default one first."""
FILE_STORES: Final = "NODE_RED_FILE_STORES"
"""The variable that names those of them that outlast a restart."""


class Values:
    """A context store of one owner, in memory; its names are property paths."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.changes = 0

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value at a property path."""
        return path.get(self.values, path.parse(key), default)

    def set(self, key: str, value: Any) -> None:
        """Keep a value; None forgets it."""
        keys = path.parse(key)
        self.changes += 1
        self.values = path.remove(self.values, keys) if value is None else path.put(self.values, keys, value)

    def keys(self) -> list[str]:
        """Return the names at the top level."""
        return list(self.values)


KEPT: Final = "$kept:"
"""Where the stores begin that the engine keeps inside its own contexts."""


class Kept:
    """A context store of one owner that outlasts a restart: a part of the context that the engine keeps."""

    def __init__(self, context: Any, name: str) -> None:
        self._context, self._name = context, f'["{KEPT}{name}"]'

    @property
    def values(self) -> dict[str, Any]:
        """Everything in it."""
        found = self._context.get(self._name)
        return found if isinstance(found, dict) else {}

    @property
    def changes(self) -> int:
        """How often anything has been set."""
        return int(getattr(self._context, "changes", -1))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value at a property path."""
        return path.get(self.values, path.parse(key), default)

    def set(self, key: str, value: Any) -> None:
        """Keep a value; None forgets it."""
        self._context.set(self._name + (key if key.startswith("[") else f".{key}"), value)

    def keys(self) -> list[str]:
        """Return the names at the top level."""
        return list(self.values)


class Scope:
    """A flow or an instance of a subflow: its catch, status and complete nodes, its variables, its contexts."""

    def __init__(self, space: Space, flow: str, prefix: str) -> None:
        self.space, self.flow, self.prefix = space, flow, prefix
        self.catches: list[Any] = []
        self.statuses: list[Any] = []
        self.completes: list[Any] = []
        self.variables: dict[str, Any] = {}
        """Name -> value, typed; those of an instance and its subflow together."""
        self.groups: dict[str, tuple[str, dict[str, Any]]] = {}
        """Group -> the group around it, its variables."""
        self.source: dict[str, Any] = {}
        """How an instance of a subflow shows in messages of catch and status nodes: id, type, name."""
        self.shows = False
        """Whether a status of its own is what an instance shows, not those of the nodes inside."""
        self.show_status: Callable[[Any], None] | None = None
        self.contexts: dict[tuple[str, str], Values] = {}

    @property
    def parent(self) -> Scope | None:
        """The scope around, for an instance of a subflow."""
        if not self.prefix:
            return None
        return self.space.scope(self.flow, self.prefix.rpartition("/")[0])

    @property
    def key(self) -> str:
        """The id of the instance in the scope around."""
        return self.prefix.rpartition("/")[2]

    def named(self, id: str) -> str:
        """Return the id that Node-RED gives a node in here: that of the instance, a hyphen, that of the node."""
        if self.parent is None:
            return id
        return f"{self.parent.named(str(self.source.get('id') or self.key))}-{id}"

    def around(self, group: str) -> Iterator[str]:
        """Yield a group and those around it, innermost first."""
        seen: set[str] = set()
        while group and group not in seen:
            seen.add(group)
            yield group
            group = self.groups.get(group, ("", {}))[0]

    def variable(self, name: str, group: str = "") -> Any:
        """Return a variable of the groups, the flow or instance, and what lies around; MISSING where there is none."""
        if name.startswith("$parent.") and group in self.groups:
            return self.variable(name.removeprefix("$parent."), self.groups[group][0])
        if name.startswith("$parent."):
            parent = self.parent
            return parent.variable(name.removeprefix("$parent.")) if parent else MISSING
        for each in self.around(group):
            if name in self.groups.get(each, ("", {}))[1]:
                return self.groups[each][1][name]
        if name in self.variables:
            return self.variables[name]
        return self.parent.variable(name) if self.parent is not None else MISSING


class Space:
    """Everything of Node-RED in one engine."""

    def __init__(self) -> None:
        self.scopes: dict[tuple[str, str], Scope] = {}
        self.links: dict[str, Any] = {}
        """Id -> link in node."""
        self.calls: dict[str, Any] = {}
        """Event -> the link call node that waits for it."""
        self.callers: dict[str, Any] = {}
        """Path -> link call node, for what comes back when none waits any more."""
        self.global_stores: dict[str, Values] = {}
        self.listeners: dict[Any, Any] = {}
        """Servers that several nodes share, by what they listen on."""

    def scope(self, flow: str, prefix: str) -> Scope:
        """Return the scope of a flow (prefix empty) or of an instance in it."""
        found = self.scopes.get((flow, prefix))
        if found is None:
            found = self.scopes[flow, prefix] = Scope(self, flow, prefix)
        return found

    # --- failures, statuses, ends ---

    def failed(self, node: Red, text: str, msg: Msg, extra: Msg) -> bool:
        """Give a failure to the catch nodes in whose scope it lies; False: there is none.

        `extra` goes into `msg.error`; `earlier` in it is what was caught before, where the msg has it no more.
        """
        earlier = extra.pop("earlier", msg.get("error"))
        origin = earlier.get("source") if isinstance(earlier, dict) else None
        source, count = node.source_(), 1
        if isinstance(origin, dict) and origin.get("id") == source["id"]:
            count = int(origin.get("count", 0)) + 1
            if count >= MOST_CATCHES:
                node.warn("Message exceeded maximum number of catches")
                return False
        return self._failed(node.scope_, node.key_, node.group_, text, msg, {**source, "count": count}, extra)

    def _failed(
        self, scope: Scope, key: str, group: str, text: str, msg: Msg, source: dict[str, Any], extra: Msg
    ) -> bool:
        handled = False
        for catch in sorted(scope.catches, key=lambda catch: catch.rank(key, group)):
            if not catch.covers(key, group) or (catch.uncaught and handled):
                continue
            told = {**msg}
            if "error" in msg:
                told["_error"] = msg["error"]
            told["error"] = {"message": text, "source": source, **extra}
            catch.soon(told)
            handled = True
            if catch.uncaught:
                break
        if handled or scope.parent is None:
            return handled
        return self._failed(scope.parent, scope.key, "", text, msg, source, extra)

    def said(self, scope: Scope, key: str, group: str, status: dict[str, Any], source: dict[str, Any]) -> bool:
        """Give a status to the status nodes in whose scope it lies."""
        handled = False
        for node in list(scope.statuses):
            if node.covers(key, group):
                node.soon({"status": {**status, "source": dict(source)}})
                handled = True
        if not handled and scope.parent is not None and not scope.shows:
            return self.said(scope.parent, scope.key, "", status, {**source, **scope.source})
        return handled

    def completed(self, node: Red, msg: Msg) -> None:
        """Tell the complete nodes in whose scope a node lies that it has finished with a message."""
        for each in list(node.scope_.completes):
            if each.covers(node.key_, node.group_):
                each.soon({**msg, "complete": {"source": node.source_()}})


_spaces: weakref.WeakKeyDictionary[Any, Space] = weakref.WeakKeyDictionary()


def space_of(shared: Context) -> Space:
    """Return the space of the engine whose global context this is."""
    found = _spaces.get(shared)
    if found is None:
        found = _spaces[shared] = Space()
    return found

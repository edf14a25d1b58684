"""Three-way merge of flow files on the graph: by node, option, wire, connection, variable, note and interface.

What git's own merge makes of two edits on neighbouring lines is a conflict, or a missing comma. Here edits that touch
different properties always merge, a true conflict is named and keeps ours, and the outcome is always a flow file.
Positions never conflict: ours stay unless only theirs were moved.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flowengine.flow.merge_renames import common_names, members, renamed
from flowengine.flow.merge_values import GONE, Keys, are_sets, equal, merge_members, merge_sets, merge_values
from flowengine.flow.merge_wires import WireMerge, node_of, wires_of


@dataclass(frozen=True)
class MergeConflict:
    """A property that both sides have changed, each in its own way; ours stands in the outcome."""

    what: str
    """Where: `node hold-180`, `wire a -> b`, `connection oven`, `flow`."""
    property: str
    """Which: `options.setpoint`; empty: the whole of it, removed on one side and changed on the other."""
    base: Any
    ours: Any
    theirs: Any
    said: str
    """What happened, in a sentence; None above is null or not there, which this tells apart."""

    def __str__(self) -> str:
        return f"{self.what}{', ' + self.property if self.property else ''}: {self.said}"

    def as_dict(self) -> dict[str, Any]:
        """Return all fields as JSON values."""
        return {**self.__dict__, "text": str(self)}


@dataclass
class Merged:
    """The outcome of a merge."""

    data: dict[str, Any]
    """The flow as its file says it."""
    conflicts: list[MergeConflict] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    """Wires, in words, that one side added to a node which the other has removed: they could not be kept."""


def merge(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Merged:
    """Merge two files that began as the same one, each given as its JSON value; `base` is empty for a new file."""
    work = _Work()
    base, ours, theirs = work.same_names(base, ours, theirs)
    data = merge_members(base, ours, theirs, work.top)
    nodes = {name for side in (base, ours, theirs) for name in members(side, "nodes")}
    removed = nodes - members(data, "nodes").keys()
    if data.get("wires") == []:
        merging = WireMerge(removed, work.kept, work.clash, work.result.dropped)
        data["wires"] = merging.merge(wires_of(base), wires_of(ours), wires_of(theirs))
        if not data["wires"] and _if_any({}, *(side.get("wires", GONE) for side in (base, ours, theirs))) is GONE:
            del data["wires"]
    places = {name: place for name, place in members(ours, "layout").items() if name in work.kept}
    _forget(data, removed, places, work.result.dropped)
    work.result.data = data
    return work.result


class _Work:
    def __init__(self) -> None:
        self.result = Merged({})
        self.kept: set[str] = set()
        """Nodes that we have changed and they have removed: they stay, with their wires."""

    def clash(self, what: str, keys: Keys, base: Any, ours: Any, theirs: Any) -> None:
        """Note a property that both sides have changed."""
        said = f"ours {_shown(ours)}, theirs {_shown(theirs)}, before {_shown(base)}; ours is kept"
        self._note(what, ".".join(keys), (base, ours, theirs), said)

    def _note(self, what: str, name: str, sides: tuple[Any, Any, Any], said: str) -> None:
        base, ours, theirs = (None if side is GONE else side for side in sides)
        self.result.conflicts.append(MergeConflict(what, name, base, ours, theirs, said))

    def same_names(
        self, base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]
    ) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """Give nodes that were renamed the same id on all sides."""
        names = common_names(base, ours, theirs)
        for old, us, them in names.conflicts:
            words = [f"{side} {'removed it' if name is None else f'renamed it {name}'}" for side, name in
                     (("ours", us), ("theirs", them))]  # fmt: skip
            self._note(f"node {old}", "", (old, us, them), f"{', '.join(words)}; ours is kept")
        return renamed(base, names.base), renamed(ours, names.ours), renamed(theirs, names.theirs)

    def top(self, key: str, base: Any, ours: Any, theirs: Any) -> Any:
        """Merge what stands under one key of the file."""
        b, o, t = ({} if side is GONE else side for side in (base, ours, theirs))
        if key == "wires" and all(side is GONE or isinstance(side, list) for side in (ours, theirs)):
            return []  # merged once it is known which nodes there are
        if all(isinstance(side, dict) for side in (b, o, t)):
            if key in ("nodes", "connections"):
                return _if_any(merge_members(b, o, t, partial(self._thing, key.removesuffix("s"))), base, ours, theirs)
            if key == "layout":
                return _if_any(merge_members(b, o, t, _place), base, ours, theirs)
            if key == "subflow" and GONE not in (ours, theirs):
                return merge_members(b, o, t, self._interface)
        return merge_values(base, ours, theirs, (key,), partial(self.clash, "flow"))

    def _thing(self, kind: str, name: str, base: Any, ours: Any, theirs: Any) -> Any:
        """Merge a node or a connection."""
        what = f"{kind} {name}"
        if isinstance(base, dict) and isinstance(ours, dict) and isinstance(theirs, dict):
            self._check_type(what, base, ours, theirs)
        elif GONE not in (base, ours) and theirs is GONE and not equal(base, ours):
            self.kept.add(name)
            self._note(what, "", (base, ours, theirs), "ours changed it, theirs removed it; it stays as ours has it")
            return ours
        elif GONE not in (base, theirs) and ours is GONE and not equal(base, theirs):
            self._note(what, "", (base, ours, theirs), "ours removed it, theirs changed it; it stays removed")
            return GONE
        return merge_values(base, ours, theirs, (), partial(self.clash, what))

    def _check_type(self, what: str, base: dict[str, Any], ours: dict[str, Any], theirs: dict[str, Any]) -> None:
        """Options belong to a type: one side's new type and the other's options do not go together."""
        for one, other in ((ours, theirs), (theirs, ours)):
            new_type = not equal(base.get("type"), one.get("type")) and equal(base.get("type"), other.get("type"))
            if new_type and not equal(base.get("options", {}), other.get("options", {})):
                sides = (base.get("type"), ours.get("type"), theirs.get("type"))
                said = "one side gave it another type, the other changed its options: look at both"
                self._note(what, "type", sides, said)

    def _interface(self, key: str, base: Any, ours: Any, theirs: Any) -> Any:
        """Merge a part of a subflow's interface; the ends behind a port are a set."""
        clash = partial(self.clash, "subflow")
        b, o, t = ({} if side is GONE else side for side in (base, ours, theirs))
        if key not in ("inputs", "outputs") or not all(isinstance(side, dict) for side in (b, o, t)):
            return merge_values(base, ours, theirs, (key,), clash)

        def ends(port: str, before: Any, us: Any, them: Any) -> Any:
            if are_sets(us, them):
                return merge_sets(before, us, them)
            return merge_values(before, us, them, (key, port), clash)

        return _if_any(merge_members(b, o, t, ends), base, ours, theirs)


def _if_any(merged: dict[str, Any], base: Any, ours: Any, theirs: Any) -> Any:
    """Return merged members; if there are none, nothing where the side that changed it has no key for them."""
    decides = theirs if (ours is GONE) == (base is GONE) else ours
    return GONE if not merged and decides is GONE else merged


def _place(name: str, base: Any, ours: Any, theirs: Any) -> Any:
    """Merge one entry of the layout: ours, unless only theirs was moved."""
    if isinstance(ours, dict) and isinstance(theirs, dict):  # a group or a note

        def member(key: str, before: Any, us: Any, them: Any) -> Any:
            if key == "nodes" and are_sets(us, them):
                return merge_sets(before, us, them)
            return them if equal(before, us) else us

        return merge_members(base if isinstance(base, dict) else {}, ours, theirs, member)
    return theirs if equal(base, ours) else ours


def _forget(data: dict[str, Any], removed: set[str], places: Mapping[str, Any], dropped: list[str]) -> None:
    """Take nodes that are no more out of layout, groups and interface; those that stay keep their places."""
    layout = {**members(data, "layout"), **places}
    if layout:
        data["layout"] = {
            name: _without(entry, removed) for name, entry in layout.items() if name not in removed
        }  # fmt: skip
    for side in ("inputs", "outputs"):
        ports = members(members(data, "subflow"), side)
        lost = [
            (port, end)
            for port, ends in ports.items()
            for end in (ends if isinstance(ends, list) else ())
            if isinstance(end, str) and node_of(end) in removed
        ]
        if lost:
            dropped += [f"{side[:-1]} {port} of the subflow at {end}: the node was removed" for port, end in lost]
            kept = {
                port: [end for end in ends if (port, end) not in lost] if isinstance(ends, list) else ends
                for port, ends in ports.items()
            }
            data["subflow"] = {**members(data, "subflow"), side: kept}


def _without(entry: Any, removed: set[str]) -> Any:
    """Return an entry of the layout; a group without nodes that are no more."""
    if isinstance(entry, dict) and isinstance(entry.get("nodes"), list):
        return {**entry, "nodes": [name for name in entry["nodes"] if not isinstance(name, str) or name not in removed]}
    return entry


def _shown(value: Any) -> str:
    if value is GONE:
        return "not there"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else text[:57] + "..."

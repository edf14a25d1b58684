"""Nodes that one side has given another id: found, so that what the other side changed at them is not lost.

A node of the base that is gone on one side has been renamed if one new node there is the same in all else, with the
same wires or at the same place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flowengine.flow.merge_wires import ends_of


@dataclass
class Renaming:
    """How the ids of three versions are made the same: old id -> new id for each of them."""

    base: dict[str, str] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)
    theirs: dict[str, str] = field(default_factory=dict)
    conflicts: list[tuple[str, str | None, str | None]] = field(default_factory=list)
    """A node of the base, and what each side calls it; None: removed there."""


def common_names(base: Mapping[str, Any], ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Renaming:
    """Find out what was renamed where; where both sides did so, ours counts."""
    by_us, by_them = renames(base, ours), renames(base, theirs)
    us, them = members(ours, "nodes"), members(theirs, "nodes")
    result = Renaming()
    for old, new in by_us.items():
        theirs_now = by_them.get(old)
        if theirs_now is None and old not in them:
            result.conflicts.append((old, new, None))
        elif theirs_now == new or new not in them:
            result.base[old] = new
            result.theirs[theirs_now or old] = new
            if theirs_now is not None and theirs_now != new:
                result.conflicts.append((old, new, theirs_now))
    for old, new in by_them.items():
        if old in by_us:
            continue
        if old not in us:
            result.conflicts.append((old, None, new))
            result.theirs[new] = old
        elif new not in us:
            result.base[old] = result.ours[old] = new
    return result


def renames(base: Mapping[str, Any], side: Mapping[str, Any]) -> dict[str, str]:
    """Return old id -> new id of the nodes that a side has renamed."""
    before, after = members(base, "nodes"), members(side, "nodes")
    gone = {name: _content(node) for name, node in before.items() if name not in after}
    new = {name: _content(node) for name, node in after.items() if name not in before}
    alike = {
        name: found[0]
        for name, content in gone.items()
        if len(found := [other for other, text in new.items() if text == content]) == 1
        and list(gone.values()).count(content) == 1
    }
    return {old: new for old, new in alike.items() if _stands_for(old, new, base, side, alike)}


def _stands_for(old: str, new: str, base: Mapping[str, Any], side: Mapping[str, Any], alike: Mapping[str, str]) -> bool:
    """Say whether a new node has the wires that an old one had, or stands where it stood."""
    place = members(base, "layout").get(old)
    if place is not None and place == members(side, "layout").get(new):
        return True
    there = {ends_of(wire) for wire in _wires(side)}
    known = members(side, "nodes")
    before = [ends for wire in _wires(base) if old in (_node(ends := ends_of(wire), 0), _node(ends, 1))]
    after = [tuple(_end(one, alike) for one in ends) for ends in before]
    after = [ends for ends in after if _node(ends, 0) in known and _node(ends, 1) in known]
    return bool(after) and all(ends in there for ends in after)


def _node(ends: tuple[Any, ...], which: int) -> str:
    return str(ends[which]).partition(".")[0]


def _end(text: Any, names: Mapping[str, str]) -> Any:
    if not isinstance(text, str):
        return text
    node, dot, port = text.partition(".")
    return names.get(node, node) + dot + port


def renamed(data: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return a flow with nodes renamed wherever they are named: wires, layout, groups, the subflow's interface."""
    if not names:
        return dict(data)

    def node(name: str) -> str:
        return names.get(name, name)

    def end(text: Any) -> Any:
        return _end(text, names)

    result = dict(data)
    if isinstance(data.get("nodes"), dict):
        result["nodes"] = {node(name): value for name, value in data["nodes"].items()}
    if isinstance(data.get("wires"), list):
        result["wires"] = [_with_ends(wire, end) for wire in data["wires"]]
    if isinstance(data.get("layout"), dict):
        result["layout"] = {node(name): _group(value, node) for name, value in data["layout"].items()}
    if isinstance(data.get("subflow"), dict):
        result["subflow"] = {
            key: {port: [end(one) for one in ends] if isinstance(ends, list) else ends for port, ends in value.items()}
            if key in ("inputs", "outputs") and isinstance(value, dict)
            else value
            for key, value in data["subflow"].items()
        }
    return result


def _with_ends(wire: Any, end: Callable[[Any], Any]) -> Any:
    if not isinstance(wire, dict):
        return wire
    return {key: end(value) if key in ("from", "to") else value for key, value in wire.items()}


def _group(value: Any, node: Callable[[str], str]) -> Any:
    if isinstance(value, dict) and isinstance(value.get("nodes"), list):
        return {**value, "nodes": [node(name) if isinstance(name, str) else name for name in value["nodes"]]}
    return value


def members(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Return the object that stands under a key, an empty one if none does."""
    found = data.get(key)
    return found if isinstance(found, dict) else {}


def _wires(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    wires = data.get("wires")
    return [wire for wire in wires if isinstance(wire, dict)] if isinstance(wires, list) else []


def _content(node: Any) -> str:
    return json.dumps(node, sort_keys=True)

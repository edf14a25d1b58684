"""Three-way merge of wires. A wire is known by its two ends, and by its number where there are several like it.

`a` and `a.out`, `b` and `b.in` are the same ends, written in two ways; each wire stays written as it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from typing import Any

from flowengine.flow.merge_values import GONE, Keys, equal, merge_order, merge_values

WireKey = tuple[str, str, int]


def wires_of(data: Mapping[str, Any]) -> dict[WireKey, dict[str, Any]]:
    """Return the wires of a file by their key."""
    found: dict[WireKey, dict[str, Any]] = {}
    count: Counter[tuple[str, str]] = Counter()
    wires = data.get("wires")
    for wire in wires if isinstance(wires, list) else []:
        if isinstance(wire, dict):
            ends = ends_of(wire)
            found[(*ends, count[ends])] = wire
            count[ends] += 1
    return found


def ends_of(wire: Mapping[str, Any]) -> tuple[str, str]:
    """Return both ends of a wire in the shorter way of writing them."""
    return str(wire.get("from")).removesuffix(".out"), str(wire.get("to")).removesuffix(".in")


class WireMerge:
    """Merges the wires of one file."""

    def __init__(
        self,
        removed: Collection[str],
        kept: Collection[str],
        clash: Callable[..., None],
        dropped: list[str],
    ) -> None:
        """Take the nodes that are no more, those that stay though the other side removed them, and where to report."""
        self._removed, self._kept = removed, kept
        self._clash, self._dropped = clash, dropped

    def merge(
        self, base: Mapping[WireKey, Any], ours: Mapping[WireKey, Any], theirs: Mapping[WireKey, Any]
    ) -> list[dict[str, Any]]:
        """Return the merged wires."""
        found: dict[WireKey, Any] = {}
        for key in dict.fromkeys([*ours, *theirs]):
            wire = self._wire(key, base.get(key, GONE), ours.get(key, GONE), theirs.get(key, GONE))
            if wire is not GONE:
                found[key] = wire
        self._check_order(list(base), list(ours), list(theirs), found)
        return [found[key] for key in merge_order(list(base), list(ours), list(theirs), found)]

    def _wire(self, key: WireKey, base: Any, ours: Any, theirs: Any) -> Any:
        ends = [node_of(key[0]), node_of(key[1])]
        lost = [node for node in ends if node in self._removed]
        if lost:  # it went with its node, unless a side has drawn or changed it
            if any(side is not GONE and not equal(_settings(base), _settings(side)) for side in (ours, theirs)):
                self._dropped.append(f"wire {key[0]} -> {key[1]}: node {lost[0]} was removed on the other side")
            return GONE
        if theirs is GONE and ours is not GONE and any(node in self._kept for node in ends):
            return ours

        def clash(keys: Keys, *values: Any) -> None:
            self._clash(f"wire {key[0]} -> {key[1]}", keys, *values)

        merged = merge_values(_settings(base), _settings(ours), _settings(theirs), (), clash)
        return merged if merged is GONE else {**_ends(ours if ours is not GONE else theirs), **merged}

    def _check_order(
        self, base: list[WireKey], ours: list[WireKey], theirs: list[WireKey], found: Collection[WireKey]
    ) -> None:
        """Name the outputs whose wires both sides have put into another order: targets are served in that order."""
        common = {key for key in base if key in found} & set(ours) & set(theirs)
        for source in dict.fromkeys(key[0] for key in base if key in common):
            before, us, them = (
                [key[1] for key in side if key in common and key[0] == source] for side in (base, ours, theirs)
            )
            if before not in (us, them) and us != them:
                self._clash(f"wires from {source}", ("order",), before, us, them)


def node_of(end: str) -> str:
    """Return the node of one end of a wire."""
    return end.partition(".")[0]


def _settings(wire: Any) -> Any:
    """Return what a wire says beside its ends."""
    return wire if wire is GONE else {key: value for key, value in wire.items() if key not in ("from", "to")}


def _ends(wire: Mapping[str, Any]) -> dict[str, Any]:
    return {key: wire[key] for key in ("from", "to") if key in wire}

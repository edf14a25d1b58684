"""Three-way merge of JSON values: what only one side has changed is taken over, at any depth; lists entry by entry."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from flowengine.flow.diff import same
from flowengine.flow.merge_lists import merge_lists

GONE: Any = type("Gone", (), {"__repr__": lambda self: "GONE", "__bool__": lambda self: False})()
"""Stands for a value that is not there."""

Keys = tuple[str, ...]
Clash = Callable[[Keys, Any, Any, Any], None]
"""Hears of a property that both sides have changed: where, base, ours, theirs."""


def equal(a: Any, b: Any) -> bool:
    """Compare as JSON does; what is not there equals only what is not there."""
    return a is b if a is GONE or b is GONE else same(a, b)


def merge_values(base: Any, ours: Any, theirs: Any, keys: Keys, clash: Clash) -> Any:
    """Return the merged value, GONE if it is to go; where both sides have changed it differently, ours stays."""
    if equal(ours, theirs) or equal(base, theirs):
        return ours
    if equal(base, ours):
        return theirs
    if isinstance(ours, dict) and isinstance(theirs, dict):
        before = base if isinstance(base, dict) else {}

        def member(key: str, b: Any, o: Any, t: Any) -> Any:
            return merge_values(b, o, t, (*keys, key), clash)

        return merge_members(before, ours, theirs, member)
    if isinstance(base, list) and isinstance(ours, list) and isinstance(theirs, list) and keys:

        def entry(index: int, b: Any, o: Any, t: Any) -> Any:
            return merge_values(b, o, t, (*keys[:-1], f"{keys[-1]}[{index}]"), clash)

        merged = merge_lists(base, ours, theirs, entry)
        if merged is not None:
            return merged
    clash(keys, base, ours, theirs)
    return ours


def merge_members(
    base: Mapping[str, Any],
    ours: Mapping[str, Any],
    theirs: Mapping[str, Any],
    member: Callable[[str, Any, Any, Any], Any],
) -> dict[str, Any]:
    """Merge objects: `member` merges what stands under one key."""
    merged = {
        key: value
        for key in dict.fromkeys([*ours, *theirs])
        if (value := member(key, base.get(key, GONE), ours.get(key, GONE), theirs.get(key, GONE))) is not GONE
    }
    return {key: merged[key] for key in merge_order(list(base), list(ours), list(theirs), merged)}


def are_sets(*lists: Any) -> bool:
    """Say whether all values are lists of texts."""
    return all(isinstance(texts, list) and all(isinstance(text, str) for text in texts) for texts in lists)


def merge_sets(base: Any, ours: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Merge lists in which each text stands once: what one side added or took out is added or taken out."""
    base = base if are_sets(base) else []
    kept = [i for i in dict.fromkeys([*ours, *theirs]) if (i in ours and i in theirs) or i not in base]
    return merge_order(list(base), list(ours), list(theirs), kept)


def merge_order(base: list[Any], ours: list[Any], theirs: list[Any], kept: Iterable[Any]) -> list[Any]:
    """Put what is kept into order: that of the side which has changed it, ours if both have.

    What only the other side has comes behind what it stands behind there.
    """
    wanted = set(kept)
    if _in(base, theirs) != _in(theirs, base) and _in(base, ours) == _in(ours, base):
        ours, theirs = theirs, ours
    order = [item for item in ours if item in wanted]
    there = set(order)
    before: Any = GONE
    for item in theirs:
        if item in wanted and item not in there:
            order.insert(0 if before is GONE else order.index(before) + 1, item)
            there.add(item)
        if item in there:
            before = item
    return order


def _in(items: list[Any], others: list[Any]) -> list[Any]:
    known = set(others)
    return [item for item in items if item in known]

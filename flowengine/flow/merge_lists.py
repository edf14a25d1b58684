"""Three-way merge of lists, entry by entry: which entries of the base each side has kept, changed or removed, and what
it put between them. Edits of different entries merge; two of one entry, or two at one place, make the list one value.

What both versions have is found as longest common runs (Ratcliff and Obershelp, `difflib`). Of what is left, plain
values belong together by their place where there are as many, objects where half of their members are the same.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

MOST = 2000
"""Entries of a list that are compared one by one; a longer one is one value."""

KEPT, REMOVED = "kept", "removed"


@dataclass
class _Edits:
    """What one side has done to the base."""

    fate: list[Any]
    """For each entry of the base KEPT, REMOVED, or a tuple with what it was changed into."""
    put: dict[int, list[Any]] = field(default_factory=dict)
    """Index of the base -> what was put before it."""
    runs: dict[int, tuple[int, int, str]] = field(default_factory=dict)
    """Removed entry -> the run it was removed with: from, to, and what stands there now."""


Entry = Callable[[int, Any, Any, Any], Any]
"""Merges one entry that both sides have changed: its index, base, ours, theirs."""


def merge_lists(base: list[Any], ours: list[Any], theirs: list[Any], entry: Entry) -> list[Any] | None:
    """Return the merged list; None: the edits meet at an entry or at a place, so that the list is one value."""
    if max(len(base), len(ours), len(theirs)) > MOST:
        return None
    us, them = _edits(base, ours), _edits(base, theirs)
    if _meet(us, them) or _meet(them, us) or _put_by_both(us, them):
        return None
    merged: list[Any] = []
    for index in range(len(base) + 1):
        merged += us.put.get(index) or them.put.get(index) or []
        if index < len(base):
            merged += _one(index, base[index], us.fate[index], them.fate[index], entry)
    return merged


def _one(index: int, base: Any, us: Any, them: Any, entry: Entry) -> list[Any]:
    if REMOVED in (us, them):
        return []
    if us == KEPT:
        return [base if them == KEPT else them[0]]
    return [us[0] if them == KEPT else entry(index, base, us[0], them[0])]


def _edits(base: list[Any], side: list[Any]) -> _Edits:
    before, after = [_text(entry) for entry in base], [_text(entry) for entry in side]
    found = _Edits([KEPT] * len(base))
    for what, b0, b1, s0, s1 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if what == "equal":
            continue
        b, s = b0, s0
        for same_b, same_s in [*_pairs(base, side, b0, b1, s0, s1), (b1, s1)]:
            _replaced(found, b, same_b, side[s:same_s])
            if same_b < b1:
                found.fate[same_b] = (side[same_s],)
            b, s = same_b + 1, same_s + 1
    return found


def _pairs(base: list[Any], side: list[Any], b0: int, b1: int, s0: int, s1: int) -> Iterator[tuple[int, int]]:
    """Yield which entries of two runs are the same ones, changed; both in their order."""
    plain = not any(isinstance(entry, dict) for entry in (*base[b0:b1], *side[s0:s1]))
    if plain:
        if b1 - b0 == s1 - s0 and not {*map(_text, side[s0:s1])} & {*map(_text, base)}:
            yield from zip(range(b0, b1), range(s0, s1), strict=True)
        return
    for at in range(s0, s1):
        match = next((index for index in range(b0, b1) if _alike(base[index], side[at])), None)
        if match is not None:
            yield match, at
            b0 = match + 1


def _alike(a: Any, b: Any) -> bool:
    if not isinstance(a, dict) or not isinstance(b, dict):
        return False
    common = sum(1 for key in a.keys() & b.keys() if _text(a[key]) == _text(b[key]))
    return common > 0 and 2 * common >= max(len(a), len(b))


def _replaced(found: _Edits, start: int, end: int, put: list[Any]) -> None:
    """Note that a run of the base has gone, and what stands there now."""
    found.fate[start:end] = [REMOVED] * (end - start)
    found.runs.update(dict.fromkeys(range(start, end), (start, end, _text(put) if put else "")))
    if put:
        found.put[end] = put


def _meet(us: _Edits, them: _Edits) -> bool:
    """Say whether what one side did meets at an entry or a place what the other did."""
    for index, (one, other) in enumerate(zip(us.fate, them.fate, strict=True)):
        if one != REMOVED or other == KEPT:
            continue
        if other != REMOVED:
            return True  # removed here, changed there
        ours, theirs = us.runs[index], them.runs[index]
        if ours != theirs and (ours[2] or theirs[2]):
            return True  # two replacements that overlap
    inside = {index for start, end, _ in us.runs.values() for index in range(start + 1, end)}
    if inside & them.put.keys():
        return True  # put into what is no more
    return any(_text(us.put[index]) != _text(them.put[index]) for index in us.put.keys() & them.put.keys())


def _put_by_both(us: _Edits, them: _Edits) -> bool:
    """Say whether both sides put the same somewhere, each at a place of its own: moved, it would be there twice."""

    def put(edits: _Edits, others: _Edits) -> Counter[str]:
        return Counter(_text(one) for index, run in edits.put.items() if index not in others.put for one in run)

    return bool(put(us, them) & put(them, us))


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True)

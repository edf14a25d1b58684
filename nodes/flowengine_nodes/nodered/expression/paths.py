"""Paths: names looked up step by step, each step's items in one sequence, with filters and places in it."""

from __future__ import annotations

import math
from collections.abc import Callable
from collections.abc import Sequence as Row
from typing import Any

from flowengine_nodes.nodered.expression.values import (
    KNOWN,
    LISTS,
    NULL,
    NUMBERS,
    SCALARS,
    Compiled,
    Elsewhere,
    Run,
    Sequence,
    mangled,
    truth,
)

Filter = Callable[[Any, Run], Any]
Step = tuple[Compiled, Row[Filter]]

_ABSENT: Any = object()


def names(keys: list[str]) -> Compiled:
    """Return a path of nothing but names: the way through objects is direct."""
    steps = [(name(key), ()) for key in keys]
    ends = len(keys)

    def give(item: Any, run: Run) -> Any:
        for at, key in enumerate(keys):
            kind = item.__class__
            if kind is dict:
                found = item.get(key, _ABSENT)
                if found is _ABSENT:
                    return None
                item = NULL if found is None else found
            elif kind in LISTS:
                return walk(steps[at:ends], item, run)
            elif item is None or kind in SCALARS:
                return None
            else:
                raise Elsewhere
        return item

    return give


def path(steps: list[Step], from_variable: bool) -> Compiled:
    """Return a path; where it begins with a variable, a list in it is one thing to begin with."""

    def give(item: Any, run: Run) -> Any:
        return walk(steps, item if item.__class__ in LISTS and not from_variable else (item,), run)

    return give


def walk(steps: Row[Step], items: Row[Any], run: Run) -> Any:
    """Return what a path from these items leads to."""
    last = len(steps) - 1
    for position, (step, filters) in enumerate(steps):
        run.spend(len(items))
        found = []
        for item in items:
            value = step(item, run)
            for keep in filters:
                value = keep(value, run)
            if value is not None:
                found.append(value)
        if position == last and len(found) == 1 and found[0].__class__ is not Sequence:
            return found[0]
        items = _flat(found)
        if not items:
            return None
    return mangled(items)


def _flat(found: list[Any]) -> Sequence:
    made = Sequence()
    for value in found:
        kind = value.__class__
        if kind in LISTS:
            made.extend(value)
        elif kind in KNOWN:
            made.append(value)
        else:
            raise Elsewhere
    return made


def name(key: str) -> Compiled:
    """Return what stands under a name; of a list, what stands under it in each item."""

    def give(item: Any, run: Run) -> Any:
        kind = item.__class__
        if kind is dict:
            found = item.get(key, _ABSENT)
            return None if found is _ABSENT else NULL if found is None else found
        if kind in LISTS:
            return mangled(_through(item, key, run))
        if item is None or kind in SCALARS:
            return None
        raise Elsewhere

    return give


def _through(items: list[Any], key: str, run: Run) -> Sequence:
    run.spend(len(items))
    found = Sequence()
    for item in items:
        kind = item.__class__
        value = item.get(key, _ABSENT) if kind is dict else _through(item, key, run) if kind in LISTS else _ABSENT
        if value is None:
            found.append(NULL)
        elif value.__class__ in LISTS:
            found.extend(value)
        elif value is _ABSENT:
            if item is not None and kind not in KNOWN:
                raise Elsewhere
        elif value.__class__ in KNOWN:
            found.append(value)
        else:
            raise Elsewhere
    return found


def _items(value: Any) -> Row[Any]:
    kind = value.__class__
    if kind in LISTS:
        items: Row[Any] = value
        return items
    if value is None:
        return ()
    if kind in KNOWN:
        return (value,)
    raise Elsewhere


def at(place: int) -> Filter:
    """Return the filter `[place]`; a negative one counts from the end."""

    def keep(value: Any, run: Run) -> Any:
        items = _items(value)
        index = place if place >= 0 else len(items) + place
        if not 0 <= index < len(items):
            return Sequence()
        item = items[index]
        if item.__class__ in LISTS:
            return item
        if item is not None and item.__class__ not in KNOWN:
            raise Elsewhere
        return Sequence([NULL if item is None else item])

    return keep


def where(test: Compiled) -> Filter:
    """Return the filter `[test]`: items for which it holds, or whose places it gives."""

    def keep(value: Any, run: Run) -> Any:
        items = _items(value)
        run.spend(len(items))
        found = Sequence()
        for place, item in enumerate(items):
            result = test(item, run)
            if result is True or (result is not False and result is not None and _holds(result, place, len(items))):
                found.append(item)
        return found

    return keep


def _holds(result: Any, place: int, length: int) -> bool:
    if result.__class__ in NUMBERS:
        if result != result:
            return truth(result)
        return _counted(result, length) == place
    if result.__class__ in LISTS:
        if any(each.__class__ is float and math.isinf(each) for each in result):
            raise Elsewhere
        if all(each.__class__ in NUMBERS and each == each for each in result):
            places = [_counted(each, length) for each in result]
            if places.count(place) > 1:
                raise Elsewhere
            return place in places
    return truth(result)


def _counted(place: float, length: int) -> int:
    place = int(place)
    return place if place >= 0 else length + place

"""What values are within an expression: None is nothing at all, NULL the null of JSON, a Sequence what is gathered."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from jsonata.utils import Utils

from flowengine_nodes.nodered.expression import outside

NULL: Final = Utils.NULL_VALUE
MOST: Final = 100_000
"""How many items one evaluation looks at; jsonata-python, which watches the time, is asked about more."""
AN_ITEM: Final = 256
"""Characters that count as an item."""


class Elsewhere(Exception):
    """This is for jsonata-python to say."""


class Sequence(list[Any]):
    """What a path or a filter has gathered: one item alone stands for itself, none is nothing at all."""

    __slots__ = ()


LISTS: Final[frozenset[Any]] = frozenset({list, Sequence})
NUMBERS: Final[frozenset[Any]] = frozenset({int, float})
SCALARS: Final[frozenset[Any]] = frozenset({str, int, float, bool, NULL.__class__})
KNOWN: Final[frozenset[Any]] = SCALARS | LISTS | {dict}


class Run:
    """One evaluation: what it is given, and how much it may still look at."""

    __slots__ = ("bound", "left", "node", "now", "root")

    def __init__(self, root: Any, node: Any, bound: dict[str, Any]) -> None:
        self.root = root
        self.node = node
        self.bound = bound
        self.left = MOST
        self.now: int | None = None

    def spend(self, items: int) -> None:
        """Count items that are looked at.

        Raises:
            Elsewhere: they are too many.
        """
        self.left -= items
        if self.left < 0:
            raise Elsewhere

    def read(self, text: str) -> str:
        """Count a text that is looked at as the items that would take as long, and return it.

        Raises:
            Elsewhere: it is too long.
        """
        if len(text) >= AN_ITEM:
            self.spend(len(text) // AN_ITEM)
        return text

    def millis(self) -> int:
        """Return the time of this evaluation, in ms since 1970."""
        if self.now is None:
            self.now = outside.millis(self.node)
        return self.now


Compiled = Callable[[Any, Run], Any]
"""The value of an expression for a context item; None where there is none."""


def mangled(value: Any) -> Any:
    """Return what an expression gives of what it has gathered."""
    if value.__class__ is Sequence:
        return value if len(value) > 1 else value[0] if value else None
    return value


def truth(value: Any) -> bool:
    """Return what a value means in a condition: an empty, zero or missing one is false."""
    kind = value.__class__
    if kind is bool:
        return bool(value)
    if value is None or value is NULL:
        return False
    if kind in NUMBERS:
        return float(value) != 0
    if kind is str or kind is dict:
        return bool(value)
    if kind in LISTS:
        return any([truth(item) for item in value])
    raise Elsewhere


def counted(value: float) -> float:
    """Return a number as arithmetic gives it: without a fraction it is an int.

    Raises:
        ValueError, OverflowError: it is not finite.
    """
    whole = int(value)
    return whole if whole == value else value

"""Where nodes meet beside all wires: what one leaves there, another may find.

A node type says so in a class method `meets(options)`, as pairs of `gives` or `takes` and the name of a place:

    flow/NAME, global/NAME   shared values of the flow, or of all flows
    engine/WORD/NAME         anything else within one engine, such as named links
    connection/NAME          what passes over its connection, such as a topic
    shown/NODE               what a node of this flow shows on the operators' page

In a name `+` stands for one level and `#`, at the end, for all that follow. Of a type that says nothing, the worst is
assumed: it gives and takes all shared values if its code or its options speak of them, and gives to all that use the
same connection, and takes from them, a source aside. A transform that gives to its connection is an output, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, Literal, get_args
from weakref import WeakKeyDictionary

import msgspec

from flowengine.node import Actuator, AsyncTransform, Node, Source, Transform
from flowengine.options import connection_options

Way = Literal["gives", "takes"]
WAYS: Final[tuple[Way, ...]] = get_args(Way)

_OURS: Final = (Node, Source, Transform, AsyncTransform, Actuator, object)
_SCOPES: Final = {"flow": re.compile(rb"\bflow\b"), "global": re.compile(rb"\bglobal")}


def meetings(cls: type[Node], options: Mapping[str, Any]) -> list[tuple[Way, str]]:
    """Return where a node with these options meets others."""
    said = getattr(cls, "meets", None)
    found: list[tuple[Way, str]] = [*(said(options) if said is not None else ()), *_by_options(options)]
    if said is None and _asks_for_context(cls):
        found += [(way, f"{scope}/#") for scope in _SCOPES for way in WAYS]
    if connection_options(cls) and not any(name.startswith("connection/") for _, name in found):
        if cls.kind != "source":
            found.append(("gives", "connection/#"))
        if cls.kind != "actuator":
            found.append(("takes", "connection/#"))
    return [*dict.fromkeys(found)]


def overlap(one: str, other: str) -> bool:
    """Say whether two names, each perhaps with wildcards, can mean the same place."""
    left, right = one.split("/"), other.split("/")
    for mine, theirs in zip(left, right, strict=False):
        if "#" in (mine, theirs):
            return True
        if mine != theirs and "+" not in (mine, theirs):
            return False
    longer = left if len(left) > len(right) else right
    return len(left) == len(right) or longer[min(len(left), len(right))] == "#"


def _by_options(options: Mapping[str, Any]) -> Iterator[tuple[Way, str]]:
    """Options that speak of shared values in an expression, a template or a typed field."""
    text = msgspec.json.encode(options, enc_hook=repr) if options else b""
    for scope, word in _SCOPES.items():
        if word.search(text):
            yield "gives", f"{scope}/#"
            yield "takes", f"{scope}/#"


_ASKS: Final[WeakKeyDictionary[type[Node], bool]] = WeakKeyDictionary()


def _asks_for_context(cls: type[Node]) -> bool:
    """Say whether any method of the class asks for shared values by itself."""
    known = _ASKS.get(cls)
    if known is None:
        methods = (value for base in cls.__mro__ if base not in _OURS for value in vars(base).values())
        codes = (getattr(getattr(method, "__func__", method), "__code__", None) for method in methods)
        known = _ASKS[cls] = any(code is not None and "context" in code.co_names for code in codes)
    return known

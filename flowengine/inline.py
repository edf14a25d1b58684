"""The form of a transform that the chain compiler pastes in place of a call."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any


@dataclasses.dataclass(frozen=True)
class Inline:
    """A transform's work as Python expressions, for the chain compiler to paste in place of a call.

    The expressions see `payload`, `topic`, `time` and `quality` of the message and the given `names`; nothing else but
    in `further`.
    They must do exactly what `process` does for a message whose other properties play no role, and raise what it
    raises. They are made by the node, never from text that a user wrote unless that has been compiled and checked.
    """

    known: Mapping[str, tuple[Mapping[Any, Any], str]] = dataclasses.field(default_factory=dict)
    """Name -> a dict and a key of it, an expression over the message: for the other expressions the name is what the
    dict holds there, None where it holds nothing. Looked up first, and quicker than a call of `get`."""
    keep: str | None = None
    """Pass the message on only if this is true (looked at first)."""
    call: bool = False
    """What `keep` lets through goes to `process` as usual; the other expressions are not looked at. For a node that
    most messages end at without a trace: what it would drop need not become an object."""
    usual: str | None = None
    """Only where this is true the expressions below hold; any other message goes to `process`, which promises a message
    (or none) and changes no field that they do not. They may use the names that it binds (`:=`). No `route` and no
    `properties` stand beside it."""
    payload: str | None = None
    """The new payload."""
    remembered: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Attribute of an object (`known.last`) -> what is written to it when the payload has been computed; an expression
    over the message as it came, which may use the names that `payload` binds. Beside a `payload` only."""
    topic: str | None = None
    """The new topic (computed after the payload)."""
    quality: str | None = None
    """The new quality, one of its three words (computed after the topic)."""
    properties: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Further property -> its new value (computed after `further`)."""
    further: str | None = None
    """All further properties, anew: an expression that may use `properties`, those of the message as it came."""
    route: tuple[str, ...] = ()
    """One condition per output port, on the message as it came: it leaves by each whose condition holds."""
    first: bool = False
    """Of `route`, only the first that holds."""
    names: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    """Constants and functions that the expressions use."""
    explain: Callable[[Exception], Exception] | None = None
    """Turns what the expressions raise into what `process` would have raised; None: it is that already."""

"""Where a message stands in a trace that goes beyond this engine: the W3C's traceparent, taken and given.

https://www.w3.org/TR/trace-context/ : version, trace id, parent id, flags, in hexadecimal digits, such as
`00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from flowengine.message import Message

TRACEPARENT: Final = "traceparent"
PLACES: Final = (("user_properties",), ("headers",), ("req", "headers"))
"""Where in a message's properties a traceparent may have come: of MQTT 5, of an HTTP answer, of an HTTP request."""

_FORM = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.ASCII)


class TraceContext(NamedTuple):
    """A span that something else made, or that we make."""

    trace: int
    span: int
    """0: there is none, so a span in it is the first of its trace."""
    sampled: bool

    def __str__(self) -> str:
        return f"00-{self.trace:032x}-{self.span:016x}-{self.sampled:02x}"


def parsed(text: object) -> TraceContext | None:
    """Return what a traceparent says; None: it is none."""
    found = _FORM.fullmatch(text) if isinstance(text, str) and len(text) <= 1000 else None
    if found is None or found[1] == "ff" or (found[1] == "00" and found[5]):
        return None
    trace, span = int(found[2], 16), int(found[3], 16)
    return TraceContext(trace, span, bool(int(found[4], 16) & 1)) if trace and span else None


def came_with(msg: Message) -> TraceContext | None:
    """Return the context that a message has brought along."""
    for place in PLACES:
        values: Any = msg.properties
        for part in place:
            values = values.get(part) if isinstance(values, Mapping) else None
        if isinstance(values, Mapping):
            for name, value in values.items():
                if isinstance(name, str) and name.lower() == TRACEPARENT:
                    return parsed(value)
    return None


def of_flow(first: Message, flow: str) -> tuple[TraceContext, TraceContext | None]:
    """Return the context of a message's way through a flow, and the one before it, if it came with one.

    It follows from the message alone, so that whoever sends the message on can name it before the way is at its end.
    """
    before = came_with(first)
    trace = before.trace if before is not None else number(16, first.id)
    return TraceContext(trace, number(8, first.id, flow), before.sampled if before is not None else True), before


def number(size: int, *parts: Any) -> int:
    """Return a number of so many bytes that follows from texts, and is never 0."""
    text = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(text, digest_size=size).digest(), "big") or 1

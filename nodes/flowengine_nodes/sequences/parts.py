"""`msg.parts`: what says that messages belong together, as in Node-RED."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from flowengine import BadData, Message, Quality

PartType = Literal["array", "string", "buffer", "object"]

_WORST = {"good": 0, "uncertain": 1, "bad": 2}


class Parts(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message's place in a sequence; travels as the plain object `msg.parts`."""

    id: str
    """The same for all messages of the sequence, and for no other."""
    index: int
    """From 0."""
    count: int | None = None
    """How many there are; the last message of a sequence carries it at the latest."""
    type: PartType = "array"
    """What was split."""
    key: str | None = None
    """For objects: the name of the property."""
    ch: str = ""
    """For texts and bytes: the separator (bytes as Latin-1)."""
    len: int = 1
    """For arrays: values per message."""
    parts: dict[str, Any] | None = None
    """The place of the message that was split in a sequence of its own."""


def parts_of(msg: Message) -> Parts | None:
    """Return a message's place in its sequence, or None if it is in none.

    Raises:
        BadData: `msg.parts` is not of that form.
    """
    kept = msg.properties.get("parts")
    if kept is None:
        return None
    try:
        return msgspec.convert(kept, Parts)
    except msgspec.ValidationError as error:
        raise BadData(f"msg.parts is not as split makes it (id, index, count, type): {error}") from None


def with_parts(msg: Message, parts: Parts | None) -> Message:
    """Return the message with another place, or in no sequence."""
    rest = {name: value for name, value in msg.properties.items() if name != "parts"}
    return msg.replace(properties=rest if parts is None else {**rest, "parts": msgspec.to_builtins(parts)})


def numbered(messages: Sequence[Message], sequence: str) -> list[Message]:
    """Return messages as one sequence, in this order."""
    count = len(messages)
    return [with_parts(msg, Parts(id=sequence, index=i, count=count)) for i, msg in enumerate(messages)]


def worst_quality(messages: Sequence[Message]) -> Quality:
    """Return the quality of a result made from all these messages: that of the worst."""
    return max((msg.quality for msg in messages), key=_WORST.__getitem__, default="good")

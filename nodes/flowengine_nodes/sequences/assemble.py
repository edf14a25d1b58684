"""Many messages made into one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

from flowengine import BadData, Message
from flowengine_nodes.sequences.parts import Parts
from flowengine_nodes.values.convert import as_text, shown

Build = Literal["array", "object", "text", "bytes", "merged"]

Reader = Callable[[Message], Any]


def assemble(build: Build, messages: Sequence[Message], read: Reader, read_key: Reader, joiner: str) -> Any:
    """Return one value made of a property of all messages.

    Raises:
        BadData: an object is to be built and a message has no key, or a value does not fit what is built.
    """
    values = [read(msg) for msg in messages]
    match build:
        case "array":
            return values
        case "object":
            return {_name(read_key(msg)): value for msg, value in zip(messages, values, strict=True)}
        case "text":
            return joiner.join(as_text(value) for value in values)
        case "bytes":
            return joiner.encode().join(_bytes(value) for value in values)
        case "merged":
            merged: dict[str, Any] = {}
            for value in values:
                if not isinstance(value, dict):
                    raise BadData(f"cannot merge {shown(value)}: expected an object")
                merged.update(value)
            return merged


def put_together(parts: Sequence[Parts], values: Sequence[Any]) -> Any:
    """Return the value whose parts these are, in order: the reverse of split."""
    first = parts[0]
    match first.type:
        case "object":
            return {p.key if p.key is not None else str(p.index): v for p, v in zip(parts, values, strict=True)}
        case "string":
            return first.ch.join(as_text(value) for value in values)
        case "buffer":
            return first.ch.encode().join(_bytes(value) for value in values)
        case "array":
            if first.len == 1:
                return list(values)
            return [item for value in values for item in (value if isinstance(value, list | tuple) else [value])]


def _name(key: Any) -> str:
    if isinstance(key, str) and key:
        return key
    if isinstance(key, int | float) and not isinstance(key, bool):
        return str(key)
    raise BadData(f"the message has no name for its place in the object: found {shown(key) if key else 'nothing'}")


def _bytes(value: Any) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray) else as_text(value).encode()

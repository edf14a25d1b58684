"""JSON in and out: bodies become the structs that routes declare, answers become bytes."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from flowengine_web.refusal import Refusal

MIB = 1024 * 1024
MOST: dict[str, int] = {"": 2 * MIB, "deploy": 10 * MIB}
"""Bytes of a body at most: of most routes, and of those that carry many flows."""


def decode(raw: bytes, content_type: str, shape: type[Any]) -> Any:
    """Return a body as what its route declares.

    Raises:
        Refusal: 415 another type than JSON, 400 no JSON, 422 not what is declared, with the path in the body.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise Refusal(415, "not-json", "the body must be JSON", "send Content-Type: application/json")
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refusal(400, "malformed", f"the body is not JSON: {error}") from error
    except RecursionError as error:
        raise Refusal(400, "malformed", "the body is nested too deeply") from error
    return convert(value, shape)


def convert(value: Any, shape: type[Any], strict: bool = True) -> Any:
    """Return a JSON value as a struct.

    Raises:
        Refusal: 422, with the path.
    """
    try:
        return msgspec.convert(value, shape, strict=strict)
    except (msgspec.ValidationError, RecursionError, OverflowError) as error:
        reason, _, where = str(error).partition(" - at `")  # `$.flows`, or of a key: `key` in `$.flows`
        path = where.removesuffix("`").rpartition("`")[2]
        raise Refusal(422, "invalid", reason, path=path or "$") from error


def encode(value: Any) -> bytes:
    """Return a value as JSON."""
    try:
        return msgspec.json.encode(value)
    except (OverflowError, UnicodeEncodeError, ValueError):  # whole numbers beyond 64 bits, half characters
        return json.dumps(_plain(value)).encode()


def _plain(value: Any) -> Any:
    """Take structs apart and leave the rest to the standard library, which knows numbers of any size."""
    if isinstance(value, msgspec.Struct):
        return {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(inner) for inner in value]
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)

"""Payloads as bytes on the wire and as values in the flow."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal

import msgspec

from flowengine import BadData

DataType = Literal["auto", "text", "json", "bytes"]


def _auto(payload: bytes) -> str | bytes:
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return payload


def _text(payload: bytes) -> str:
    try:
        return payload.decode()
    except UnicodeDecodeError as error:
        raise BadData(f"the payload is not UTF-8 text: {payload[:40]!r}") from error


def _json(payload: bytes) -> Any:
    try:
        return msgspec.json.decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise BadData(f"the payload is not JSON ({error}): {payload[:40]!r}") from error


def _bytes(payload: bytes) -> bytes:
    return payload


DECODERS: dict[DataType, Callable[[bytes], Any]] = {"auto": _auto, "text": _text, "json": _json, "bytes": _bytes}
"""For each data type the function that makes a value from bytes; raises BadData."""


def encode(payload: Any) -> bytes:
    """Return a payload's bytes: text as UTF-8, bytes as they are, None as nothing, all else as JSON.

    Raises:
        BadData: it has no form on the wire.
    """
    kind = type(payload)
    if kind is bytes:
        return payload  # type: ignore[no-any-return]
    try:
        if kind is str:
            return payload.encode()  # type: ignore[no-any-return]
        if payload is None:
            return b""
        if isinstance(payload, bytearray | memoryview):
            return bytes(payload)
        if kind is float and not math.isfinite(payload):
            raise BadData(f"the payload {payload} has no form in JSON; send text or a quality instead")
        return msgspec.json.encode(payload)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        raise BadData(f"the payload cannot be written as JSON ({error}): {payload!r:.60}") from error

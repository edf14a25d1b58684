"""Events as the stream carries them (server-sent events)."""

from __future__ import annotations

from typing import Any

from flowengine.telemetry.secrecy import without_secrets
from flowengine_web.body import encode

PING = b": ping\n\n"
RETRY = b"retry: 2000\n\n"
"""How soon a browser asks again after the stream broke, in milliseconds."""


def event(name: str, data: Any) -> bytes:
    """Return one event; JSON has no line breaks of its own."""
    return b"event: " + name.encode() + b"\ndata: " + without_secrets(encode(data)) + b"\n\n"

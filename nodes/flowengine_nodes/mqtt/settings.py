"""What a client needs to know, checked and made ready by `broker.py`."""

from __future__ import annotations

from typing import Literal

import msgspec

from flowengine_nodes.mqtt.outgoing import WhenFull
from flowengine_nodes.mqtt.packets import Will

Level = Literal["ok", "busy", "warning", "error", "off"]
"""The words of `flowengine.Status`."""


class Publication(msgspec.Struct, frozen=True):
    """A message that the client publishes by itself, such as a birth message."""

    topic: bytes
    payload: bytes
    first: int


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a client needs to know; durations in seconds, sizes in bytes."""

    host: str
    port: int
    version: int
    client_id: str
    keepalive: int = 60
    clean_start: bool = True
    session_expiry: int = 0
    username: str | None = None
    password: str | None = None
    will: Will | None = None
    birth: Publication | None = None
    close: Publication | None = None
    server_name: str | None = None
    connect_timeout: float = 10.0
    reconnect_min: float = 0.2
    reconnect_max: float = 2.0
    max_in_flight: int = 1000
    max_queued: int = 1000
    when_full: WhenFull = "block"
    max_packet_size: int = 16 * 1024 * 1024

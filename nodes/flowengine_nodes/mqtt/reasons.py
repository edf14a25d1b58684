"""What the other side's numbers mean, in words for a person.

MQTT 5.0 section 2.4 (reason codes), MQTT 3.1.1 section 3.2.2.3 (connect return codes).
"""

from __future__ import annotations

from typing import Final

FAILURE: Final = 0x80
"""Codes from here on say no."""

MALFORMED_PACKET: Final = 0x81
PROTOCOL_ERROR: Final = 0x82
SESSION_TAKEN_OVER: Final = 0x8E
PACKET_TOO_LARGE: Final = 0x95
QUOTA_EXCEEDED: Final = 0x97

_NAMES: Final = {
    0x00: "success",
    0x04: "disconnected, last will wanted",
    0x10: "no matching subscribers",
    0x11: "no subscription existed",
    0x80: "unspecified error",
    0x81: "malformed packet",
    0x82: "protocol error",
    0x83: "implementation specific error",
    0x84: "unsupported protocol version",
    0x85: "client identifier not valid",
    0x86: "bad user name or password",
    0x87: "not authorized",
    0x88: "server unavailable",
    0x89: "server busy",
    0x8A: "banned",
    0x8B: "server shutting down",
    0x8C: "bad authentication method",
    0x8D: "keep alive timeout",
    0x8E: "session taken over: another client uses the same client_id",
    0x8F: "topic filter invalid",
    0x90: "topic name invalid",
    0x91: "packet identifier in use",
    0x92: "packet identifier not found",
    0x93: "receive maximum exceeded",
    0x94: "topic alias invalid",
    0x95: "packet too large",
    0x96: "message rate too high",
    0x97: "quota exceeded",
    0x98: "administrative action",
    0x99: "payload format invalid",
    0x9A: "retain not supported",
    0x9B: "QoS not supported",
    0x9C: "use another server",
    0x9D: "server moved",
    0x9E: "shared subscriptions not supported",
    0x9F: "connection rate exceeded",
    0xA0: "maximum connect time",
    0xA1: "subscription identifiers not supported",
    0xA2: "wildcard subscriptions not supported",
}

_CONNECT_3: Final = {
    1: "unsupported protocol version",
    2: "client identifier not valid",
    3: "server unavailable",
    4: "bad user name or password",
    5: "not authorized (wrong or missing user name or password?)",
}


def reason(code: int) -> str:
    """Return the name of an MQTT 5 reason code."""
    return _NAMES.get(code, f"reason code 0x{code:02x}")


def connect_reason(code: int, version: int) -> str:
    """Return why a broker refused a connection; `version` is the protocol level, 4 or 5."""
    if version == 5 and code >= FAILURE:
        return reason(code)
    # A broker that knows only 3.1.1 refuses version 5 with a code of its own.
    return _CONNECT_3.get(code, f"return code {code}")

"""A ticket with which a page can press the emergency stop while nobody is there to look its session up.

It is good for nothing else, says who was signed in, and ends with the engine that made it. To be stopped by somebody
who has signed out a moment ago is no harm; not to be stopped is.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

import msgspec

GOOD_FOR: Final = 24 * 3600.0
"""Seconds for which a ticket is good; a page that is open asks for another long before."""
LONGEST: Final = 1000
"""Characters."""


class _Said(msgspec.Struct, frozen=True):
    user: str
    until: float


def new_key() -> bytes:
    """Return what tickets are signed with: known to the engine and its field process, and gone with them."""
    return secrets.token_bytes(32)


def make_ticket(key: bytes, user: str, now: float) -> str:
    """Return a ticket for a user who may stop the machines."""
    said = msgspec.json.encode(_Said(user[:200], now + GOOD_FOR))
    return base64.urlsafe_b64encode(_sign(key, said) + said).decode()


def user_of(key: bytes, ticket: str, now: float) -> str | None:
    """Return whose ticket it is; None: it does not count."""
    try:
        raw = base64.b64decode(ticket[:LONGEST].encode(), altchars=b"-_", validate=True)
        said = msgspec.json.decode(raw[32:], type=_Said)
    except (binascii.Error, ValueError):
        return None
    if not hmac.compare_digest(raw[:32], _sign(key, raw[32:])) or now > said.until:
        return None
    return said.user


def _sign(key: bytes, said: bytes) -> bytes:
    return hmac.new(key, b"flowengine emergency stop\n" + said, hashlib.sha256).digest()

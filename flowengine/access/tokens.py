"""Tokens that open something: 256 random bits, of which only a hash is kept."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_token() -> str:
    """Return a token fit for a cookie or an address."""
    return secrets.token_urlsafe(BYTES)


def key_of(token: str) -> str:
    """Return what is kept of a token. It is random, so one plain hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def same(one: str, other: str) -> bool:
    """Compare two secrets in a time that tells nothing of them."""
    return secrets.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode("utf-8", "surrogateescape"))

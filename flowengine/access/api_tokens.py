"""API tokens: for programs, which have no browser and no password. Only their hashes are kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flowengine.access.database import Database
from flowengine.access.roles import Right
from flowengine.access.sessions import TOUCH, SignedIn
from flowengine.access.tokens import key_of, new_token
from flowengine.access.users import checked_name
from flowengine.clock import Clock
from flowengine.errors import AccessError, NotFound

MOST: Final = 100
"""Tokens at most."""
DAYS: Final = 365
"""How long a token is good if nothing else is said."""
PREFIX: Final = "fe_"
"""What tokens begin with, so that a tool that looks for leaked secrets knows them."""
TOKEN: Final = "token/"
"""What stands before the name of a token where a user's might stand; no user's name has a stroke in it."""
LOCAL: Final = "local"
"""The token of the running engine itself, for whoever may read the state folder (see `local.py`)."""


@dataclass(frozen=True)
class ApiToken:
    """One token. Times are seconds since 1970-01-01 UTC, 0: never."""

    name: str
    role: Right
    since: float
    expires: float
    seen: float
    by: str
    """Who made it: a user, a program, or somebody at the computer; empty: a version that did not note that."""


class ApiTokens:
    """The tokens of one installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def all(self) -> list[ApiToken]:
        """Return all tokens in the order of their names."""
        rows = self._database.rows("SELECT name, role, since, expires, seen, made_by FROM tokens ORDER BY name")
        return [ApiToken(*row) for row in rows]

    def make(self, name: str, role: Right, days: float = DAYS, by: str = "") -> str:
        """Make a token, for somebody; returns it, and it is nowhere else.

        Raises:
            AccessError: the name is taken or no name, or there are too many tokens.
        """
        name = checked_name(name)
        token, now = PREFIX + new_token(), self._clock.now()
        with self._database.transaction():
            if self._database.rows("SELECT 1 FROM tokens WHERE name = ?", name):
                raise AccessError(
                    "taken", f"there is a token '{name}' already", "revoke it first, or choose another name"
                )
            if self._database.rows("SELECT count(*) FROM tokens")[0][0] >= MOST:
                raise AccessError("too-many", f"there are {MOST} tokens, which is the limit", "revoke some")
            self._database.change(
                "INSERT INTO tokens (key, name, role, since, expires, made_by) VALUES (?, ?, ?, ?, ?, ?)",
                *(key_of(token), name, role, now, now + days * 24 * 3600.0, by),
            )
        return token

    def revoke(self, name: str) -> None:
        """Make a token useless from now on.

        Raises:
            NotFound: there is none of that name.
        """
        self._database.change("DELETE FROM sides WHERE who = ?", TOKEN + name)
        self._database.change("DELETE FROM permissions WHERE who = ?", TOKEN + name)
        if not self._database.change("DELETE FROM tokens WHERE name = ?", name):
            raise NotFound(f"there is no token '{name}'")

    def find(self, token: str) -> SignedIn | None:
        """Return whose a token is, if it is good; that counts as its use."""
        return self.with_key(key_of(token)) if token.startswith(PREFIX) else None

    def with_key(self, key: str) -> SignedIn | None:
        """Return the same by the token's hash."""
        now = self._clock.now()
        found = self._database.rows("SELECT name, role, seen FROM tokens WHERE key = ? AND expires > ?", key, now)
        if not found:
            return None
        name, role, seen = found[0]
        if now - seen > TOUCH:
            self._database.try_change("UPDATE tokens SET seen = ? WHERE key = ?", now, key)
        return SignedIn(key, TOKEN + name, role, csrf="", by_token=True)

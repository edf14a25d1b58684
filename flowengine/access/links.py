"""One-time links: they let someone set a password who has none, the first user or one who forgot his."""

from __future__ import annotations

from typing import Final

from flowengine.access.database import Database
from flowengine.access.tokens import key_of, new_token
from flowengine.clock import Clock
from flowengine.errors import AccessError

FIRST: Final = ""
"""The user that a link is for who does not exist yet: the first one."""
RESET_LASTS: Final = 24 * 3600.0
"""Seconds for which a link for a new password can be used; that for the first user lasts until it is used."""


class Links:
    """Links that can be used once. A new one makes the one before it for the same user useless."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def make(self, user: str) -> str:
        """Return the token of a new link for a user (FIRST: for the first one)."""
        token = new_token()
        with self._database.transaction():
            self._database.change("DELETE FROM links WHERE user = ?", user)
            self._database.change(
                "INSERT INTO links (key, user, since) VALUES (?, ?, ?)", key_of(token), user, self._clock.now()
            )
        return token

    def user_of(self, token: str) -> str:
        """Return whom a link is for (FIRST: the first user).

        Raises:
            AccessError: there is no such link, it has been used, or it is too old.
        """
        found = self._database.rows("SELECT user, since FROM links WHERE key = ?", key_of(token))
        if not found or (found[0][0] != FIRST and self._clock.now() - found[0][1] > RESET_LASTS):
            raise AccessError(
                "bad-link",
                "this link is not valid, or not any more",
                "each start without users prints a new one; `flowengine users DIR reset NAME` makes one for a user",
            )
        return str(found[0][0])

    def used(self, token: str) -> bool:
        """Make a link useless; returns whether it was there until now."""
        return self._database.change("DELETE FROM links WHERE key = ?", key_of(token)) == 1

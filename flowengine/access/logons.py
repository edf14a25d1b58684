"""What somebody is told after signing in: when he did so before, and how many tries have failed since."""

from __future__ import annotations

from dataclasses import dataclass

from flowengine.access.database import Database
from flowengine.access.users import storable
from flowengine.clock import Clock


@dataclass(frozen=True)
class Previous:
    """What was before a session began. Times are seconds since 1970-01-01 UTC, 0: never."""

    at: float = 0.0
    """When the user had signed in before."""
    failed: int = 0
    """Tries since then that failed: with a wrong password, or refused unread as too many had."""
    failed_at: float = 0.0
    """The last of them."""


class Logons:
    """When users have signed in, and how often somebody could not."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def failed(self, name: str) -> None:
        """Count a try that failed.

        One with a name that nobody has is written as well, for nobody: it must take as long.
        """
        self._database.change(
            "INSERT INTO logons (user, failed, failed_at) "
            "VALUES (coalesce((SELECT name FROM users WHERE name = ?), ''), 1, ?) "
            "ON CONFLICT (user) DO UPDATE SET failed = failed + 1, failed_at = excluded.failed_at",
            *(storable(name), self._clock.now()),
        )

    def begun(self, user: str, key: str) -> None:
        """Note that a session has begun, and what was before it; called within a transaction."""
        self._database.change("DELETE FROM previous WHERE key NOT IN (SELECT key FROM sessions)")
        self._database.change(
            "INSERT INTO previous (key, at, failed, failed_at) "
            "SELECT ?, at, failed, failed_at FROM logons WHERE user = ?",
            *(key, user),
        )
        self._database.change(
            "INSERT INTO logons (user, at) VALUES (?, ?) "
            "ON CONFLICT (user) DO UPDATE SET at = excluded.at, failed = 0, failed_at = 0",
            *(user, self._clock.now()),
        )

    def before(self, key: str) -> Previous:
        """Return what was before the session with this key began."""
        found = self._database.rows("SELECT at, failed, failed_at FROM previous WHERE key = ?", key)
        return Previous(*found[0]) if found else Previous()

    def forget(self, user: str) -> None:
        """Forget a user: the next of that name is another one."""
        self._database.change("DELETE FROM logons WHERE user = ?", user)

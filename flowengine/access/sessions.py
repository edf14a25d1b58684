"""Sessions: kept on the server, known to the browser by a random token, of which only a hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from flowengine.access.database import Database
from flowengine.access.logons import Logons
from flowengine.access.roles import Right
from flowengine.access.tokens import key_of, new_token
from flowengine.clock import Clock

IDLE: Final = 12 * 3600.0
"""Seconds without a request after which a session ends."""
LONGEST: Final = 7 * 24 * 3600.0
"""Seconds after which it ends in any case."""
MOST: Final = 50
"""Sessions of one user; one more ends the oldest."""
TOUCH: Final = 60.0
"""Seconds between two notes that a session is in use."""


@dataclass(frozen=True)
class SessionLimits:
    """How long sessions last, and how many one user may have; said where the engine is started."""

    idle: float = IDLE
    longest: float = LONGEST
    most: int = MOST


@dataclass(frozen=True)
class SignedIn:
    """Whose session it is."""

    key: str
    """The hash of its token."""
    user: str
    role: Right
    """The user's role now, or what the token may do."""
    csrf: str
    """What proves that a request comes from our page."""
    by_token: bool = False
    """Whether it is no user in a browser but a program with an API token."""


class Sessions:
    """Who is signed in."""

    def __init__(self, database: Database, clock: Clock, logons: Logons, limits: SessionLimits | None = None) -> None:
        self.limits = limits or SessionLimits()
        self._logons = logons
        self._database = database
        self._clock = clock

    def begin(self, user: str) -> tuple[str, SignedIn]:
        """Begin a session; returns its token, which is nowhere else, and the session."""
        token, now = new_token(), self._clock.now()
        with self._database.transaction():
            self._database.change(
                "DELETE FROM sessions WHERE seen < ? OR since < ? OR key IN "
                "(SELECT key FROM sessions WHERE user = ? ORDER BY since DESC LIMIT -1 OFFSET ?)",
                *(now - self.limits.idle, now - self.limits.longest, user, self.limits.most - 1),
            )
            self._database.change(
                "INSERT INTO sessions (key, user, csrf, since, seen) VALUES (?, ?, ?, ?, ?)",
                *(key_of(token), user, new_token(), now, now),
            )
            self._database.change("UPDATE users SET seen = ? WHERE name = ?", now, user)
            self._logons.begun(user, key_of(token))
        found = self.find(token)
        assert found is not None
        return token, found

    def find(self, token: str) -> SignedIn | None:
        """Return the session with this token if it has not ended; that counts as its use."""
        return self.with_key(key_of(token)) if token else None

    def with_key(self, key: str) -> SignedIn | None:
        """Return the session whose token has this hash, likewise."""
        now, touch = self._clock.now(), min(TOUCH, self.limits.idle / 4)
        found = self._database.rows(
            "SELECT users.name, users.role, csrf, sessions.seen FROM sessions JOIN users ON users.name = user "
            "WHERE key = ? AND sessions.seen >= ? AND sessions.since >= ?",
            *(key, now - self.limits.idle, now - self.limits.longest),
        )
        if not found:
            return None
        user, role, csrf, seen = found[0]
        if now - seen > touch:
            self._database.try_change("UPDATE sessions SET seen = ? WHERE key = ?", now, key)
            self._database.try_change("UPDATE users SET seen = ? WHERE name = ?", now, user)
        return SignedIn(key, user, role, csrf)

    def age(self, key: str) -> float:
        """Return how many seconds ago a session began; infinite: there is none."""
        found = self._database.rows("SELECT since FROM sessions WHERE key = ?", key)
        return self._clock.now() - float(found[0][0]) if found else float("inf")

    def end(self, key: str) -> None:
        """End one session."""
        self._database.change("DELETE FROM sessions WHERE key = ?", key)

    def end_all(self, user: str, but: str = "") -> None:
        """End all sessions of a user, or all but one."""
        self._database.change("DELETE FROM sessions WHERE user = ? AND key != ?", user, but)

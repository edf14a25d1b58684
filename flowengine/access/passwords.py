"""Passwords: argon2id, a rule that a person can keep, and no hint whether a name exists."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

from flowengine.errors import AccessError

if TYPE_CHECKING:  # loaded by the first that hashes: a run without the canvas does not
    import argon2

LEAST: Final = 12
"""Characters of a new password at least."""

AT_ONCE: Final = 2
"""Passwords that are hashed at the same time: each takes 32 MiB and a good part of a core for some 50 ms."""


class Passwords:
    """Hashes and compares passwords."""

    def __init__(self, hasher: argon2.PasswordHasher | None = None) -> None:
        """Take another hasher where the cost must be another."""
        import argon2

        self._hasher = hasher or argon2.PasswordHasher(time_cost=3, memory_cost=32 * 1024, parallelism=1)
        self._turn = threading.BoundedSemaphore(AT_ONCE)
        self._nobody = ""

    def keep(self, password: str) -> str:
        """Return what is kept of a new password.

        Raises:
            AccessError: it is too short, or holds a character that cannot be typed.
        """
        if len(password) < LEAST:
            raise AccessError("weak-password", f"a password needs {LEAST} characters at least", "choose a longer one")
        try:
            password.encode()
        except UnicodeEncodeError as error:
            raise AccessError("weak-password", "the password holds half a character", "type it again") from error
        with self._turn:
            return self._hasher.hash(password)

    def fits(self, password: str, kept: str | None) -> bool:
        """Say whether it is the password; for nobody (None) the answer is no, and takes as long."""
        from argon2.exceptions import InvalidHashError, VerificationError

        with self._turn:
            if kept is None and not self._nobody:
                self._nobody = self._hasher.hash("nobody has this password")
            try:
                return self._hasher.verify(kept or self._nobody, password) and kept is not None
            except (VerificationError, InvalidHashError, UnicodeEncodeError):
                return False

    def outdated(self, kept: str) -> bool:
        """Say whether it should be hashed anew, because the cost has been raised since."""
        return self._hasher.check_needs_rehash(kept)

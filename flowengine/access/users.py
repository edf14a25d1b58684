"""The users of one installation."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flowengine.access.at_computer import AT_COMPUTER
from flowengine.access.database import Database
from flowengine.access.roles import Role
from flowengine.clock import Clock
from flowengine.errors import AccessError, NotFound

if TYPE_CHECKING:  # whoever only reads names loads no argon2
    from flowengine.access.passwords import Passwords

MOST = 1000
"""Users at most."""
LONGEST_NAME = 100
NO_PASSWORD = "none"
"""What is kept of a password that fits none: no hash begins like this."""


@dataclass(frozen=True)
class User:
    """One user. Times are seconds since 1970-01-01 UTC, 0: never."""

    name: str
    role: Role
    since: float
    seen: float


class Users:
    """Who may sign in. A name is the same in capitals and small letters."""

    def __init__(self, database: Database, passwords: Passwords, clock: Clock) -> None:
        self._database = database
        self._passwords = passwords
        self._clock = clock

    def __len__(self) -> int:
        return int(self._database.rows("SELECT count(*) FROM users")[0][0])

    def all(self) -> list[User]:
        """Return all users in the order of their names."""
        return [User(*row) for row in self._database.rows("SELECT name, role, since, seen FROM users ORDER BY name")]

    def find(self, name: str) -> User:
        """Return a user.

        Raises:
            NotFound: there is none of that name.
        """
        found = self._database.rows("SELECT name, role, since, seen FROM users WHERE name = ?", storable(name))
        if not found:
            raise NotFound(f"there is no user '{name}'")
        return User(*found[0])

    def add(self, name: str, role: Role, password: str | None) -> User:
        """Add a user; without a password he cannot sign in by one until he is given one.

        Raises:
            AccessError: the name is taken or no name, the password is too short, or there are too many users.
        """
        name = checked_name(name)
        if name.casefold().endswith(AT_COMPUTER):
            raise AccessError(
                "bad-name", f"'{name}' is how the record names somebody at the computer", "choose another name"
            )
        kept = NO_PASSWORD if password is None else self._passwords.keep(password)
        with self._database.transaction():
            for (known,) in self._database.rows("SELECT name FROM users"):
                if known.casefold() == name.casefold():  # SQLite takes Ä and ä for two
                    raise AccessError("taken", f"there is a user '{known}' already", "choose another name")
            if len(self) >= MOST:
                raise AccessError("too-many", f"there are {MOST} users, which is the limit", "remove some")
            self._database.change(
                "INSERT INTO users (name, role, password, since) VALUES (?, ?, ?, ?)",
                *(name, role, kept, self._clock.now()),
            )
        return self.find(name)

    def set_role(self, name: str, role: Role) -> User:
        """Give a user another role.

        Raises:
            NotFound: there is no such user.
            AccessError: nobody would be admin any more.
        """
        with self._database.transaction():
            user = self.find(name)
            if role != "admin":
                self._keep_an_admin(user)
            self._database.change("UPDATE users SET role = ? WHERE name = ?", role, user.name)
        return self.find(name)

    def set_password(self, name: str, password: str) -> User:
        """Give a user another password.

        Raises:
            NotFound: there is no such user.
            AccessError: the password is too short.
        """
        user = self.find(name)
        self._database.change("UPDATE users SET password = ? WHERE name = ?", self._passwords.keep(password), user.name)
        return user

    def remove(self, name: str) -> None:
        """Remove a user.

        Raises:
            NotFound: there is no such user.
            AccessError: it is the last admin.
        """
        with self._database.transaction():
            user = self.find(name)
            self._keep_an_admin(user)
            self._database.change("DELETE FROM users WHERE name = ?", user.name)

    def has_password(self, name: str) -> bool:
        """Say whether a user can sign in by a password; who comes from a provider cannot."""
        found = self._database.rows("SELECT password FROM users WHERE name = ?", storable(name))
        return bool(found) and found[0][0] != NO_PASSWORD

    def with_password(self, name: str, password: str) -> User | None:
        """Return the user whose name and password these are, or None; takes as long for a name that is not there."""
        found = self._database.rows("SELECT name, password FROM users WHERE name = ?", storable(name))
        kept = str(found[0][1]) if found else None
        if not self._passwords.fits(password, kept):
            return None
        if kept is not None and self._passwords.outdated(kept):
            self._database.change(
                "UPDATE users SET password = ? WHERE name = ? AND password = ?",
                *(self._passwords.keep(password), found[0][0], kept),
            )
        return self.find(found[0][0])

    def _keep_an_admin(self, user: User) -> None:
        """Refuse to go on without an admin; called within a transaction."""
        others = self._database.rows("SELECT count(*) FROM users WHERE role = 'admin' AND name != ?", user.name)
        if user.role == "admin" and others[0][0] == 0:
            raise AccessError("last-admin", f"'{user.name}' is the last admin", "make another user admin first")


def checked_name(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        AccessError: it is no name that can be shown, typed and put into an address.
    """
    name = unicodedata.normalize("NFC", name)
    wrong = name != name.strip() or any(unicodedata.category(c)[0] in "C" or c in "/\\<>\u2028\u2029" for c in name)
    if not name or len(name) > LONGEST_NAME or wrong or name in (".", ".."):
        raise AccessError(
            "bad-name",
            f"a user's name has 1 to {LONGEST_NAME} characters, none of them / \\ < > or invisible",
            "letters, digits, spaces, dots and dashes do well",
        )
    return name


def storable(text: str) -> str:
    """Return a name as it would have been kept; one that nobody can have stays one that nobody has."""
    return unicodedata.normalize("NFC", text).encode("utf-8", "replace").decode()

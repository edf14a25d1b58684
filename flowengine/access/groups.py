"""Groups: what is given to one is given to all of its members."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from flowengine.access.database import Database
from flowengine.access.users import checked_name
from flowengine.errors import AccessError, NotFound

GROUP: Final = "group/"
"""What stands before a group's name where permissions are kept; no user's name has a stroke in it."""
MOST: Final = 200
"""Groups at most."""


class Groups:
    """The groups of one installation. A name is the same in capitals and small letters."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> dict[str, list[str]]:
        """Return every group and its members."""
        found: dict[str, list[str]] = {row[0]: [] for row in self._database.rows("SELECT name FROM groups")}
        for group, user in self._database.rows("SELECT grp, user FROM members ORDER BY grp, user"):
            found.setdefault(group, []).append(user)
        return dict(sorted(found.items()))

    def of(self, user: str) -> list[str]:
        """Return the groups that a user is in."""
        return [row[0] for row in self._database.rows("SELECT grp FROM members WHERE user = ? ORDER BY grp", user)]

    def exists(self, name: str) -> bool:
        """Say whether there is a group of that name."""
        return bool(self._database.rows("SELECT 1 FROM groups WHERE name = ?", name))

    def set(self, name: str, members: Collection[str]) -> None:
        """Make a group of these users, or make these the members of one.

        Raises:
            AccessError: it is no name, or there are too many groups.
        """
        name = checked_name(name)
        with self._database.transaction():
            if not self.exists(name):
                if self._database.rows("SELECT count(*) FROM groups")[0][0] >= MOST:
                    raise AccessError("too-many", f"there are {MOST} groups, which is the limit", "remove some")
                self._database.change("INSERT INTO groups (name) VALUES (?)", name)
            self._database.change("DELETE FROM members WHERE grp = ?", name)
            for user in members:
                self._database.change("INSERT OR IGNORE INTO members (grp, user) VALUES (?, ?)", name, user)

    def remove(self, name: str) -> None:
        """Remove a group; its members lose what they had by it.

        Raises:
            NotFound: there is none of that name.
        """
        with self._database.transaction():
            if not self._database.change("DELETE FROM groups WHERE name = ?", name):
                raise NotFound(f"there is no group '{name[:100]}'")
            self._database.change("DELETE FROM members WHERE grp = ?", name)
            self._database.change("DELETE FROM permissions WHERE who = ?", GROUP + name)

    def forget(self, user: str) -> None:
        """Take a user out of all groups."""
        self._database.change("DELETE FROM members WHERE user = ?", user)

"""Rights: what someone may do beyond the role he has everywhere, in an area of flows; and who may write code.

A role holds for all flows. A permission adds to it in an area: an editor of `press-*` may deploy the flows of that name
and no others. An area is the name of a flow, in which `*` stands for anything. The right `code` is apart from the
roles, and no role has it: a node that runs code does whatever the engine can, so who deploys a change of it must have
this. It is given at the computer itself, or by someone who has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal, get_args

from flowengine.access.database import Database
from flowengine.access.roles import RIGHTS, Right, may
from flowengine.clock import Clock
from flowengine.errors import AccessError, NotFound

May = Literal["viewer", "operator", "editor", "code"]
"""What can be given in an area. Users see everything by their role; `viewer` is for a token that sees nothing else."""

GIVEN: Final[tuple[May, ...]] = get_args(May)
EVERYWHERE: Final = "*"
MOST: Final = 5000
"""Permissions of an installation at most."""

_AREA = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_*-]{0,99}")


@dataclass(frozen=True)
class Permission:
    """That someone may do something in an area."""

    who: str
    """A user's name, `token/` and a token's, or `group/` and a group's."""
    may: May
    area: str
    by: str = ""
    """Who gave it; empty: whoever owns the state folder, at the computer itself."""
    since: float = 0.0


@dataclass(frozen=True)
class Rights:
    """All that someone may do."""

    role: Right
    """Everywhere."""
    permissions: tuple[Permission, ...] = ()

    @classmethod
    def none(cls) -> Rights:
        """Return those of who is not signed in."""
        return cls("metrics")

    def may(self, needed: Right | May, flow: str) -> bool:
        """Say whether he may do something with a flow; an empty name: with what belongs to no flow alone."""
        return may_by_role(self.role, needed) or any(
            _suffices(one.may, needed) and inside(flow, one.area) for one in self.permissions
        )

    def may_somewhere(self, needed: Right | May) -> bool:
        """Say whether there is an area in which he may do it."""
        return may_by_role(self.role, needed) or any(_suffices(one.may, needed) for one in self.permissions)


def may_by_role(role: Right, needed: Right | May) -> bool:
    """Say whether a role is enough by itself."""
    return needed != "code" and may(role, needed)


def _suffices(given: May, needed: Right | May) -> bool:
    if given == "code" or needed == "code":
        return given == needed
    return RIGHTS.index(given) >= RIGHTS.index(needed)


def inside(flow: str, area: str) -> bool:
    """Say whether a flow lies in an area."""
    if area == EVERYWHERE:
        return True
    return bool(flow) and re.fullmatch(".*".join(re.escape(part) for part in area.split("*")), flow) is not None


def checked_area(area: str) -> str:
    """Return an area.

    Raises:
        AccessError: no flow can be called like that.
    """
    if _AREA.fullmatch(area) is None or "**" in area or area.count("*") > 5:
        hint = "such as press, line-1-* or *"
        raise AccessError("bad-area", "an area is the name of a flow, in which * stands for anything", hint)
    return area


class Permissions:
    """Who may do what, and where."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, *names: str) -> tuple[Permission, ...]:
        """Return what has been given to any of these names."""
        rows = self._database.rows(
            f"SELECT who, may, area, given_by, since FROM permissions WHERE who IN ({', '.join('?' * len(names))})",
            *names,
        )
        return tuple(Permission(*row) for row in rows)

    def all(self) -> list[Permission]:
        """Return all that has been given, by who has it."""
        rows = self._database.rows("SELECT who, may, area, given_by, since FROM permissions ORDER BY who, area, may")
        return [Permission(*row) for row in rows]

    def give(self, who: str, may: May, area: str, by: str = "") -> None:
        """Let someone do something in an area; once more changes nothing.

        Raises:
            AccessError: it is no area, or there are too many permissions.
        """
        with self._database.transaction():
            if self._database.rows("SELECT count(*) FROM permissions")[0][0] >= MOST:
                raise AccessError("too-many", f"there are {MOST} permissions, which is the limit", "use groups")
            self._database.change(
                "INSERT OR IGNORE INTO permissions (who, may, area, given_by, since) VALUES (?, ?, ?, ?, ?)",
                *(who, may, checked_area(area), by, self._clock.now()),
            )

    def take(self, who: str, may: May, area: str) -> None:
        """Take back what was given.

        Raises:
            NotFound: it had not been.
        """
        if not self._database.change("DELETE FROM permissions WHERE who = ? AND may = ? AND area = ?", who, may, area):
            raise NotFound(f"'{who[:120]}' has no permission '{may}' in '{area[:100]}'")

    def forget(self, names: Iterable[str]) -> None:
        """Take back all that somebody had, who is no more."""
        for name in names:
            self._database.change("DELETE FROM permissions WHERE who = ?", name)

"""Sides: who may say yes for IT, and who for OT, when a change can reach a machine.

A side is given by an admin, by name, and taken away likewise. Each giving has a number of its own (a grant), so that a
yes given under it ends with it: who loses a side and gets it again, or a new user of an old name, begins anew. Whoever
gives or takes one records it (`sides-given`, about the name, with all his sides): one that the record does not know
does not count (`ledger.py`). Programs may have a side, for what they look at; they can never approve (`approval.py`).
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Literal, get_args

from flowengine.access.database import Database
from flowengine.clock import Clock

Side = Literal["it", "ot"]
"""IT: business systems, brokers, databases. OT: machines and what moves them."""

SIDES: Final[tuple[Side, ...]] = get_args(Side)


@dataclass(frozen=True)
class Grant:
    """That someone speaks for a side."""

    id: str
    """Of this one giving."""
    who: str
    """A user's name, or `token/` and a token's."""
    side: Side
    by: str
    """The admin who gave it; empty: whoever owns the state folder, at the computer itself."""
    since: float


class Sides:
    """Who speaks for which side."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def of(self, who: str) -> dict[Side, Grant]:
        """Return the sides that someone speaks for, IT first."""
        rows = self._database.rows("SELECT id, who, side, given_by, since FROM sides WHERE who = ? ORDER BY side", who)
        return {row[2]: Grant(*row) for row in rows}

    def all(self) -> dict[str, list[Side]]:
        """Return everybody who speaks for a side, by name."""
        found: dict[str, list[Side]] = {}
        for who, side in self._database.rows("SELECT who, side FROM sides ORDER BY who, side"):
            found.setdefault(who, []).append(side)
        return found

    def give(self, who: str, sides: Collection[Side], by: str = "") -> dict[Side, Grant]:
        """Let someone speak for these sides and no others; a side that he has keeps its grant. Returns them."""
        with self._database.transaction():
            for side, grant in self.of(who).items():
                if side not in sides:
                    self._database.change("DELETE FROM sides WHERE id = ?", grant.id)
            for side in SIDES:
                if side in sides and side not in self.of(who):
                    self._database.change(
                        "INSERT INTO sides (id, who, side, given_by, since) VALUES (?, ?, ?, ?, ?)",
                        *(secrets.token_hex(8), who, side, by, self._clock.now()),
                    )
            return self.of(who)

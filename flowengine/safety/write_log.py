"""What of the writes to a machine goes into the record: old value, new value, verdict; bounded, and nothing hidden.

A loop writes ten times a second for years. So of each output what is told is each write by a person, and each safe
value; a write with another verdict or writer than the one before, one a second at most; else one every ten seconds,
where the value has changed. Each says how many writes there were since the last and between which values they lay.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from flowengine.safety.limits import is_number
from flowengine.safety.model import Value

SOON: Final = 1.0
"""Seconds between two that are told because the verdict or the writer is another."""
APART: Final = 10.0
"""Seconds between two writes of one output that are told, where nothing but the value is new."""


@dataclass
class WriteLog:
    """Decides which writes of one output are recorded: not each, but each that says something new."""

    how: tuple[str, str, str] = ("", "", "")
    """Outcome, code and writer of what was told last."""
    told: Any = None
    """The value that was told last."""
    at: float = float("-inf")
    since: int = 0
    """Writes since then that were not told."""
    least: float | None = None
    greatest: float | None = None

    def note(
        self, old: Value | None, new: Value, how: tuple[str, str, str], now: float, always: bool = False
    ) -> dict[str, Any] | None:
        """Hear of a write, or of one that was refused; returns what is to be told, None: nothing now."""
        self.since += 1
        if not isinstance(new, bool | str) and is_number(new):
            self.least = new if self.least is None else min(self.least, new)
            self.greatest = new if self.greatest is None else max(self.greatest, new)
        wait = SOON if how != self.how else APART
        changed = (how, new) != (self.how, self.told) and not 0 <= now - self.at < wait
        if not (always or changed):
            return None
        found: dict[str, Any] = {"old": old, "new": new, "verdict": how[0], **({"code": how[1]} if how[1] else {})}
        if self.since > 1:
            found["writes"] = self.since
            if self.least is not None:
                found |= {"least": self.least, "greatest": self.greatest}
        self.how, self.told, self.at = how, new, now
        self.since, self.least, self.greatest = 0, None, None
        return found

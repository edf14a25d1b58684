"""What is asked of the guard, and what it answers."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from flowengine.safety.model import Value

Outcome = Literal["allow", "clamp", "hold", "refuse"]
"""As asked; cut to what may be; not now, and no fault of the asker's; no."""


class Command(NamedTuple):
    """A wish to write one value to one place."""

    address: str
    value: Value
    writer: str
    """`flow/node`, or the name of an operator."""
    unit: str = ""
    age: float = 0.0
    """Seconds since what it follows from was read."""
    fence: int | None = None
    """The fencing number of the lease that the writer believes to hold; None: it has asked for none."""
    operator: bool = False
    """Whether a person at the machine asks, in mode manual."""


class Verdict(NamedTuple):
    """What becomes of one command."""

    outcome: Outcome
    value: Value
    """What to write (allow, clamp), or what was asked for."""
    reason: str = ""
    """Why it is not as asked, for a person."""
    code: str = ""
    """The same as a word that stays: `range`, `interlock` ..."""

    @property
    def writes(self) -> bool:
        """Whether something is to be written."""
        return self.outcome in ("allow", "clamp")


class SafeWrite(NamedTuple):
    """A safe value that is to be written now."""

    output: str
    value: Value
    reason: str


class Event(NamedTuple):
    """Something that people must hear of: for the record, the alarm list and the canvas."""

    kind: str
    """A word that stays: `trip`, `armed`, `watchdog` ..."""
    output: str
    """The output it is about; empty: all of them."""
    text: str
    by: str = ""
    """Who did it, where somebody did."""
    details: dict[str, Any] | None = None
    """Of a write: old and new value, the verdict."""


def refuse(value: Value, code: str, reason: str) -> Verdict:
    """Say no."""
    return Verdict("refuse", value, reason, code)

"""How one output stands: its mode, whether it is armed, what it was told, who holds it, why it is tripped."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NamedTuple

import msgspec

from flowengine.safety.lease import SECONDS, Lease
from flowengine.safety.limits import Last
from flowengine.safety.model import MODES, Mode, Output, Value
from flowengine.safety.write_log import WriteLog


class Refusal(NamedTuple):
    """A command that was refused."""

    code: str
    reason: str
    at: float


@dataclass
class Standing:
    """How one output stands."""

    mode: Mode
    before: Mode
    """The mode that comes back when an operator's value has lasted long enough."""
    armed: bool = False
    manual_until: float = 0.0
    remind_at: float = 0.0
    last: Last | None = None
    alive_at: float = 0.0
    """When it was last commanded well."""
    lease: Lease = field(default_factory=Lease)
    trips: list[str] = field(default_factory=list)
    """Why it is tripped; the first is the first-out."""
    wanted_safe: str = ""
    """Why its safe value is to be written once, although no lasting reason holds: it was disarmed, say."""
    is_safe: bool = False
    """Whether its safe value has been written since it was last told anything else."""
    noted: str = ""
    """The reason for its safe state that was reported last."""
    follows: bool = True
    """Whether the machine showed the value that it was told, at the last look."""
    said: str = ""
    """Why the last command was held, refused or cut; empty: it was done as asked, or none has come."""
    refused: Refusal | None = None
    """The last command that was refused."""
    writes: WriteLog = field(default_factory=WriteLog)
    """Which writes the record has been told of."""

    @classmethod
    def at_first(cls, output: Output) -> Standing:
        """Return how an output stands that nobody has touched: disarmed."""
        mode: Mode = "automatic" if "automatic" in output.modes else output.modes[0]
        return cls(mode, mode)

    def follow_clock(self, output: Output, now: float) -> None:
        """Handle a clock that went back: spans begin anew at most, none becomes longer than it may be."""
        if self.last is not None and self.last.at > now:
            self.last = Last(self.last.value, now)
        self.alive_at = min(self.alive_at, now)
        self.lease = self.lease._replace(until=min(self.lease.until, now + SECONDS))
        self.manual_until = min(self.manual_until, now + output.manual_timeout)
        self.remind_at = min(self.remind_at, now + output.reminder)

    def told(self, value: Value, now: float) -> None:
        """Note what the output is told."""
        self.last = Last(value, now)


class Kept(msgspec.Struct, frozen=True):
    """What of an output outlasts the guard's process."""

    mode: Mode
    armed: bool
    fence: int
    trips: list[str]


def kept(standing: Standing) -> dict[str, Any]:
    """Return what is to be stored of an output."""
    mode = standing.before if standing.mode == "manual" else standing.mode  # an operator's value does not outlast him
    return msgspec.to_builtins(Kept(mode, standing.armed, standing.lease.fence, standing.trips))  # type: ignore[no-any-return]


def restored(output: Output, data: Any) -> Standing:
    """Return how an output stands after a start: never armed, and safe first if it was when the process ended.

    What cannot be read counts as tripped: nothing is known of why it was not.
    """
    standing = Standing.at_first(output)
    try:
        found = msgspec.convert(data, Kept)
    except msgspec.ValidationError:
        standing.trips = ["how it stood before the start cannot be read"]
        return standing
    if found.mode in output.modes and found.mode in MODES:
        standing.mode = standing.before = found.mode
    standing.lease = Lease(fence=found.fence)
    standing.trips = list(found.trips)
    if found.armed:
        standing.wanted_safe = "it was armed when the guard was ended"
    return standing

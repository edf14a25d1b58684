"""Times and quantities of one machine over a span, and the key figures made of them: ISO 22400-2:2014.

| here | ISO 22400-2 |
| --- | --- |
| busy | planned busy time, PBT: the time of work less breaks and planned stops |
| production | actual production time, APT |
| run_time | planned run time per item, PRI |
| produced, good | produced quantity, PQ; good quantity, GQ |

availability = APT / PBT, performance (effectiveness) = PRI x PQ / APT, quality ratio = GQ / PQ, and OEE is their
product. The six big losses are those of Nakajima, Introduction to TPM (1988), in seconds: with the time in which the
good pieces could have been made (`effective`) they add up to the planned busy time.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

Kind = Literal["breakdown", "setup", "minor"]
"""What a stop that was not planned is."""


class Account(msgspec.Struct):
    """What a machine has done since `begin`; times in seconds."""

    name: str = ""
    """The shift."""
    begin: float = 0.0
    """Seconds since 1970 UTC."""
    running: float = 0.0
    breaks: float = 0.0
    planned_stops: float = 0.0
    unknown: float = 0.0
    """Time of work in which it was not known what the machine did; no part of the planned busy time."""
    breakdown: float = 0.0
    setup: float = 0.0
    minor: float = 0.0
    """Stops that were so short that they count as production."""
    last: float = 0.0
    """What of the stop that has ended last fell into this account, and what it was."""
    last_kind: Kind = "breakdown"
    standing: float = 0.0
    """What of the stop that lasts fell into this account; where it belongs is decided at its end."""
    good: float = 0.0
    rejects: float = 0.0
    startup_rejects: float = 0.0
    """Those of `rejects` made while the machine was started up."""
    run_of_good: float = 0.0
    """Planned run time of the good pieces: each by the planned run time per item that held then."""
    run_of_rejects: float = 0.0
    run_of_startup: float = 0.0
    doubtful: bool = False
    """Whether a count was missed."""

    def prove(self, seconds: float) -> None:
        """Say that the machine ran for so long of the time in which it was not known what it did."""
        proved = min(seconds, self.unknown)
        self.unknown -= proved
        self.running += proved

    def end_stop(self, kind: Kind) -> None:
        """Say what the stop that has ended was."""
        self._add(kind, self.standing)
        self.last, self.last_kind, self.standing = self.standing, kind, 0.0

    def correct(self, kind: Kind) -> None:
        """Say that the stop that has ended last was something else."""
        self._add(self.last_kind, -self.last)
        self._add(kind, self.last)
        self.last_kind = kind

    def not_good(self, pieces: float, run: float) -> None:
        """Take rejects off the good pieces that they were counted among, as far as these are in this account."""
        self.good = max(0.0, self.good - pieces)
        self.run_of_good = max(0.0, self.run_of_good - run)

    def _add(self, kind: Kind, seconds: float) -> None:
        setattr(self, kind, getattr(self, kind) + seconds)

    def report(self, end: float, kind: Kind) -> dict[str, Any]:
        """Return the figures at a moment; a factor that nothing can be said of is None.

        Args:
            end: seconds since 1970 UTC.
            kind: what the stop that lasts is so far.
        """
        lost = {"breakdown": self.breakdown, "setup": self.setup, "minor": self.minor}
        lost[kind] += self.standing
        production = self.running + lost["minor"]
        busy = production + lost["breakdown"] + lost["setup"]
        produced = self.good + self.rejects
        planned = self.run_of_good + self.run_of_rejects
        availability = production / busy if busy else None
        performance = planned / production if production else None
        quality = self.good / produced if produced else None
        oee = None
        if availability is not None:
            oee = availability * performance * quality if performance is not None and quality is not None else 0.0
        return {
            "shift": self.name,
            "begin": self.begin,
            "end": end,
            "availability": availability,
            "performance": performance,
            "quality": quality,
            "oee": oee,
            "planned_busy_time": busy,
            "actual_production_time": production,
            "breaks": self.breaks,
            "planned_stops": self.planned_stops,
            "unknown": self.unknown,
            "produced": produced,
            "good": self.good,
            "rejects": self.rejects,
            "effective": self.run_of_good,
            "losses": {
                "breakdown": lost["breakdown"],
                "setup": lost["setup"],
                "minor_stops": lost["minor"],
                "reduced_speed": self.running - planned,
                "startup_rejects": self.run_of_startup,
                "rejects": self.run_of_rejects - self.run_of_startup,
            },
        }

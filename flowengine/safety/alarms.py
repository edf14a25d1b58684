"""Alarms by ISA-18.2: the state of each, what people do to it, and when there are too many at once.

Decisions alone, like the guard: told what is so and when (monotonic seconds), it says what changed. Section numbers are
those of ANSI/ISA-18.2-2016, whose figure 3 has the states.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from flowengine.errors import NotAllowed, NotFound, TooLarge

State = Literal["normal", "unacknowledged", "acknowledged", "returned", "latched", "latched-acknowledged"]
"""Of the process and the operator: not active; active; active and seen; gone but not seen; gone, to be reset."""
Aside = Literal["", "shelved", "suppressed", "out-of-service"]
"""Why an alarm does not ring: by an operator for a while, by design while the plant is so, for repair."""
Priority = Literal["low", "medium", "high", "critical"]
PRIORITIES: Final[tuple[Priority, ...]] = ("critical", "high", "medium", "low")

FLOOD_WINDOW: Final = 600.0
FLOOD_BEGINS: Final = 10
FLOOD_ENDS: Final = 5
"""Alarms in ten minutes for one operator: more than 10 begin a flood, fewer than 5 end it (16.5.3)."""
MOST: Final = 10_000
"""Alarms there may be."""
LONGEST_SHELF: Final = 7 * 86400.0


@dataclass(frozen=True)
class Alarm:
    """What an alarm is."""

    name: str
    text: str = ""
    """What it means, and what the operator is to do."""
    priority: Priority = "medium"
    area: str = ""
    on_delay: float = 0.0
    """Seconds that it must be so before it rings."""
    off_delay: float = 0.0
    """Seconds that it must be over before it counts as over."""
    latching: bool = False
    """Whether it stays until a person resets it."""
    high: float | None = None
    low: float | None = None
    dead_band: float = 0.0
    """How far a value must come back behind the limit before it is over."""


class Change(NamedTuple):
    """Something that happened to an alarm: for the history, the list, the record."""

    name: str
    what: str
    """`active`, `acknowledged`, `returned`, `latched`, `normal`, `shelved`, `unshelved` ..."""
    state: State
    priority: Priority
    text: str
    by: str = ""


@dataclass
class Status:
    """How an alarm is."""

    alarm: Alarm
    state: State = "normal"
    aside: Aside = ""
    reason: str = ""
    """Why it was put aside."""
    by: str = ""
    until: float = 0.0
    """When it comes off the shelf, in monotonic seconds."""
    active: bool = False
    """What the process says, before delays."""
    since: float = 0.0
    """Since when it says so."""
    count: int = 0
    """How often it has rung."""
    seen_by: str = ""
    """Who has acknowledged it since it rang last."""

    @property
    def rings(self) -> bool:
        """Whether an operator is to look at it."""
        return self.state != "normal" and not self.aside

    @property
    def holds(self) -> bool:
        """Whether it counts as active, after delays."""
        return self.state in ("unacknowledged", "acknowledged")

    @property
    def quiet(self) -> bool:
        """Whether nothing is to be known of it but its history."""
        return self.state == "normal" and not self.active and not self.aside


@dataclass
class Alarms:
    """All alarms of a plant."""

    changed: Callable[[Change], None] = lambda change: None
    known: dict[str, Status] = field(default_factory=dict)
    flood: bool = False
    _rang: deque[float] = field(default_factory=deque)

    def declare(self, alarm: Alarm) -> None:
        """Add an alarm, or say anew what one is; its state stays.

        Raises:
            TooLarge: there are too many.
        """
        if alarm.name in self.known:
            self.known[alarm.name].alarm = alarm
        elif len(self.known) >= MOST:
            raise TooLarge(f"there are {MOST} alarms, which is the limit")
        else:
            self.known[alarm.name] = Status(alarm)

    def listed(self) -> list[Status]:
        """Return what an operator is to look at: by priority, then the newest first."""
        rings = [status for status in self.known.values() if status.rings]
        return sorted(rings, key=lambda one: (PRIORITIES.index(one.alarm.priority), -one.since))

    def aside(self) -> list[Status]:
        """Return what does not ring, though it might: a list that has to be looked through at each shift (11.5)."""
        return [status for status in self.known.values() if status.aside]

    # --- what the process says ---

    def update(self, name: str, active: bool, now: float) -> None:
        """Take in whether its condition holds now.

        Raises:
            NotFound: there is no such alarm.
        """
        status = self._status(name)
        if active != status.active:
            status.active, status.since = active, now
        self._settle(status, now)

    def measure(self, name: str, value: float, now: float) -> None:
        """Take in the value that an alarm with limits is about; NaN counts as beyond the limits.

        Raises:
            NotFound: there is no such alarm.
        """
        status = self._status(name)
        alarm, back = status.alarm, status.alarm.dead_band if status.active else 0.0
        below = alarm.high is None or value <= alarm.high - back
        above = alarm.low is None or value >= alarm.low + back
        self.update(name, not (below and above), now)

    def tick(self, now: float) -> None:
        """Let time pass: delays, shelves, floods."""
        for status in self.known.values():
            if status.aside == "shelved" and now >= status.until:
                self._set_aside(status, "", "the time is over", "")
            self._settle(status, now)
        self._look_for_flood(now)

    def forget_quiet(self) -> list[str]:
        """Let go of alarms that are normal and put aside by nobody; returns their names. Their history is elsewhere."""
        quiet = [one.alarm.name for one in self.known.values() if one.quiet]
        for name in quiet:
            del self.known[name]
        return quiet

    # --- what people do ---

    def acknowledge(self, name: str, by: str) -> None:
        """Say that it has been seen.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: there is nothing to acknowledge.
        """
        status = self._status(name)
        after: dict[State, State] = {
            "unacknowledged": "acknowledged",
            "returned": "normal",
            "latched": "latched-acknowledged",
        }
        if status.state not in after:
            raise NotAllowed(f"'{name}' is {status.state}: there is nothing to acknowledge")
        status.seen_by = by
        self._move(status, after[status.state], "acknowledged", by)

    def reset(self, name: str, by: str) -> None:
        """Let a latched alarm go that is over and has been acknowledged.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: it is not latched, or not acknowledged, or still so.
        """
        status = self._status(name)
        if status.state != "latched-acknowledged" or status.active:
            raise NotAllowed(f"'{name}' is {status.state}: to be reset it is over, latched and acknowledged")
        self._move(status, "normal", "reset", by)

    def shelve(self, name: str, seconds: float, reason: str, by: str, now: float) -> None:
        """Put an alarm aside for a while (11.5): a reason is needed, and it comes back by itself.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: no reason, no time or a week's more, or it is aside already.
        """
        status = self._status(name)
        if not reason.strip() or not 0 < seconds <= LONGEST_SHELF:
            raise NotAllowed("a shelf needs a reason, and a time of a week at most")
        if status.aside not in ("", "shelved"):
            raise NotAllowed(f"'{name}' is {status.aside}")
        status.until = now + seconds
        self._set_aside(status, "shelved", reason, by)

    def take_back(self, name: str, by: str) -> None:
        """Take an alarm from the shelf, or back into service.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: it is neither, or suppressed by design.
        """
        status = self._status(name)
        if status.aside not in ("shelved", "out-of-service"):
            raise NotAllowed(f"'{name}' is {status.aside or 'not put aside'}")
        self._set_aside(status, "", "taken back", by)

    def out_of_service(self, name: str, reason: str, by: str) -> None:
        """Take an alarm out of service, until someone takes it back.

        Raises:
            NotFound: there is no such alarm.
            NotAllowed: no reason is given.
        """
        status = self._status(name)
        if not reason.strip():
            raise NotAllowed("to take an alarm out of service needs a reason")
        self._set_aside(status, "out-of-service", reason, by)

    def suppress(self, names: Iterable[str], suppressed: bool, reason: str) -> None:
        """Let alarms be silent by design while the plant is so that they mean nothing: a machine that is off.

        What people have put aside stays aside.

        Raises:
            NotFound: there is no such alarm.
        """
        for name in names:
            status = self._status(name)
            if suppressed and not status.aside:
                self._set_aside(status, "suppressed", reason, "")
            elif not suppressed and status.aside == "suppressed":
                self._set_aside(status, "", reason, "")

    # --- inside ---

    def _settle(self, status: Status, now: float) -> None:
        """Take over what the process says, once it has said so for long enough."""
        alarm = status.alarm
        delay = alarm.on_delay if status.active else alarm.off_delay
        if now - status.since < delay:
            return
        if status.active and not status.holds:
            status.count += 1
            status.seen_by = ""
            self._move(status, "unacknowledged", "active", "")
            if not status.aside:
                self._rang.append(now)
                self._look_for_flood(now)
        elif not status.active and status.holds:
            seen = status.state == "acknowledged" or status.aside == "suppressed"  # which has not rung for anybody
            if alarm.latching:
                self._move(status, "latched-acknowledged" if seen else "latched", "latched", "")
            else:
                self._move(status, "normal" if seen else "returned", "normal" if seen else "returned", "")

    def _move(self, status: Status, state: State, what: str, by: str) -> None:
        status.state = state
        self.changed(Change(status.alarm.name, what, state, status.alarm.priority, status.alarm.text, by))

    def _set_aside(self, status: Status, aside: Aside, reason: str, by: str) -> None:
        what = aside or f"no longer {status.aside}"
        status.aside, status.reason, status.by = aside, reason if aside else "", by if aside else ""
        self.changed(Change(status.alarm.name, what, status.state, status.alarm.priority, reason, by))

    def _look_for_flood(self, now: float) -> None:
        rang = self._rang
        while rang and (now - rang[0] > FLOOD_WINDOW or len(rang) > MOST):
            rang.popleft()
        flood = len(rang) > FLOOD_BEGINS or (self.flood and len(rang) >= FLOOD_ENDS)
        if flood != self.flood:
            self.flood = flood
            text = f"{len(rang)} alarms in {FLOOD_WINDOW / 60:g} minutes"
            self.changed(Change("", "flood" if flood else "flood over", "normal", "high", text))

    def _status(self, name: str) -> Status:
        status = self.known.get(name)
        if status is None:
            raise NotFound(f"there is no alarm '{name}'")
        return status

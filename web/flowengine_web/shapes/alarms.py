"""The list of alarms, by ISA-18.2."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine_web.shapes.base import Seconds, Shape


class Alarm(Shape):
    """One alarm that is not normal, or was put aside."""

    name: str
    """`flow/node`, a flow that does not start, or `guard:` and what the guard says."""
    text: str
    """What it means; for an alarm of the guard, why."""
    priority: Literal["critical", "high", "medium", "low"]
    area: str
    state: Literal["normal", "unacknowledged", "acknowledged", "returned", "latched", "latched-acknowledged"]
    """returned: it is over, and nobody has seen it."""
    since: Seconds
    count: int
    """How often it has rung."""
    aside: Literal["", "shelved", "suppressed", "out-of-service"] = ""
    """Why it does not ring: by an operator for a while, by design, for repair."""
    reason: str = ""
    by: str = ""
    """Who has put it aside."""
    until: Seconds = 0.0
    """When it comes off the shelf."""
    seen_by: str = ""


class Alarms(Shape):
    """What is to be looked at, the highest priority and the newest first, then what was put aside (event `alarms`)."""

    alarms: list[Alarm]
    unseen: int
    """How many nobody has acknowledged."""
    standing: int
    """How many are active."""
    flood: bool
    """More than ten alarms in ten minutes: more than an operator can look after (ISA-18.2, 16.5.3)."""
    left_out: int
    """How many more there are than this list shows."""


class AlarmAct(Shape):
    """What a person does to alarms."""

    what: Literal["acknowledge", "shelve", "unshelve", "out-of-service"]
    names: Annotated[list[Annotated[str, Meta(max_length=400)]], Meta(min_length=1, max_length=1000)]
    minutes: Annotated[float, Meta(gt=0, le=7 * 1440)] = 60.0
    """For `shelve`: it comes back by itself."""
    reason: Annotated[str, Meta(max_length=500)] = ""
    """For `shelve` and `out-of-service`."""


class AlarmEntry(Shape):
    """One thing that happened to an alarm."""

    id: int
    time: Seconds
    name: str
    what: str
    """active, acknowledged, returned, normal, shelved ..."""
    state: str
    priority: str
    text: str
    by: str


class AlarmHistory(Shape):
    """What happened, the newest first."""

    entries: list[AlarmEntry]

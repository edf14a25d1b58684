"""The parts of the plant and their lives."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine.assets.feed import NoticeKind
from flowengine.assets.lifecycle import State, What
from flowengine.assets.shape import Kind
from flowengine_web.shapes.base import Shape


class PartDate(Shape):
    """One date of a part's life."""

    what: What
    day: str
    days: int
    """From today; negative: it has passed."""
    state: State
    why: str = ""


class PartNotice(Shape):
    """What a vendor or an advisory has said of a part."""

    id: str
    kind: NoticeKind
    title: str
    score: float = 0.0
    """For a vulnerability: CVSS base score; 0: none."""
    url: str = ""
    remedy: str = ""


class PartOutput(Shape):
    """An output that the end of a part would stop."""

    flow: str
    node: str
    device: str
    direct: bool
    """Whether it uses the part itself; else what it is told depends on it."""


class Part(Shape):
    """One asset, with all that is known of it."""

    id: str
    kind: Kind
    name: str
    place: list[str]
    """Names of what it is part of, the largest first."""
    vendor: str
    model: str
    serial: str
    version: str
    installed: str
    state: State
    dates: list[PartDate]
    notices: list[PartNotice]
    flows: list[str]
    tags: list[str]
    outputs: list[PartOutput]
    todo: str = ""
    """What to do about it next, in short; empty: nothing yet."""
    buy: str = ""
    """What to buy at the last, and why; empty: nothing."""
    replace: str = ""
    """What to put in its place, and by when; empty: nothing is known."""
    migrate: str = ""
    """The command, in the folder of the flows, that drafts them for what takes its place; empty: there is none."""
    running_hours: float = 0.0
    hours_on: str = ""
    """Day of which the running hours are; empty: none are known."""
    hours_from: str = ""
    """Where a flow counts them: flow/tag; empty: nowhere that may be seen."""
    hours_sure: bool = True
    """Whether the counter saw all of them."""
    hours_problem: str = ""
    """Why they are not what is counted, but what was written into the file."""
    rated_hours: float = 0.0
    """Hours that it is made to run; 0: not known."""


class PartHours(Shape):
    """Hours that a part had run on a day."""

    hours: Annotated[float, Meta(ge=0, le=1e9)]
    day: Annotated[str, Meta(max_length=10)] = ""
    """Empty: today."""


class Parts(Shape):
    """All parts on a day, the most urgent first."""

    today: str
    there: bool
    """Whether there is an assets.json."""
    problems: list[str]
    """What is wrong with the files; then there are no parts."""
    parts: list[Part]
    warning: str = ""
    """What was entered is in the file, but not in git: why, and what to do."""

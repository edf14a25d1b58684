"""Changes that reach a machine and wait for a yes of IT and one of OT."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine.access.sides import Side
from flowengine_web.shapes.base import Seconds, Shape
from flowengine_web.shapes.deploys import DeployRequest, Reach, ReachLimit
from flowengine_web.shapes.difference import FlowDiff
from flowengine_web.shapes.simulation import Simulation


class TwoKeys(Shape):
    """Whether a change that reaches a machine needs two yeses, and how many wait for theirs."""

    in_force: bool = False
    waiting: int = 0
    glass: str = ""
    """Who runs what alone just now; empty: nobody does."""


class ChangeYes(Shape):
    """One yes."""

    side: Side
    who: str
    at: Seconds
    why_not: str = ""
    """Why it does not count; empty: it does."""


class FlowTest(Shape):
    """What became of the tests of one flow, run on what would run."""

    file: str
    passed: int = 0
    failed: list[str] = []
    """Names of those that were not as expected."""
    problems: list[str] = []


class ChangedFile(Shape):
    """One file that would be written, or removed."""

    name: str
    lines: list[str] = []
    """For envelope.json and ownership.json: the difference line by line, as git shows it."""


class ChangeSummary(Shape):
    """A change, in a list."""

    id: int
    author: str
    at: Seconds
    message: str
    state: Literal["open", "glass", "deployed", "rejected", "withdrawn", "expired"]
    """glass: it runs by one person's act alone, for a while."""
    files: list[str]
    missing: list[Side] = []
    """The sides whose yes is missing."""
    why_not: str = ""
    """Why it can neither be approved nor deployed any more; empty: it can."""
    closed: Seconds = 0.0
    closer: str = ""
    reason: str = ""
    until: Seconds = 0.0
    """For glass: when what was approved runs again."""
    commit: str = ""


class ChangeDetail(Shape):
    """A change, with all that somebody should know before he says yes."""

    change: ChangeSummary
    content: str
    """The hash of what would run: what a yes is for."""
    diffs: list[FlowDiff]
    files: list[ChangedFile]
    reaches: list[Reach]
    limits: list[ReachLimit]
    """Of what is reached, while the change waits; empty where there is no envelope."""
    unknown: list[str]
    """Flows that cannot be planned, so that what they reach is not known."""
    tests: list[FlowTest] | None
    """None: they were not run."""
    simulating: bool
    """Whether a simulation of it is under way, or waits for its turn."""
    simulation: Simulation | None
    """None: none was run yet."""
    yeses: list[ChangeYes]


class Changes(Shape):
    """All changes that are kept, the newest first."""

    two_keys: TwoKeys
    changes: list[ChangeSummary]
    outside: list[str] = []
    """Files that were changed outside, and do not run."""


class ChangeAsk(Shape):
    """What to ask the yeses for."""

    deploy: DeployRequest | None = None
    """None: all that was changed outside."""
    message: Annotated[str, Meta(max_length=10_000)] = ""


class ChangeApproval(Shape):
    """A yes."""

    side: Side
    content: Annotated[str, Meta(max_length=100)]
    """The content that was looked at."""
    password: Annotated[str, Meta(max_length=1000)] = ""
    """One's own once more, so that a page left open approves nothing."""


class ChangeReason(Shape):
    """A no, with its reason."""

    reason: Annotated[str, Meta(max_length=1000)]


class GlassBreak(Shape):
    """Running a change alone."""

    reason: Annotated[str, Meta(max_length=1000)]
    password: Annotated[str, Meta(max_length=1000)] = ""

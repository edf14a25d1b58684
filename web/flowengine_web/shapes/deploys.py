"""Deploys and the history of flows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine.safety.model import Mode
from flowengine_web.shapes.base import FlowJson, FlowName, Revision, Seconds, Shape
from flowengine_web.shapes.difference import FlowDiff
from flowengine_web.shapes.errors import Conflict, Problem


class DeployItem(Shape):
    """One flow to be deployed."""

    base: Revision
    """What the caller's edit began with (`disk` of the summary); empty: a new flow."""
    flow: FlowJson | None
    """None: remove the flow."""


class ConnectionsItem(Shape):
    """The shared connections to be deployed."""

    base: Revision
    connections: dict[str, Any]


class DeployRequest(Shape):
    """What to put live: all of it or nothing."""

    flows: Annotated[dict[FlowName, DeployItem], Meta(max_length=1000)] = {}
    connections: ConnectionsItem | None = None
    message: Annotated[str, Meta(max_length=10_000)] = ""
    """The message of the commit; empty: one is made from the diff."""
    mode: Literal["changed", "flows", "all"] = "changed"
    """What restarts: the changed nodes, the changed flows, everything."""


class Reach(Shape):
    """An actuator at a machine (OT) that the change can reach."""

    flow: str
    node: str
    type: str
    connection: str
    device: str
    """What the connection leads to: modbus/device 127.0.0.1:5020."""
    via: list[str] = []
    """The shortest way from what differs to it: `flow/node`, or the place where nodes meet beside wires."""


class ReachLimit(Shape):
    """What the envelope allows at an actuator that the change can reach, beside what could be written there."""

    flow: str
    node: str
    output: str
    """Its name in the envelope; empty: it is not listed, and nothing will be written."""
    low: float | None = None
    high: float | None = None
    values: list[str | float | bool] = []
    """What may be written where there is no range."""
    unit: str = ""
    rate: float | None = None
    """Most change in a second."""
    interval: Seconds = 0.0
    """Least time between two writes."""
    clamp: bool = False
    """Whether what goes too far is cut; else it is refused."""
    modes: list[Mode] = []
    least: float | None = None
    """The least that could be written, where it is known before it runs."""
    most: float | None = None
    problems: list[Problem] = []
    """What the check against the envelope has found."""


class DeployPreview(Shape):
    """What a deploy would do."""

    diffs: list[FlowDiff]
    problems: list[Problem]
    conflicts: list[Conflict]
    restarts: dict[str, list[str]]
    """Flow -> nodes that start anew."""
    keeps: dict[str, int]
    """Flow -> nodes that go on with their state."""
    reaches: list[Reach]
    message: str
    """A message for the commit, made from the diff."""
    two_keys: bool = False
    """Whether it needs one yes from IT and one from OT: ask for it in place of deploying it."""
    limits: list[ReachLimit] = []
    """Of what is reached; empty where there is no envelope."""


class DeployResult(Shape):
    """What a deploy did."""

    revisions: dict[str, Revision]
    commit: str = ""
    restarted: dict[str, list[str]] = {}
    kept: dict[str, int] = {}
    warnings: list[str] = []
    """What went wrong without harm: it was not committed, and why."""


class Outside(Shape):
    """What was changed outside, by an editor or git pull, and what taking all of it would do."""

    revisions: dict[str, Revision]
    """Flow, or connections.json -> what the disk holds; empty: it is gone."""
    diffs: list[FlowDiff]
    """None for a flow whose new form is broken: its problems say how."""
    problems: list[Problem]
    restarts: dict[str, list[str]]
    """Flow -> nodes that start anew."""
    keeps: dict[str, int]
    """Flow -> nodes that go on with their state."""
    reaches: list[Reach]


class TakeRequest(Shape):
    """Run what the files hold that were changed outside: all of it or nothing."""

    revisions: Annotated[dict[str, Revision], Meta(min_length=1, max_length=1000)]
    """Flow, or connections.json -> the content that has been looked at."""


class HistoryEntry(Shape):
    """One revision of a flow that was deployed."""

    id: str
    """The git commit, or the number that the engine gave it."""
    revision: Revision
    at: Seconds
    author: str
    message: str


class History(Shape):
    """The revisions of a flow, the newest first."""

    flow: str
    entries: list[HistoryEntry]
    git: bool = False


class OldFlow(Shape):
    """A flow as it was."""

    entry: HistoryEntry
    flow: FlowJson | None
    diff: FlowDiff
    """From this revision to what stands there now."""

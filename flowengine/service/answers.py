"""What the use cases are asked with and answer with. The API's bodies are made from these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from flowengine.errors import FlowInvalid
from flowengine.flow.diff import FlowDiff
from flowengine.flow.impact import Output
from flowengine.flow.problem import Problem
from flowengine.port import Port
from flowengine.safety.foreseen import Foreseen
from flowengine.store.revisions import Entry

FlowState = Literal["running", "stopped", "disabled", "failed", "broken", "subflow"]
Mode = Literal["changed", "flows", "all"]
"""What a deploy restarts: the changed nodes, the changed flows, everything."""


@dataclass(frozen=True)
class Found:
    """A problem, and the flow it is about; empty: the folder itself."""

    flow: str
    problem: Problem


class DeployInvalid(FlowInvalid):
    """A deploy has problems; nothing was done. `found` holds all of them with their flows, warnings too."""

    def __init__(self, found: tuple[Found, ...]) -> None:
        self.found = found
        wrong = [one for one in found if one.problem.severity == "error"]
        names = ", ".join(dict.fromkeys(one.flow for one in wrong))
        super().__init__(names, [one.problem for one in wrong])


# --- the folder ---


@dataclass(frozen=True)
class FlowSummary:
    """One flow of the folder."""

    name: str
    file: str
    revision: str
    """What runs, or would run; empty: a new file, which nobody has taken yet."""
    disk: str
    """What its file holds now; empty: the file is gone."""
    state: FlowState
    note: str = ""
    nodes: int = 0
    errors: int = 0
    warnings: int = 0
    error: str = ""
    """Why it does not run, in a sentence (failed, broken)."""


@dataclass(frozen=True)
class SharedConnections:
    """connections.json: what all flows of the folder share."""

    revision: str = ""
    disk: str = ""
    connections: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ProjectSummary:
    """The folder of flows."""

    folder: str
    flows: tuple[FlowSummary, ...]
    connections: SharedConnections
    git: bool
    branch: str
    note: str
    """Why deploys are not committed although the folder lies in a git repository; empty: all is well."""
    problems: tuple[Problem, ...]
    """What is wrong with the folder itself."""


@dataclass(frozen=True)
class Ports:
    """The ports of one node with its options, the error port aside."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


@dataclass(frozen=True)
class Checked:
    """What is wrong with a flow among its neighbours, and what ports its nodes have."""

    problems: tuple[Found, ...]
    ports: Mapping[str, Ports]


@dataclass(frozen=True)
class FlowDetail:
    """One flow with its content."""

    summary: FlowSummary
    flow: Mapping[str, Any]
    """As its file says it; empty where the file is no JSON object."""
    ports: Mapping[str, Ports]
    problems: tuple[Found, ...]
    revision: str
    """Of this content."""


# --- deploy ---


@dataclass(frozen=True)
class DeployItem:
    """One flow to be deployed; `flow` is its file's JSON value, None removes it.

    `base` is the revision on disk that the edit began with; empty: a new flow.
    """

    base: str
    flow: Mapping[str, Any] | None


@dataclass(frozen=True)
class ConnectionsItem:
    """The shared connections to be deployed."""

    base: str
    connections: Mapping[str, Any]


@dataclass(frozen=True)
class Deploy:
    """What to put live: all of it or nothing. A flow under another key than its own name is renamed to that name."""

    flows: Mapping[str, DeployItem] = field(default_factory=dict)
    connections: ConnectionsItem | None = None
    message: str = ""
    """Why; empty: a text is made from the differences."""
    mode: Mode = "changed"


@dataclass(frozen=True)
class Conflict:
    """Someone else was faster: what stands there now, and how it differs from what the caller began with."""

    flow: str
    """The flow's name, or connections.json."""
    revision: str
    by: str = ""
    at: float = 0.0
    diff: FlowDiff | None = None
    """From the caller's base to what stands there now; None where the base is no longer known."""


@dataclass(frozen=True)
class Preview:
    """What a deploy would do."""

    diffs: tuple[FlowDiff, ...]
    problems: tuple[Found, ...]
    conflicts: tuple[Conflict, ...]
    restarts: Mapping[str, tuple[str, ...]]
    """Flow -> nodes that start anew."""
    keeps: Mapping[str, int]
    """Flow -> nodes that go on with their state."""
    reaches: tuple[Output, ...]
    message: str
    two_keys: bool = False
    """Whether it needs one yes from IT and one from OT."""
    foreseen: tuple[Foreseen, ...] = ()
    """What is reached, beside what the envelope allows there; empty where there is no envelope."""


@dataclass(frozen=True)
class Outside:
    """What was changed outside, by an editor or `git pull`, and what taking all of it would do."""

    revisions: Mapping[str, str]
    """Flow (or connections.json) -> the revision that the disk holds; empty: it is gone."""
    diffs: tuple[FlowDiff, ...]
    problems: tuple[Found, ...]
    restarts: Mapping[str, tuple[str, ...]]
    keeps: Mapping[str, int]
    reaches: tuple[Output, ...]


@dataclass(frozen=True)
class Deployed:
    """What a deploy did."""

    revisions: Mapping[str, str]
    """Flow (or connections.json) -> its revision now; empty: it has been removed."""
    commit: str = ""
    restarted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    kept: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    """What went wrong without harm: it was not committed, and why."""


# --- history ---


@dataclass(frozen=True)
class History:
    """The revisions of a flow, the newest first."""

    flow: str
    entries: tuple[Entry, ...]
    git: bool


@dataclass(frozen=True)
class OldFlow:
    """A flow as it was; `flow` is None where it had been removed, or was no JSON object."""

    entry: Entry
    flow: Mapping[str, Any] | None
    diff: FlowDiff
    """From this revision to what runs now."""


# --- running ---


@dataclass(frozen=True)
class Replayed:
    """What became of dead letters that were asked to be replayed or deleted."""

    done: tuple[int, ...]
    failed: Mapping[int, str]
    """Number -> why it stays."""


@dataclass(frozen=True)
class Try:
    """A transform to be run alone on sample messages (flat objects), in virtual time."""

    type: str
    messages: tuple[Mapping[str, Any], ...]
    options: Mapping[str, Any] = field(default_factory=dict)
    port: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TryOutput:
    """A message that left the node."""

    port: str
    message: Mapping[str, Any]


@dataclass(frozen=True)
class Tried:
    """What left the node, and why it failed; `line` is the line of the user's code that did, 0 where unknown."""

    outputs: tuple[TryOutput, ...] = ()
    error: str = ""
    line: int = 0

"""The folder of flows; checks, tries, texts and drafts."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine_web.shapes.base import FlowJson, Revision, Seconds, Shape
from flowengine_web.shapes.changes import TwoKeys
from flowengine_web.shapes.errors import Problem
from flowengine_web.shapes.palette import Port

FlowState = Literal["running", "stopped", "disabled", "failed", "broken", "subflow"]


class Ports(Shape):
    """The ports of one node with its options, the error port aside."""

    inputs: list[Port]
    outputs: list[Port]


class FlowSummary(Shape):
    """One flow of the folder."""

    name: str
    file: str
    revision: Revision
    """What runs (or would run): the content last deployed or taken from disk."""
    disk: Revision
    """What the file on disk holds now; another one than `revision`: changed outside, to be taken or overwritten."""
    state: FlowState
    note: str = ""
    nodes: int = 0
    errors: int = 0
    warnings: int = 0
    error: str = ""
    """Why it is not running, in a sentence (failed, broken)."""
    draft: bool = False
    """Whether the caller has a draft of it."""
    editors: list[str] = []
    """Others who have it open to edit."""


class Project(Shape):
    """The folder of flows."""

    folder: str
    flows: list[FlowSummary]
    connections: SharedConnections
    git: bool = False
    branch: str = ""
    note: str = ""
    """Why deploys are not committed although the folder lies in a git repository; empty: all is well."""
    problems: list[Problem] = []
    """What is wrong with the folder itself."""
    two_keys: TwoKeys = msgspec.field(default_factory=TwoKeys)


class SharedConnections(Shape):
    """connections.json: what all flows of the folder share."""

    revision: Revision = ""
    disk: Revision = ""
    connections: dict[str, Any] = {}


class Example(Shape):
    """A flow to begin with, offered on the start page."""

    name: str
    title: str
    note: str
    flow: FlowJson
    needs: list[str] = []
    """Names of further examples that it uses as subflows."""


class FlowDetail(Shape):
    """One flow with its content."""

    summary: FlowSummary
    flow: FlowJson
    ports: dict[str, Ports] = {}
    problems: list[Problem] = []


class CheckRequest(Shape):
    """A flow to be checked among its neighbours, nothing is kept."""

    name: Annotated[str, Meta(max_length=200)]
    flow: FlowJson
    connections: dict[str, Any] | None = None
    """The shared connections to check it with; None: those of the folder."""
    drafts: dict[str, FlowJson] = {}
    """Other flows that are being edited too, such as a new subflow: they stand for those of the folder."""


class CheckResult(Shape):
    """What is wrong with it, and what ports its nodes have."""

    problems: list[Problem]
    ports: dict[str, Ports]


class FormatRequest(Shape):
    """A flow to be written as its file would be."""

    flow: FlowJson


class Formatted(Shape):
    """The text of a flow file."""

    text: str


class ReadRequest(Shape):
    """The text of a flow file, to be read as strictly as the folder's own files are."""

    name: Annotated[str, Meta(max_length=200)]
    """The name it would get if it states none."""
    text: str


class ReadResult(Shape):
    """What a text says, and what is wrong with it."""

    flow: FlowJson | None
    """None: it is not JSON, or not a flow."""
    problems: list[Problem]


class TryRequest(Shape):
    """A transform to be run alone on sample messages, in virtual time; sources, actuators and I/O are refused."""

    type: str
    messages: Annotated[list[dict[str, Any]], Meta(max_length=100)]
    """Messages as flat objects: payload, topic, time, quality and further properties."""
    options: dict[str, Any] = {}
    port: str = ""
    environment: dict[str, str] = {}


class TryOutput(Shape):
    """A message that left the node."""

    port: str
    message: dict[str, Any]


class TryResult(Shape):
    """What left the node, or why it failed."""

    outputs: list[TryOutput] = []
    error: str = ""
    line: int = 0
    """Line of the node's code or expression that failed; 0: not known."""


class Draft(Shape):
    """What the caller was editing; it never runs before a deploy, and nobody else sees it.

    The shared connections are kept as the draft `connections.json`.
    """

    flow: FlowJson | None
    """None: the flow is to be removed."""
    base: Revision
    """The revision that it began with; empty: a new flow."""
    revision: Revision = ""
    saved: Seconds = 0.0


class DraftSummary(Shape):
    """A draft without its content."""

    name: str
    base: Revision
    revision: Revision
    saved: Seconds


class Drafts(Shape):
    """The caller's drafts."""

    drafts: list[DraftSummary]

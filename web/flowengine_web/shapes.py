"""What goes over the API: every body and answer, declared once. OpenAPI and the canvas's types are made from here.

Flow files travel as they are written in git (`flowengine/flow/shape.py`); here is only what stands around them.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from flowengine.access.roles import Role
from flowengine.node import Kind, Level, PayloadType

FlowJson = Annotated[dict[str, Any], Meta(description="A flow as its file says it")]
Revision = Annotated[str, Meta(description="Names one content of a file; it changes when the content does")]
Seconds = Annotated[float, Meta(description="Seconds since 1970-01-01 UTC")]
ValueKind = Literal["number", "boolean", "text", "bytes", "object", "list", "null"]


class Shape(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Base of all bodies and answers: what is not declared is refused."""


# --- errors ---


class Problem(Shape):
    """One thing that is wrong with a flow; see flowengine.flow.problem."""

    severity: Literal["error", "warning"]
    code: str
    message: str
    file: str = ""
    line: int = 0
    path: str = "$"
    node: str = ""
    hint: str = ""
    flow: str = ""
    """The flow it is about; empty: the folder itself."""


class Error(Shape):
    """What every answer from 400 on holds."""

    error: str
    """A word that stays the same between versions: not-signed-in, forbidden, not-found, conflict, invalid, ..."""
    message: str
    """What is wrong, in a sentence."""
    hint: str = ""
    """What to do about it."""
    path: str = ""
    """Where in the body: $.flows.oven.base."""
    problems: list[Problem] = []
    conflicts: list[Conflict] = []


class Conflict(Shape):
    """Someone else was faster: what stands there now, and how it differs from what the caller began with."""

    flow: str
    """The flow's name, or connections.json."""
    revision: Revision
    """What stands there now."""
    by: str = ""
    at: Seconds = 0.0
    diff: FlowDiff | None = None
    """From the base of the caller to what stands there now; None where the base is no longer known."""


# --- who ---


class Session(Shape):
    """Who is signed in, and what the page needs to begin with."""

    user: str = ""
    """Empty: nobody."""
    role: Role | None = None
    csrf: str = ""
    """To be sent as X-CSRF-Token with everything but GET."""
    setup: bool = False
    """Whether no user exists yet: the one-time link that was printed sets the first password."""
    version: str = ""
    folder: str = ""
    demo: bool = False


class SignIn(Shape):
    """A name and a password."""

    name: Annotated[str, Meta(max_length=100)]
    password: Annotated[str, Meta(max_length=1000)]


class Setup(Shape):
    """The first user: made with the token of the printed link."""

    token: Annotated[str, Meta(max_length=200)]
    name: Annotated[str, Meta(min_length=1, max_length=100)]
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class User(Shape):
    """One user; a password never comes back."""

    name: str
    role: Role
    since: Seconds = 0.0
    last_seen: Seconds = 0.0


class Users(Shape):
    """All users."""

    users: list[User]


class NewUser(Shape):
    """A user to add."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    role: Role
    password: Annotated[str, Meta(min_length=1, max_length=1000)]


class UserChange(Shape):
    """What to change of a user; what is left out stays."""

    role: Role | None = None
    password: Annotated[str, Meta(min_length=1, max_length=1000)] | None = None
    current_password: Annotated[str, Meta(max_length=1000)] = ""
    """Needed to change one's own password."""


# --- the palette ---


class Port(Shape):
    """A place where wires end or begin."""

    name: str
    payload: PayloadType = "any"
    description: str = ""


class NodeType(Shape):
    """One entry of the palette: a node type, a connection type, or a subflow of the folder."""

    type: str
    kind: Kind
    title: str
    help: str
    """Markdown; untrusted."""
    schema: dict[str, Any]
    """JSON Schema of the options (plain: without references)."""
    inputs: list[Port] = []
    outputs: list[Port] = []
    """With default options, the error port aside."""
    error_port: bool = False
    """Whether nodes of this type have an output port `error`."""
    dynamic: bool = False
    """Whether the ports depend on the options: ask /api/check."""
    button: bool = False
    """Whether nodes of this type have a button that sends a message."""
    ot: bool = False
    """Whether this is a device of the OT side, or a node that uses one."""
    package: str = ""
    version: str = ""
    local: bool = False


class FailedPackage(Shape):
    """A package of nodes that did not import."""

    name: str
    error: str


class Palette(Shape):
    """All that can be put into a flow."""

    nodes: list[NodeType]
    connections: list[NodeType]
    subflows: list[NodeType]
    failed: list[FailedPackage] = []


# --- flows ---


class Ports(Shape):
    """The ports of one node with its options, the error port aside."""

    inputs: list[Port]
    outputs: list[Port]


FlowState = Literal["running", "stopped", "disabled", "failed", "broken", "subflow"]


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
    examples: list[Example] = []


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

    name: str
    flow: FlowJson
    connections: dict[str, Any] | None = None
    """The shared connections to check it with; None: those of the folder."""


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


# --- diff, deploy, history ---


class Change(Shape):
    """One property that differs."""

    path: str
    old: Any = None
    new: Any = None
    was_set: bool = True
    is_set: bool = True


class FlowDiff(Shape):
    """What changed from one content of a flow to another; see flowengine.flow.diff."""

    name: str
    existed: bool = True
    exists: bool = True
    added: list[str] = []
    removed: list[str] = []
    changed: dict[str, list[Change]] = {}
    wires_added: list[dict[str, Any]] = []
    """Wires as flow files write them."""
    wires_removed: list[dict[str, Any]] = []
    wires_reordered: bool = False
    connections_added: list[str] = []
    connections_removed: list[str] = []
    connections_changed: dict[str, list[Change]] = {}
    properties: list[Change] = []
    moved: list[str] = []
    logic: bool = False
    """Whether anything that runs, or says how, changed."""


class DiffRequest(Shape):
    """Two contents of a flow; None: it is not there."""

    old: FlowJson | None
    new: FlowJson | None


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

    flows: Annotated[dict[str, DeployItem], Meta(max_length=1000)] = {}
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


class DeployResult(Shape):
    """What a deploy did."""

    revisions: dict[str, Revision]
    commit: str = ""
    restarted: dict[str, list[str]] = {}
    kept: dict[str, int] = {}
    warnings: list[str] = []
    """What went wrong without harm: it was not committed, and why."""


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


# --- running ---


class InjectRequest(Shape):
    """A message to give to a node; without one, its button is pressed."""

    node: str
    message: dict[str, Any] | None = None
    port: str = ""


class RunRequest(Shape):
    """Start or stop a flow until the next deploy or start of the engine; its file stays as it is."""

    run: bool


class NodeLive(Shape):
    """A node as it is now. In live frames only what changed is sent."""

    level: Level = "off"
    text: str = ""
    received: int = 0
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    rate: float = 0.0
    """Messages a second that left it (or came to it, if none can leave it)."""
    value: Any = None
    """The newest payload that left it (or came to it), shortened."""
    kind: ValueKind = "null"
    unit: str = ""
    quality: Literal["good", "uncertain", "bad"] = "good"
    time: Seconds = 0.0
    """When the value was taken; 0: there is none yet."""


class WireLive(Shape):
    """A wire as it is now."""

    passed: int = 0
    rate: float = 0.0
    value: Any = None
    kind: ValueKind = "null"
    failed: bool = False
    """Whether the last message over it failed at its end."""


class Live(Shape):
    """One flow as it is now: the snapshot that live frames (event `live`) keep up to date."""

    flow: str
    at: Seconds
    nodes: dict[str, NodeLive]
    wires: dict[str, WireLive]
    """Keyed `source.out>target.port`, ports always named."""
    full: bool = True
    """False in a live frame that holds only what changed. A full one replaces all that was known of the flow."""


class EngineLive(Shape):
    """The engine as it is now (event `engine`)."""

    rate: float
    """Messages a second that came to nodes, all flows."""
    dropped: int
    failed: int
    dead_letters: int
    running: int
    lag: float
    """Milliseconds by which the engine's loop runs late."""
    memory: int
    """Bytes resident."""
    streams: int


class DebugItem(Shape):
    """Something worth reading: a message at a debug node, a failure, a line of a node's log."""

    seq: int
    at: Seconds
    flow: str
    node: str
    level: Literal["value", "info", "warning", "error"]
    text: str = ""
    """What a failure or a log line says."""
    id: str = ""
    """The message's id; /api/traces/{id} shows its way."""
    topic: str = ""
    quality: Literal["good", "uncertain", "bad"] = "good"
    kind: ValueKind = "null"
    value: Any = None
    """The value, shortened to about 2 kB."""
    cut: bool = False
    property: str = ""


class Debug(Shape):
    """The last items of the debug stream (event `debug`)."""

    items: list[DebugItem]
    dropped: int = 0
    """How many were left out because too many came: before these (event), or in all (answer)."""


class Hop(Shape):
    """A message at one place of its way."""

    at: Seconds
    flow: str
    node: str
    port: str
    what: Literal["in", "out", "failed"]
    kind: ValueKind
    value: Any = None
    quality: Literal["good", "uncertain", "bad"] = "good"
    text: str = ""
    """Why it failed."""


class Trace(Shape):
    """The way of a message, and of all that was made from it."""

    id: str
    hops: list[Hop]
    """In order; empty: it was not followed (only some are, when there are very many)."""


class Fault(Shape):
    """A node that is, or was, in trouble; it leaves the list when it is good again and someone has seen it."""

    flow: str
    node: str
    level: Literal["warning", "error"]
    text: str
    since: Seconds
    active: bool
    acknowledged_by: str = ""
    acknowledged_at: Seconds = 0.0


class Faults(Shape):
    """All faults (event `faults`)."""

    faults: list[Fault]


class Place(Shape):
    """A node of a flow."""

    flow: str
    node: str


class Places(Shape):
    """Nodes."""

    places: Annotated[list[Place], Meta(max_length=10_000)]


class DeadLetter(Shape):
    """A message that failed and was kept."""

    id: int
    flow: str
    node: str
    port: str
    reason: str
    kind: str
    time: Seconds
    message: dict[str, Any]


class DeadLetters(Shape):
    """Dead letters, the newest first."""

    letters: list[DeadLetter]
    kept: int
    dropped: int


class Numbers(Shape):
    """Dead letters by number."""

    ids: Annotated[list[Annotated[int, Meta(ge=0, le=9_007_199_254_740_991)]], Meta(max_length=10_000)]


class Replayed(Shape):
    """What became of letters that were asked to be replayed or deleted."""

    done: list[int]
    failed: dict[str, str] = {}
    """Number -> why it stays."""


# --- the operator's page ---


class Widget(Shape):
    """A node that an operator's page shows."""

    flow: str
    node: str
    widget: str
    """value, gauge, chart, lamp, button, slider, switch, number, text, table, alarms."""
    title: str
    options: dict[str, Any]
    shown: Any = None
    """What it shows now; its form belongs to the kind of widget."""
    stale: bool = False


class Spot(Shape):
    """Where a widget stands on a page: a grid of 12 columns, rows of 48 px."""

    flow: str
    node: str
    x: Annotated[int, Meta(ge=0, le=11)]
    y: Annotated[int, Meta(ge=0, le=10_000)]
    w: Annotated[int, Meta(ge=1, le=12)]
    h: Annotated[int, Meta(ge=1, le=100)]


class Page(Shape):
    """One page for operators."""

    name: Annotated[str, Meta(min_length=1, max_length=100)]
    spots: Annotated[list[Spot], Meta(max_length=1000)]


class Dashboard(Shape):
    """The pages (dashboard.json) and every widget there is."""

    revision: Revision
    pages: list[Page]
    hidden: list[Place]
    """Widgets that someone took off the pages: they are not placed by themselves again."""
    widgets: list[Widget]


class DashboardPages(Shape):
    """Pages to be kept in dashboard.json."""

    base: Revision
    pages: Annotated[list[Page], Meta(max_length=100)]
    hidden: Annotated[list[Place], Meta(max_length=10_000)] = []


class Operation(Shape):
    """What an operator did to a widget: pressed, moved, switched, entered."""

    flow: str
    node: str
    value: Any = None


# --- the stream ---


class Watching(Shape):
    """What one browser wants to hear of on its stream."""

    flows: Annotated[list[str], Meta(max_length=200)] = []
    debug: bool = False
    dashboard: bool = False
    editing: Annotated[list[str], Meta(max_length=200)] = []
    """Flows that someone has open to edit here: shown to others."""


class Hello(Shape):
    """The first event of a stream (`hello`)."""

    stream: str
    """Its id: PUT /api/streams/{id} says what to send."""
    at: Seconds
    version: str


class Lost(Shape):
    """This reader was too slow (event `lost`): what came in between is gone, whole frames follow."""

    turns: int
    """Tenths of a second whose events are gone."""


class Done(Shape):
    """It is done."""

    done: bool = True

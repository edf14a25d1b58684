"""Flows of other systems, brought over."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine_web.shapes.base import FlowJson, Shape

Taken = Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=10_000)]


class RedRequest(Shape):
    """Flows of Node-RED to be brought over."""

    text: Annotated[str, Meta(max_length=10 * 1024 * 1024)]
    """A flows.json."""
    credentials: Annotated[str, Meta(max_length=1024 * 1024)] = ""
    """The text of its flows_cred.json; empty: there is none."""
    key: Annotated[str, Meta(max_length=1000)] = ""
    """The credentialSecret of settings.js."""
    asynchronous: bool = False
    """Keep Node-RED's order of messages, and its loops."""
    native: bool = False
    """Take nodes of our own where they do the same."""
    taken: Taken = []
    """Names of flows that are there already, drafts included."""
    taken_connections: Taken = []
    keep: bool = False
    """Keep what an export back to Node-RED needs beside the flows; without it nothing is written."""


class RedFinding(Shape):
    """One thing to know about one entry of Node-RED."""

    level: Literal["error", "loop", "placeholder", "lost", "changed", "secret", "note"]
    text: str
    type: str
    name: str
    flow: str
    node: str
    hint: str


class RedResult(Shape):
    """What flows of Node-RED have become. No secret is in it."""

    counts: dict[str, int]
    findings: list[RedFinding]
    """The most serious first."""
    more: int
    """Findings that are left out here."""
    flows: dict[str, FlowJson]
    connections: dict[str, Any]
    pages: list[str]
    """Pages for operators that the widgets name."""

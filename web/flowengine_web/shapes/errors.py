"""What every answer from 400 on holds."""

from __future__ import annotations

from typing import Literal

from flowengine_web.shapes.base import Revision, Seconds, Shape
from flowengine_web.shapes.difference import FlowDiff


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

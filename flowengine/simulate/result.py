"""What a simulation is asked for, and what it finds, as it crosses the border of its process."""

from __future__ import annotations

from typing import Literal

import msgspec

State = Literal["done", "nothing-recorded", "nothing-reached", "failed"]

NoteCode = Literal[
    "new-source",
    "changed-source",
    "silent",
    "silent-input",
    "borrowed-input",
    "left-out",
    "shortened",
    "unsound",
    "untold",
    "not-armed",
    "unguarded",
]
"""What a person must know of how it was simulated: nothing was recorded of a source that is new; it was recorded with
other options; nothing was recorded of a node; nor of an input of the envelope; what a source of a flow said stands for
one; not all that came could be recorded; only the newest of the time were used; a flow has errors; an actuator cannot
say what it writes; the outputs could not be armed; there is no envelope."""


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What to simulate."""

    old: str
    """The folder of what runs."""
    new: str
    """The folder of what would run."""
    recordings: str
    """The folder of what was recorded."""
    hours: float = 4.0
    """How far back from the newest recorded message."""
    most: int = 200_000
    """Messages of all flows together, the newest; beyond it the time is shorter."""
    longest: float = 120.0
    """Seconds of real time for both versions together."""
    nodes_dirs: list[str] = []
    """Folders of node files beside the installed packages."""


class Figures(msgspec.Struct, kw_only=True):
    """What one version would have done at one output."""

    commands: int = 0
    """What was asked for."""
    written: int = 0
    """Commands that the machine would have got, cut ones included."""
    least: float | None = None
    """Of what was written; None: no number was."""
    most: float | None = None
    mean: float | None = None
    per_hour: float = 0.0
    """Writes."""
    asked_least: float | None = None
    """Of what was asked for, whatever became of it."""
    asked_most: float | None = None
    clamped: int = 0
    held: int = 0
    refused: int = 0
    made_safe: int = 0
    """Safe values that the guard would have written by itself."""


class Reason(msgspec.Struct, kw_only=True):
    """Why commands were not written as asked, or an output was made safe."""

    outcome: Literal["clamp", "hold", "refuse", "safe"]
    code: str
    """The word of the guard for it: range, rate, interlock, trip ..."""
    text: str
    """The guard's words, the first time."""
    first: float
    """When that was first so, in either version: seconds since 1970-01-01 UTC."""
    old: int = 0
    new: int = 0


class OutputResult(msgspec.Struct, kw_only=True):
    """One output, in both versions."""

    flow: str
    node: str
    output: str
    """Its name in the envelope; empty: it is not listed there."""
    unit: str = ""
    old: Figures | None = None
    """None: nothing writes it in that version."""
    new: Figures | None = None
    difference: float | None = None
    """The largest difference between the values that stood there; None: never two numbers at the same time."""
    difference_at: float = 0.0
    differs: bool = False
    """Whether what stood there was ever another value, or for another time."""
    reasons: list[Reason] = []
    times: list[float] = []
    """Of the points of the chart, seconds since 1970-01-01 UTC."""
    old_values: list[float | None] = []
    new_values: list[float | None] = []


class Trouble(msgspec.Struct, kw_only=True):
    """Messages that failed at a node and that no error port took: they would be dead letters."""

    flow: str
    node: str
    text: str
    old: int = 0
    new: int = 0


class Note(msgspec.Struct, kw_only=True):
    """Something that a person must know of how it was simulated."""

    code: NoteCode
    where: str = ""
    """`flow/node`, a flow, or an input of the envelope."""
    count: int = 0
    text: str = ""


class Result(msgspec.Struct, kw_only=True):
    """What was found."""

    state: State = "done"
    error: str = ""
    """Why it failed."""
    begin: float = 0.0
    """The time that the recorded messages are of: seconds since 1970-01-01 UTC."""
    end: float = 0.0
    messages: int = 0
    flows: list[str] = []
    guarded: bool = False
    """Whether there is an envelope, so that the guard judged."""
    outputs: list[OutputResult] = []
    troubles: list[Trouble] = []
    notes: list[Note] = []
    seconds: float = 0.0
    """Real time that it took."""

    @property
    def worse(self) -> bool:
        """Whether more would be refused, made safe or fail than before."""
        reasons = (reason for output in self.outputs for reason in output.reasons)
        bad = (one.new > one.old for one in reasons if one.outcome in ("refuse", "safe"))
        return any(bad) or any(one.new > one.old for one in self.troubles)

"""What a change would have written on recorded readings, beside what runs."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine.simulate.result import NoteCode, State
from flowengine_web.shapes.base import Seconds, Shape


class SimulationFigures(Shape):
    """What one version would have done at one output."""

    commands: int = 0
    written: int = 0
    """Commands that the machine would have got, cut ones included."""
    least: float | None = None
    """Of what was written; null: no number was."""
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


class SimulationReason(Shape):
    """Why commands were not written as asked, or an output was made safe."""

    outcome: Literal["clamp", "hold", "refuse", "safe"]
    code: str
    text: str
    """The guard's words, the first time."""
    first: Seconds
    old: int = 0
    new: int = 0


class SimulationOutput(Shape):
    """One output, in both versions."""

    flow: str
    node: str
    output: str = ""
    """Its name in the envelope; empty: it is not listed there."""
    unit: str = ""
    old: SimulationFigures | None = None
    """null: nothing writes it in that version."""
    new: SimulationFigures | None = None
    difference: float | None = None
    """The largest between what stood there in both; null: never two numbers at the same time."""
    difference_at: Seconds = 0.0
    differs: bool = False
    reasons: list[SimulationReason] = []
    times: list[Seconds] = []
    old_values: list[float | None] = []
    new_values: list[float | None] = []


class SimulationTrouble(Shape):
    """Messages that failed at a node: they would be dead letters."""

    flow: str
    node: str
    text: str
    old: int = 0
    new: int = 0


class SimulationNote(Shape):
    """Something that a person must know of how it was simulated."""

    code: NoteCode
    where: str = ""
    count: int = 0
    text: str = ""


class SimulationResult(Shape):
    """An open-loop replay: recorded readings do not react to what the new version would have written."""

    state: State = "done"
    error: str = ""
    begin: Seconds = 0.0
    end: Seconds = 0.0
    messages: int = 0
    flows: list[str] = []
    guarded: bool = False
    outputs: list[SimulationOutput] = []
    troubles: list[SimulationTrouble] = []
    notes: list[SimulationNote] = []
    seconds: float = 0.0
    """Real time that it took."""


class Simulation(Shape):
    """A result, and what it is of."""

    content: str
    """The hash of the content that was simulated."""
    base: str
    """The hash of what ran."""
    at: Seconds
    hours: float
    outdated: bool
    """Whether the change, or what runs, is another by now."""
    result: SimulationResult


class SimulationAsk(Shape):
    """How much to simulate."""

    hours: Annotated[float, Meta(gt=0, le=168)] = 4.0

"""The machines, as the guard holds them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine.safety.model import Mode
from flowengine_web.shapes.base import Shape


class MachineInput(Shape):
    """A reading that conditions look at."""

    value: Any = None
    """None: not known: bad, stale, or nothing came yet."""
    quality: str = "bad"


class MachineOutput(Shape):
    """One place of a machine that may be written, and how it stands."""

    address: str
    mode: Mode
    modes: list[Mode]
    armed: bool
    trips: list[str]
    """Why it is tripped, the first cause first."""
    safe: str
    """Why it is being held safe; empty: it is not."""
    follows: bool
    """Whether the machine shows what it was told."""
    group: str = ""
    owner: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    told: Any = None
    """What it was told last; None: nothing since the start."""
    writer: str = ""
    """Who writes it."""


class Machines(Shape):
    """How all machines stand."""

    guarded: bool
    """Whether there is an envelope."""
    refused: str
    """Why it is not in force; then nothing is written to any machine."""
    signed_by: str
    version: int = 0
    stops: list[str] = []
    """Why the emergency stop holds, the first cause first; empty: it does not."""
    outputs: dict[str, MachineOutput] = {}
    inputs: dict[str, MachineInput] = {}


class MachineAct(Shape):
    """What a person does at the guard."""

    what: Literal["arm", "disarm", "mode", "write", "stop", "reset-stop", "reset-trip"]
    target: Annotated[str, Meta(max_length=100)] = ""
    """An output or a group; empty: all."""
    mode: Annotated[str, Meta(max_length=20)] = ""
    value: float | bool | str | None = None
    """For `write`, in mode manual."""
    cause: Annotated[str, Meta(max_length=500)] = ""
    """For `stop`."""


class MachineActed(Shape):
    """What became of it."""

    said: str
    """What is to be known of it: that a value was cut, say; empty: it is done as asked."""

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
    values: list[str | float | bool] = []
    """What may be written where there is no range."""
    told: Any = None
    """What it was told last; None: nothing since the start."""
    writer: str = ""
    """Who writes it."""
    said: str = ""
    """Why the last command was held, refused or cut; empty: it was done as asked, or none has come."""
    refused: str = ""
    """Why a command was refused in the last seconds, as a word that stays (`range`, `writer` ...); empty: none was."""
    refusal: str = ""
    """The same for a person."""
    no_reset: str = ""
    """Why a trip cannot be reset yet: an interlock that is active, or may be; empty: nothing is in the way."""


class Machines(Shape):
    """How all machines stand; also the event `machines` of the stream."""

    guarded: bool
    """Whether there is an envelope."""
    refused: str
    """Why it is not in force; then nothing is written to any machine."""
    signed_by: str
    rejected: str = ""
    """Why an envelope that was changed since does not count; the one before stays in force."""
    version: int = 0
    stops: list[str] = []
    """Why the emergency stop holds, the first cause first; empty: it does not."""
    no_reset: str = ""
    """Why the emergency stop cannot be reset yet: a condition of it that is so, or not known not to be."""
    unknown: str = ""
    """Why nothing is known of the outputs now: the process that holds the guard does not answer."""
    outputs: dict[str, MachineOutput] = {}
    inputs: dict[str, MachineInput] = {}
    unlisted: dict[str, str] = {}
    """Places outside the envelope that somebody has just tried to write, and who."""


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


class StopTicket(Shape):
    """How a page presses the emergency stop beside the web server: `POST /stop` at another port of the same host."""

    port: int
    """0: there is no such way: nothing is guarded."""
    ticket: str

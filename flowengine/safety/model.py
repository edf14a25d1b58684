"""The envelope as the guard reads it: what each output of a machine may be told, by whom, and when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from flowengine.safety.condition import Condition

Mode = Literal["off", "advisory", "automatic", "manual"]
MODES: Final[tuple[Mode, ...]] = ("off", "advisory", "automatic", "manual")

Value = float | bool | str
"""What an output can be told."""

HOLD: Final = "hold"
"""The safe state of an output that is best left as it is."""


@dataclass(frozen=True)
class Rule:
    """A condition and what it means to a person."""

    when: Condition
    text: str
    latch: bool = False
    """(interlocks) Whether it trips: the output stays safe until a person resets it."""


@dataclass(frozen=True)
class ReadBack:
    """How it is seen that the machine has taken a value."""

    input: str
    tolerance: float = 0.0
    within: float = 1.0
    """Seconds that the machine may take."""
    trip: bool = False
    """Whether a machine that does not follow trips the output; else it is an alarm."""


@dataclass(frozen=True)
class Output:
    """One place of a machine that may be written, and all limits of it."""

    name: str
    address: str
    """As the actuator declares it, see `flowengine.Write`."""
    writers: tuple[str, ...] = ()
    """Patterns of who may write: `oven-control/heater`, `oven-*/*`."""
    group: str = ""
    owner: str = ""
    unit: str = ""
    low: float | None = None
    """The least number, in `unit`; None: it takes no numbers, but one of `values`."""
    high: float | None = None
    values: tuple[Value, ...] = (False, True)
    """What it may be told where it takes no numbers."""
    rate: float | None = None
    """How much it may change in a second; a step never exceeds what one second, or one `interval`, allows."""
    interval: float = 0.0
    """Seconds from one write to the next at least."""
    clamp: bool = False
    """Whether what goes too far is cut to what may be; else it is refused."""
    max_age: float | None = None
    """Seconds that a command may be old."""
    modes: tuple[Mode, ...] = MODES
    permissives: tuple[Rule, ...] = ()
    """What must be so for anything but the safe value to be written."""
    interlocks: tuple[Rule, ...] = ()
    """What makes the output safe while it is so, or while it is not known."""
    safe: Value | None = None
    """The safe value; None: to be left as it is."""
    watchdog: float | None = None
    """Seconds without a command after which the output is made safe."""
    read_back: ReadBack | None = None
    manual_timeout: float = 900.0
    """Seconds after which an operator's value is given back to the mode before."""
    reminder: float = 300.0
    """Seconds after which an operator is reminded that a mode is not automatic."""

    def takes(self, value: Value) -> bool:
        """Say whether a value is within its limits, whatever it stood at before."""
        if self.low is None or self.high is None:
            return any(type(value) is type(one) and value == one for one in self.values)
        return not isinstance(value, bool | str) and self.low <= value <= self.high

    @property
    def numeric(self) -> bool:
        """Whether it takes numbers."""
        return self.low is not None


@dataclass(frozen=True)
class Envelope:
    """All that may be written. What is not listed here cannot be."""

    version: int
    outputs: Mapping[str, Output]
    inputs: Mapping[str, float] = field(default_factory=dict)
    """Name of an input -> seconds after which its value is no longer believed."""
    stops: tuple[Rule, ...] = ()
    """Conditions that are an emergency stop."""
    order: tuple[str, ...] = ()
    """In which order outputs are made safe."""

    def output_at(self, address: str) -> Output:
        """Return the output of an address that is listed."""
        return next(output for output in self.outputs.values() if output.address == address)

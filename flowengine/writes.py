"""What an actuator says of its writes: what they would be, and how often they are tried."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple


class Write(NamedTuple):
    """One value that a message would write to one place of a machine, said before anything is done."""

    address: str
    """The place, the same text whoever writes there, and how the value is put there: another scale is another address.

    It begins with what the connection leads to: `tcp://10.0.0.5:502/1/holding/20/float32`.
    """
    value: float | bool | str
    """The value as the machine will have it, in its unit: rounded to what the place can hold."""
    unit: str = ""
    """The engineering unit, where the node knows it."""


@dataclasses.dataclass(frozen=True)
class Retry:
    """How often and how long the runtime tries a `Retryable` write again before it gives the message up."""

    attempts: int = 1
    """Tries in all; 0 = without end: the channel in front fills and pushes back."""
    delay: float = 0.2
    """Seconds before the second try; doubles from try to try."""
    most: float = 10.0
    """Seconds between tries at most."""

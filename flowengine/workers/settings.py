"""How many workers there are, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST: Final = 64
"""Workers where nothing else is said: one for each flow up to so many, then flows share them."""

EACH_NODE: Final = 64 * 1024
"""Bytes of memory allowed for each node in addition: a flow of 10,000 needs what is more than many nodes ever keep."""


def allowed(memory: int, nodes: int) -> int:
    """Return how many bytes a worker may have that runs so many nodes; 0: as many as it wants."""
    return memory + nodes * EACH_NODE if memory else 0


@dataclass(frozen=True)
class Workers:
    """How flows are spread over processes."""

    most: int = MOST
    """Processes at most; a flow that has brought one down gets another in addition."""
    memory: int = 512 * 1024 * 1024
    """Bytes that one may have, beside `EACH_NODE` for each node; 0: as many as it wants."""
    hang: float = 5.0
    """Seconds without a sign of life after which one is ended and started again."""
    field: bool = True
    """Whether nodes that use OT devices run in the field process."""

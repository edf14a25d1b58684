"""How many workers there are, and what each may do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST: Final = 64
"""Workers where nothing else is said: one for each flow up to so many, then flows share them."""


@dataclass(frozen=True)
class Workers:
    """How flows are spread over processes."""

    most: int = MOST
    """Processes at most; a flow that has brought one down gets another in addition."""
    memory: int = 512 * 1024 * 1024
    """Bytes that one may have; 0: as many as it wants."""
    hang: float = 5.0
    """Seconds without a sign of life after which one is ended and started again."""
    field: bool = True
    """Whether nodes that use OT devices run in the field process."""

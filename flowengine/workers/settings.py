"""How many workers there are, and what each may do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from flowengine.flow.plan import Plan

MOST: Final = 64
"""Workers where nothing else is said: one for each flow up to so many, then flows share them."""

MEGABYTE: Final = 1024 * 1024

EACH_NODE: Final = 64 * 1024
"""Bytes of memory allowed for each node in addition: a flow of 10,000 needs what is more than many nodes ever keep."""


@dataclass(frozen=True)
class Allowance:
    """What one worker may take."""

    memory: int
    """Bytes, with `EACH_NODE` for each node included; 0: as many as it wants."""
    cpu: float
    """Processor cores, as a mean over a second; 0: as many as it wants."""
    hang: float
    """Seconds without a sign of life."""


@dataclass(frozen=True)
class Workers:
    """How flows are spread over processes."""

    most: int = MOST
    """Processes at most; a flow that has brought one down gets another in addition."""
    memory: int = 512 * MEGABYTE
    """Bytes that one may have, beside `EACH_NODE` for each node; 0: as many as it wants."""
    cpu: float = 0.0
    """Processor cores that one may use, as a mean over a second; 0: as many as it wants."""
    hang: float = 5.0
    """Seconds without a sign of life after which one is ended and started again."""
    field: bool = True
    """Whether nodes that use OT devices run in the field process."""

    def allow(self, plans: Iterable[Plan]) -> Allowance:
        """Return what a worker with these flows may take; of limits that they state themselves the largest holds."""
        plans = list(plans)
        limits = [plan.limits for plan in plans]
        memories = [self.memory if one.memory is None else one.memory * MEGABYTE for one in limits]
        cores = [self.cpu if one.cpu is None else one.cpu for one in limits]
        memory = 0 if 0 in memories else max(memories, default=self.memory)
        nodes = sum(len(plan.nodes) for plan in plans)
        return Allowance(
            memory=memory + nodes * EACH_NODE if memory else 0,
            cpu=0.0 if 0 in cores else max(cores, default=self.cpu),
            hang=max((self.hang if one.hang is None else one.hang for one in limits), default=self.hang),
        )

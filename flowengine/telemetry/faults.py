"""What is, or was, in trouble: nodes whose status says so, nodes that failed a message lately, flows that do not start.

A fault leaves the list when it is good again and somebody has acknowledged it; a mere warning leaves by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import msgspec

from flowengine.node import Status

MOST_FAULTS = 1000

LASTS = 10.0
"""Seconds without a further failure after which a node that failed a message counts as good again."""

FaultLevel = Literal["warning", "error"]


class Fault(msgspec.Struct, frozen=True):
    """One node, or one flow, that is or was in trouble."""

    flow: str
    node: str
    """Empty: the flow itself does not start."""
    level: FaultLevel
    text: str
    since: float
    """Seconds since 1970-01-01 UTC, as all times here."""
    active: bool
    acknowledged_by: str = ""
    acknowledged_at: float = 0.0


@dataclass
class _Trouble:
    """Why a node is in the list."""

    fault: Fault
    status: Status | None = None
    failure: str = ""
    """What the last failed message failed by, as long as that counts; empty: nothing of that kind."""
    failed_at: float = 0.0
    """By the monotonic clock."""


class Faults:
    """The list of what is in trouble, or was and nobody has acknowledged it."""

    def __init__(self, now: Callable[[], float], monotonic: Callable[[], float]) -> None:
        self._now = now
        self._monotonic = monotonic
        self._troubles: dict[tuple[str, str], _Trouble] = {}
        self.listeners: list[Callable[[], None]] = []
        """Called after each change of the list."""
        self.dropped = 0
        """Faults that found no room: the list was full of others."""

    def all(self) -> list[Fault]:
        """Return the list, the newest first."""
        return sorted((trouble.fault for trouble in self._troubles.values()), key=lambda fault: -fault.since)

    # --- what happens ---

    def status(self, flow: str, node: str, status: Status) -> None:
        """Hear of a node's status."""
        trouble = self._troubles.get((flow, node))
        if status.level in ("warning", "error"):
            self._update(flow, node, trouble, status=status)
        elif trouble is not None:
            self._update(flow, node, trouble, status=None)

    def failed(self, flow: str, node: str, text: str) -> None:
        """Hear that a node has failed a message."""
        trouble = self._troubles.get((flow, node))
        if trouble is not None and trouble.failure == text:  # the same once more, perhaps a thousand times a second
            trouble.failed_at = self._monotonic()
        else:
            self._update(flow, node, trouble, failure=text)

    def flow_failed(self, flow: str, text: str) -> None:
        """Hear that a flow cannot be started."""
        self.status(flow, "", Status("error", text))

    def flow_good(self, flow: str) -> None:
        """Hear that a flow runs, or is not meant to."""
        self.status(flow, "", Status("ok"))

    def passed(self, flow: str, node: str) -> None:
        """Hear that a node has handled a message since it failed one."""
        trouble = self._troubles.get((flow, node))
        if trouble is not None and trouble.failure:
            self._update(flow, node, trouble, failure="")

    @property
    def failing(self) -> list[tuple[str, str]]:
        """The nodes (flow, node) that count as failing because they failed a message lately."""
        return [place for place, trouble in self._troubles.items() if trouble.failure]

    def expire(self) -> None:
        """Take nodes that have failed nothing for a while for good again."""
        over = self._monotonic() - LASTS
        for flow, node in self.failing:
            if self._troubles[flow, node].failed_at <= over:
                self.passed(flow, node)

    def started(self, flow: str, nodes: Iterable[str]) -> None:
        """Hear that nodes have been started anew: what they said before no longer holds."""
        for node in nodes:
            trouble = self._troubles.get((flow, node))
            if trouble is not None:
                self._update(flow, node, trouble, status=None, failure="")

    def removed(self, flow: str, nodes: Iterable[str]) -> None:
        """Hear that nodes no longer exist: their faults go with them."""
        gone = [self._troubles.pop((flow, node), None) for node in nodes]
        if any(gone):
            self._tell()

    # --- what people do ---

    def acknowledge(self, flow: str, node: str, who: str, at: float) -> bool:
        """Note that somebody has seen a fault; returns whether there is one."""
        trouble = self._troubles.get((flow, node))
        if trouble is None:
            return False
        trouble.fault = msgspec.structs.replace(trouble.fault, acknowledged_by=who, acknowledged_at=at)
        if not trouble.fault.active:
            del self._troubles[flow, node]
        self._tell()
        return True

    # --- the list itself ---

    def _update(
        self,
        flow: str,
        node: str,
        trouble: _Trouble | None,
        status: Status | Literal["same"] | None = "same",
        failure: str | None = None,
    ) -> None:
        before = trouble.fault if trouble is not None else None
        if trouble is None:
            if len(self._troubles) >= MOST_FAULTS and not self._make_room():
                self.dropped += 1
                return
            nothing = Fault(flow, node, "warning", "", self._now(), False)
            trouble = self._troubles[flow, node] = _Trouble(nothing)
        if status != "same":
            trouble.status = status
        if failure is not None:
            trouble.failure, trouble.failed_at = failure, self._monotonic()
        fault = trouble.fault = self._judged(trouble, new=before is None)
        if not fault.active and (fault.level == "warning" or fault.acknowledged_by):
            del self._troubles[flow, node]
        if fault != before:
            self._tell()

    def _judged(self, trouble: _Trouble, new: bool) -> Fault:
        """Return the fault as it is now."""
        fault, status = trouble.fault, trouble.status
        if status is None and not trouble.failure:
            return msgspec.structs.replace(fault, active=False)
        latched = fault.active and fault.level == "error" and not fault.acknowledged_by  # until someone has seen it
        bad = latched or trouble.failure or (status is not None and status.level == "error")
        level: FaultLevel = "error" if bad else "warning"
        text = trouble.failure if status is None or (trouble.failure and status.level == "warning") else status.text
        if new or not fault.active or (level == "error" and fault.level == "warning"):
            return Fault(fault.flow, fault.node, level, text, self._now(), True)  # to be acknowledged (again)
        return msgspec.structs.replace(fault, level=level, text=text)

    def _make_room(self) -> bool:
        """Drop the oldest fault that is over, if there is one."""
        over = [place for place, trouble in self._troubles.items() if not trouble.fault.active]
        if over:
            del self._troubles[over[0]]
        return bool(over)

    def _tell(self) -> None:
        for listener in self.listeners:
            try:
                listener()
            except Exception:
                logging.getLogger("flowengine").exception("a listener of faults failed")

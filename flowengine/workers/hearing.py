"""What the parent makes of what workers tell beside the looks of their flows: faults, debug items, log, context."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flowengine.node import Status
from flowengine.processes.telling_log import write
from flowengine.telemetry.faults import Faults
from flowengine.telemetry.observer import Observer
from flowengine.workers import frames

if TYPE_CHECKING:
    from flowengine.workers.seat import Seat


class Hearing:
    """Takes in what workers and the field process report: debug items, log lines, faults, shared values."""

    def __init__(self, observer: Observer, faults: Faults, share: Callable[[Seat, frames.Shared], None]) -> None:
        self._observer, self._faults, self._share = observer, faults, share

    def hear(self, seat: Seat | None, event: Any) -> None:
        """Take in one event."""
        match event:
            case frames.Debugged():
                ring = self._observer.debug
                ring.dropped += event.dropped
                for item in event.items:
                    ring.add(item.at, item.flow, item.node, item.level, item.text, item.msg, item.value, item.property)
            case frames.Faulted():
                for told in event.events:
                    self._fault(told)
            case frames.Logged():
                write(event)
            case frames.Shared():
                assert seat is not None
                self._share(seat, event)

    def _fault(self, told: frames.Told) -> None:
        faults, flow, node = self._faults, told.flow, told.node
        match told.what:
            case "status":
                faults.status(flow, node, Status(told.level, told.text))
            case "failed":
                faults.failed(flow, node, told.text)
            case "passed":
                faults.passed(flow, node)
            case "started":
                faults.started(flow, [node])
            case "removed":
                faults.removed(flow, [node])

"""What one turn of the live stream has to say, and to whom."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from flowengine_web.live.reader import Reader

FAULTS: Final = "?faults"
DASHBOARD: Final = "?dashboard"
MACHINES: Final = "?machines"
ALARMS: Final = "?alarms"
"""What a reader may have everything of, beside flows; no flow is called so."""


@dataclass(frozen=True)
class Turn:
    """The events of one turn, each encoded once."""

    for_all: Sequence[bytes]
    changed: Mapping[str, bytes]
    """Flow -> what changed in it."""
    whole: Mapping[str, bytes]
    """Flow -> everything, where somebody needs it."""
    debug: bytes | None
    widgets: bytes | None
    """What changed."""
    all_widgets: Callable[[], bytes | None]
    """None: not everything is known yet."""
    all_faults: Callable[[], bytes]
    all_alarms: Callable[[], bytes]
    machines: bytes | None = None
    """How they stand, where that changed."""
    all_machines: bytes | None = None
    """How they stand; None: it is not known yet."""
    _made: dict[str, list[bytes]] = field(default_factory=dict)

    def events_for(self, reader: Reader) -> list[bytes]:
        """Return what one reader gets; what he gets everything of, he has from now on."""
        events = list(self.for_all)
        if FAULTS not in reader.fresh:
            events += self._once(FAULTS, self.all_faults)
            reader.fresh.add(FAULTS)
        if ALARMS not in reader.fresh:
            events += self._once(ALARMS, self.all_alarms)
            reader.fresh.add(ALARMS)
        if MACHINES in reader.fresh:
            events += [] if self.machines is None else [self.machines]
        elif self.all_machines is not None:
            events.append(self.all_machines)
            reader.fresh.add(MACHINES)
        for flow in reader.watching.flows:
            if flow in reader.fresh:
                if flow in self.changed:
                    events.append(self.changed[flow])
            elif flow in self.whole:
                events.append(self.whole[flow])
                reader.fresh.add(flow)
        if reader.watching.dashboard:
            if DASHBOARD not in reader.fresh:
                if found := self._once(DASHBOARD, self.all_widgets):
                    events += found
                    reader.fresh.add(DASHBOARD)
            elif self.widgets is not None:
                events.append(self.widgets)
        if self.debug is not None and reader.watching.debug:
            events.append(self.debug)
        return events

    def _once(self, name: str, make: Callable[[], bytes | None]) -> list[bytes]:
        if name not in self._made:
            found = make()
            self._made[name] = [] if found is None else [found]
        return self._made[name]

"""A thread beside the loop of a process: it sees whether the loop gets on, and notes which node is in the way."""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Final

from flowengine.clock import Clock
from flowengine.processes.black_box import Culprit, note
from flowengine.processes.culprit import at_work_in, heaviest
from flowengine.processes.vitals import resident_of
from flowengine.runtime.live import LiveFlow

GLANCE: Final = 0.1
"""Seconds between two looks."""

LATE: Final = 0.4
"""Seconds without a beat after which the loop counts as busy with one thing."""

HEAVY: Final = 0.8
"""Share of the memory limit above which the black box notes which node holds most memory."""

GIVES_WAY: Final = 2.0
NICE: Final = 5
"""After so many seconds a loop that is busy with one thing lowers its priority, by so many steps of niceness."""

LEAST_NICE: Final = 20
"""The system states RLIMIT_NICE as 20 minus the lowest niceness that is allowed."""


class Watcher:
    """Watches the thread that it was made in."""

    def __init__(self, file: int, flows: Mapping[str, LiveFlow], limit: int, alone: float = 0.0) -> None:
        """Begin to watch.

        Args:
            file: where to note which node is in the way.
            flows: the flows of this process.
            limit: bytes of memory that it may have; 0: no limit.
            alone: seconds that the process may take to end by itself after its parent has.
        """
        self.limit = limit
        self._file, self._flows = file, flows
        self._clock = Clock()
        self._beaten = self._clock.monotonic()
        self._watched = threading.get_ident()
        self._thread = threading.get_native_id()
        self._parent = os.getppid()
        self._alone = alone
        self._found: Counter[Culprit] = Counter()
        self._noted: Culprit | None = None
        self._weighed = 0
        self._nice = self._at_first = os.getpriority(os.PRIO_PROCESS, self._thread)
        self.patient = False
        """Whether the loop may be busy for long just now: a large flow is being deployed."""
        threading.Thread(target=self._run, name="watcher", daemon=True).start()

    def beat(self) -> None:
        """Say that the loop gets on; called by it many times a second."""
        self._beaten = self._clock.monotonic()

    def _run(self) -> None:
        pause = threading.Event()
        while not pause.wait(GLANCE):
            if os.getppid() != self._parent:
                pause.wait(self._alone)
                os.kill(os.getpid(), 9)  # nobody looks after this process any more
            late = self._clock.monotonic() - self._beaten
            if late > LATE:
                self._look(late)
            else:
                if self._found:
                    self._found.clear()
                    self._note(None)
                self._give_way(self._at_first)
            self._weigh(late > LATE)

    def _look(self, late: float) -> None:
        found = at_work_in(self._watched)
        if found is not None:
            self._found[Culprit(found.flow, found.node, "" if found.node else found.what)] += 1
            most = self._found.most_common(1)[0][0]
            self._note(found if (found.flow, found.node) == (most.flow, most.node) else most)
        if late > GIVES_WAY and not self.patient:
            self._give_way(self._at_first + NICE)

    def _give_way(self, nice: int) -> None:
        if nice != self._nice:
            with contextlib.suppress(OSError):  # who is not root may only give way more, not less
                os.setpriority(os.PRIO_PROCESS, self._thread, nice)  # each thread has a niceness of its own
                self._nice = nice

    def _weigh(self, busy: bool) -> None:
        if not self.limit or self.patient:
            return
        resident = resident_of("self")
        if resident < HEAVY * self.limit:
            self._weighed = 0
        elif resident > self._weighed + self.limit // 10:
            self._weighed = resident
            found = heaviest(self._flows) if not busy or self._noted is None else None
            if found is not None:
                self._note(found)

    def _note(self, found: Culprit | None) -> None:
        if found != self._noted:
            self._noted = found
            note(self._file, found)


def may_return(nice: int) -> bool:
    """Say whether this process may take a niceness again that it has given up."""
    most = resource.getrlimit(resource.RLIMIT_NICE)[0]
    return os.geteuid() == 0 or most == resource.RLIM_INFINITY or most >= LEAST_NICE - nice

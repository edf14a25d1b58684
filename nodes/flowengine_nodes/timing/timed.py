"""What nodes share that do something later: one timer that survives a restart, and how long something has lasted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from flowengine import Message, State, Transform
from flowengine_nodes.timing import due
from flowengine_nodes.timing.held import message_of


class Timed(Transform):
    """A transform with one timer: `wait` sets it, `over` is called when it has run down."""

    running: State[list[float]] = []
    """When the timer runs down, in the form of `timing.due`, and to what it was set; empty: it does not run."""
    latest: State[Message | None] = None
    """The newest reading, for what is sent when the timer runs down."""

    def __post_init__(self) -> None:
        self._timer: asyncio.TimerHandle | None = None
        self._due = self._set = 0.0

    async def start(self) -> None:
        """Go on with a timer that ran before a restart."""
        if self.running:
            wall, most, was = [*self.running, self.running[-1]][:3]
            left, self.running = due.left(self.clock, [wall, most]), []
            if self.length is not None:
                left, was = max(0.0, self.length - (was - left)), self.length
            self.wait(left)
            self._set = was

    async def stop(self) -> None:
        """Stop the timer."""
        self.cancel()

    def state(self) -> dict[str, Any]:
        """Return what is remembered, the time that is left included."""
        if self._timer is not None:
            self.running = [*due.kept(self.clock, self._due), self._set]
        state = super().state()
        if self._timer is not None:
            self.running = []
        return state

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned; `start` sets the timer going."""
        super().restore(state)
        if self.latest is not None:
            self.latest = message_of(self.latest)

    @property
    def length(self) -> float | None:
        """To what the timer is set, where an option says it: if a deploy changes that, what is left changes, too."""
        return None

    @property
    def waits(self) -> bool:
        """Whether the timer runs."""
        return self._timer is not None

    def wait(self, seconds: float) -> None:
        """Set the timer, anew if it runs."""
        self.cancel()
        self._due, self._set = self.clock.monotonic() + seconds, seconds
        self._timer = self.clock.call_later(seconds, self._ran_down)

    def cancel(self) -> None:
        """Stop the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def over(self) -> None:
        """Do what is due."""
        raise NotImplementedError

    def _ran_down(self) -> None:
        self._timer = None
        self.over()


class Lasting(Timed):
    """A transform that is in something for a while: a state, a step, on or off."""

    lasts: State[list[float]] = []
    """For how long, in the form of `timing.due`; empty: nothing has begun."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._begun: float | None = None

    async def start(self) -> None:
        """Go on with what lasted before a restart."""
        if self.lasts:
            self._begun = due.begun(self.clock, self.lasts)
        await super().start()

    def state(self) -> dict[str, Any]:
        """Return what is remembered, how long it lasts included."""
        if self._begun is not None:
            self.lasts = due.lasting(self.clock, self._begun)
        return super().state()

    def begin(self) -> None:
        """Count from now on."""
        self._begun = self.clock.monotonic()

    @property
    def lasted(self) -> float:
        """Seconds since `begin`, which is now if nothing has begun; nobody sets the clock they are counted by."""
        if self._begun is None:
            self.begin()
        return self.clock.monotonic() - (self._begun or 0.0)

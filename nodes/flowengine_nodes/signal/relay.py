"""What the time relays of IEC 61131-3 share: a binary input, and an output that is sent when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flowengine import Message, Port, State
from flowengine_nodes.signal.binary import binary
from flowengine_nodes.timing.timed import Timed


class TimeRelay(Timed):
    """A relay of IEC 61131-3: a binary input IN, a binary output Q that is sent when it changes, or its quality."""

    if TYPE_CHECKING:
        seconds: float
        """The time PT: an option of each."""

    inputs = (Port("in", "any", "On or off"),)
    outputs = (Port("out", "boolean", "On or off, when that changes"),)

    level: State[bool] = False
    """IN, as of the newest reading that is not bad."""
    q: State[bool] = False
    sent: State[list[Any]] = []
    """Q and its quality as sent last."""

    def process(self, msg: Message) -> Message | None:
        """Take a new level of the input."""
        if msg.quality != "bad":
            level = binary(msg.payload)
            rises, falls = level and not self.level, self.level and not level
            self.level = level
            if rises:
                self.rose()
            elif falls:
                self.fell()
        self.latest = msg
        return self._output(msg)

    @property
    def length(self) -> float:
        """The time PT."""
        return self.seconds

    def rose(self) -> None:
        """IN has gone on."""

    def fell(self) -> None:
        """IN has gone off."""

    def turn(self, q: bool) -> None:
        """Set Q."""
        self.q = q

    def wait(self, seconds: float) -> None:
        """Set the timer and show it."""
        super().wait(seconds)
        self.status("busy", f"{seconds:.6g} s")

    def cancel(self) -> None:
        """Stop the timer and show that."""
        if self.waits:
            super().cancel()
            self._show()

    def over(self) -> None:
        """Do what is due, and send the output."""
        self.due()
        self._show()
        last = self.latest
        if last is not None:
            msg = self._output(last.replace(time=self.clock.now()))
            if msg is not None:
                self.emit(msg)

    def due(self) -> None:
        """The time is over: change Q."""
        raise NotImplementedError

    def _output(self, msg: Message) -> Message | None:
        if self.sent == [self.q, msg.quality]:
            return None
        self.sent = [self.q, msg.quality]
        return msg.with_payload(self.q)

    def _show(self) -> None:
        self.status("ok", "on" if self.q else "off")

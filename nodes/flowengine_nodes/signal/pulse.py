"""The transform `signal/pulse`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import unit
from flowengine_nodes.signal.relay import TimeRelay


class Pulse(TimeRelay, type="signal/pulse"):
    """Make a pulse of a fixed length whenever the input goes on: pulse timer (TP).

    When the input goes on the output goes on for exactly `seconds`, whatever the input does meanwhile; then it goes
    off, and the next time the input goes on it begins again. It is sent when it changes, and once at the first message.
    The input is true or false, a number (0 is off), or on and off.

    While a reading is bad the input counts as it was; the output is sent again with quality bad, and again when
    readings are good. A pulse that runs goes on over a restart. One node is one timer. Source: IEC 61131-3, standard
    function block TP. To send any two values one after the other, see timing/trigger.

    Example: seconds 0.5 in front of a valve: a dose of always the same length, however long the button is held.
    """

    seconds: Annotated[float, Meta(description="Length of the pulse (PT)", ge=0.001, extra_json_schema=unit("s"))] = 1.0

    def rose(self) -> None:
        """Begin the pulse, if none runs."""
        if not self.waits:
            self.turn(True)
            self.wait(self.seconds)

    def due(self) -> None:
        """End the pulse."""
        self.turn(False)

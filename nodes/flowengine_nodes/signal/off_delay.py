"""The transform `signal/off-delay`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import unit
from flowengine_nodes.signal.relay import TimeRelay


class OffDelay(TimeRelay, type="signal/off-delay"):
    """Stay on for a while after the input has gone off: off-delay timer (TOF), run-on.

    The output goes on with the input, and goes off when the input has been off for `seconds` without a break. It is
    sent when it changes, and once at the first message. The input is true or false, a number (0 is off), or on and off.

    While a reading is bad the input counts as it was and the time runs on; the output is sent again with quality bad,
    and again when readings are good. A timer that runs goes on over a restart. One node is one timer. Source: IEC
    61131-3, standard function block TOF.

    Example: seconds 120: the fan runs on for two minutes when the heater has gone off.
    """

    seconds: Annotated[
        float, Meta(description="How long the output stays on (PT)", ge=0, extra_json_schema=unit("s"))
    ] = 1.0

    def rose(self) -> None:
        """Go on at once."""
        self.turn(True)
        self.cancel()

    def fell(self) -> None:
        """Begin to wait."""
        if self.seconds:
            self.wait(self.seconds)
        else:
            self.turn(False)

    def due(self) -> None:
        """Go off."""
        self.turn(False)

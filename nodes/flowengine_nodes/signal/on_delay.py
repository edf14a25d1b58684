"""The transform `signal/on-delay`."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from flowengine import unit
from flowengine_nodes.signal.relay import TimeRelay


class OnDelay(TimeRelay, type="signal/on-delay"):
    """Go on only when the input has been on for a while: on-delay timer (TON).

    The output goes on when the input has been on for `seconds` without a break, and goes off with the input. It is sent
    when it changes, and once at the first message. The input is true or false, a number (0 is off), or on and off.

    While a reading is bad the input counts as it was and the time runs on; the output is sent again with quality bad,
    and again when readings are good. A timer that runs goes on over a restart. One node is one timer. Source: IEC
    61131-3, standard function block TON.

    Example: seconds 5: a level switch that only splashes for 2 s does not start the pump.
    """

    seconds: Annotated[
        float, Meta(description="How long the input must be on (PT)", ge=0, extra_json_schema=unit("s"))
    ] = 1.0

    def rose(self) -> None:
        """Begin to wait."""
        if self.seconds:
            self.wait(self.seconds)
        else:
            self.turn(True)

    def fell(self) -> None:
        """Go off at once."""
        self.turn(False)
        self.cancel()

    def due(self) -> None:
        """Go on."""
        self.turn(True)

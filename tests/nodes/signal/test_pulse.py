"""signal/pulse; what it shares with the other time relays is tested in test_on_delay.py."""

from __future__ import annotations

from flowengine.testing import outputs_of
from flowengine_nodes.signal.pulse import Pulse


def test_a_button_held_long_gives_one_dose() -> None:
    assert outputs_of(Pulse(seconds=0.5), False, True, True, True, every=1, seconds=5) == [False, True, False]

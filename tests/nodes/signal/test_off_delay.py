"""signal/off-delay; what it shares with the other time relays is tested in test_on_delay.py."""

from __future__ import annotations

from flowengine.testing import outputs_of
from flowengine_nodes.signal.off_delay import OffDelay


def test_a_fan_runs_on() -> None:
    assert outputs_of(OffDelay(seconds=120), True, False, every=10, seconds=119) == [True]
    assert outputs_of(OffDelay(seconds=120), True, False, every=10, seconds=121) == [True, False]

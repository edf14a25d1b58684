from __future__ import annotations

import pytest

from flowengine import Message
from flowengine_nodes.dashboard.gauge import Gauge


def test_it_shows_what_a_value_shows() -> None:
    node = Gauge(low=0, high=300)
    node.take(Message(400.0, time=1.0, quality="uncertain"))
    assert node.shown()["value"] == 400.0
    assert node.shown()["quality"] == "uncertain"


def test_a_scale_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="low 10 must be below high 10"):
        Gauge(low=10, high=10)

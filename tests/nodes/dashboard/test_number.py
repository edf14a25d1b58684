from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowengine import BadData, Message, Source
from flowengine_nodes.dashboard.number import NumberInput

Operate = Callable[[Source, Any], Message]


def test_without_limits_every_number_goes(operate: Operate) -> None:
    assert operate(NumberInput(), -1e9).payload == -1e9


def test_a_number_beyond_a_limit_is_refused(operate: Operate) -> None:
    with pytest.raises(BadData, match="0 is not between 1 and inf"):
        operate(NumberInput(low=1), 0)


def test_limits_without_room_are_refused() -> None:
    with pytest.raises(ValueError, match="low 2 must be below high 1"):
        NumberInput(low=2, high=1)

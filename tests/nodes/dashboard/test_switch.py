from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowengine import BadData, Message, Source
from flowengine_nodes.dashboard.switch import SwitchControl

Operate = Callable[[Source, Any], Message]


def test_on_and_off_send_their_payloads(operate: Operate) -> None:
    node = SwitchControl(on="ON", off="OFF")
    assert [operate(node, value).payload for value in (True, False)] == ["ON", "OFF"]


@pytest.mark.parametrize("value", [1, "true", None])
def test_anything_but_true_and_false_is_refused(operate: Operate, value: Any) -> None:
    with pytest.raises(BadData, match="a switch is turned to true or false"):
        operate(SwitchControl(), value)


def test_a_switch_without_a_difference_is_refused() -> None:
    with pytest.raises(ValueError, match="two different values"):
        SwitchControl(on=1, off=1)
    SwitchControl(on=1, off=True)

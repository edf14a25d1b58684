from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flowengine import Message, Source
from flowengine.testing import messages_from
from flowengine_nodes.dashboard.button import Button


def test_it_sends_its_value_whatever_the_page_says(operate: Callable[[Source, Any], Message]) -> None:
    node = Button(value={"reset": True}, topic="oven/reset")
    msg = operate(node, "something else")
    assert (msg.payload, msg.topic) == ({"reset": True}, "oven/reset")


def test_by_itself_it_sends_nothing() -> None:
    assert messages_from(Button(), seconds=60) == []

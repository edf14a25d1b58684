"""What tests of displays and controls share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flowengine import Message, Source
from flowengine.clock import VirtualClock
from flowengine.testing import running


@pytest.fixture
def operate() -> Callable[[Source, Any], Message]:
    """Give a function that moves a control, at 100 s."""

    def move(node: Source, value: Any) -> Message:
        clock = VirtualClock()

        async def main() -> Message:
            async with running(node, clock):
                msg = node.operated(value)
                assert msg is not None
                return msg

        return clock.run(main())

    return move

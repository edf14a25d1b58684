"""Reads one input of the envelope, for as long as the guard looks after machines."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from flowengine.clock import Clock
from flowengine.message import Message
from flowengine.node import Node, Source

LOG = logging.getLogger("flowengine.guard")

AGAIN: Final = 1.0
"""Seconds before a source that broke is read again."""


async def read_input(name: str, source: Node, hear: Callable[[list[Message]], None], clock: Clock) -> None:
    """Give what an input says to `hear`; nothing, when it breaks: then it is read again."""
    assert isinstance(source, Source)
    while True:
        try:
            async for item in source.run():
                batch = item if isinstance(item, list) else [item]
                hear(batch)
                source.taken(batch)
                source.done(batch)
        except Exception as error:  # noqa: BLE001 - whatever a source raises
            LOG.error("the guard's input %s broke: %s; it is read again", name, error)
        hear([])
        await clock.sleep(AGAIN)

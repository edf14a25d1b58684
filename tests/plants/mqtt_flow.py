"""What a flow does with MQTT nodes, in a few calls for tests."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import cast

from flowengine import Message
from flowengine.testing import RecordingHost
from flowengine_nodes.mqtt import Subscribe
from tests.plants.mqtt_peer import PATIENCE_S


async def receive(source: Subscribe, count: int, *, done: bool = True, seconds: float = PATIENCE_S) -> list[Message]:
    """Return the next messages of a subscription, acknowledged unless told otherwise."""
    found: list[Message] = []
    async with asyncio.timeout(seconds):
        while len(found) < count:
            async with contextlib.aclosing(cast(AsyncGenerator[list[Message], None], source.run())) as batches:
                async for batch in batches:
                    found += batch
                    if done:
                        source.done(batch)
                    break
    return found


async def until(condition: Callable[[], object], seconds: float = PATIENCE_S) -> None:
    """Wait until something holds that other processes bring about."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


def texts(host: RecordingHost) -> list[str]:
    """Return what a node has shown, one line a status."""
    return [f"{status.level}: {status.text}" for status in host.statuses]

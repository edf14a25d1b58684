"""What becomes of a flow's content when it stops: stored for the next start, or finished, or dead letters."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Final

from flowengine.runtime.delivery import is_owed
from flowengine.store.flow_files import aside_of

if TYPE_CHECKING:
    from flowengine.runtime.live import LiveFlow

SHORT_DRAIN: Final = 2.0
"""Longest drain in seconds of a flow that stores what it holds: what is not finished by then is stored."""


async def store(live: LiveFlow, drain: float) -> bool:
    """Finish what takes only a moment, then store the rest for the next start; returns whether that was possible."""
    if live.memory.file is None:
        return False
    await live.stop_sources(min(drain, SHORT_DRAIN))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(drain, SHORT_DRAIN)):
            await live.quiet()
    return await live.memory.finish()


async def set_aside(live: LiveFlow, drain: float) -> None:
    """Keep a copy of what a flow holds that is to be no more: the deploy that ends it may have to go back."""
    file = live.memory.file
    if file is None:
        return
    await live.stop_sources(min(drain, SHORT_DRAIN))
    try:
        if await live.memory.store():
            await asyncio.to_thread(file.backup, aside_of(file.file.parent, live.plan.name))
    except OSError as error:
        live.log.warning("%s: if the deploy has to go back, it begins anew: %s", live.plan.name, error)


async def empty(live: LiveFlow, drain: float) -> None:
    """Drain a flow that stores nothing: finish what can be finished; the rest becomes dead letters."""
    loop = asyncio.get_running_loop()
    until = loop.time() + drain
    await live.stop_sources(drain)
    try:
        async with asyncio.timeout_at(until):
            await live.quiet()
            await live.memory.store()
            for name in live.plan.nodes:  # in topological order: what one sends on, the next collects
                live.parts[name].flush(name)
                await live.quiet()
    except TimeoutError:
        live.log.warning("%s: not finished after %g s; what is left goes to the dead letters", live.plan.name, drain)
    _keep_unfinished(live)


def _keep_unfinished(live: LiveFlow) -> None:
    for name in live.nodes:
        live.keep_unsent(name, "when the flow stopped")
    for name, inbox in live.inboxes.items():
        for msg, delivery, port in inbox.items:
            if not is_owed(delivery):
                live.failed(name, RuntimeError("not handled in time when the flow stopped"), msg, None, port)

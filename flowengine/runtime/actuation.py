"""The one road to an actuator. Nothing else in the engine calls `submit`; a test holds that."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable
from typing import Final

from flowengine.clock import Clock
from flowengine.errors import Refused, Retryable
from flowengine.message import Message
from flowengine.node import Actuator


class TooOld(Exception):
    """A message may no longer be written."""


Judge = Callable[[Actuator, Message], Message | str]
"""Returns the message to write, perhaps limited, or a text: why nothing is written now. Raises `Refused`."""

_JUDGE: Final = "_judge"
"""The attribute that holds an actuator's judge; only actuators at machines have one."""


def put_before(actuator: Actuator, judge: Judge) -> None:
    """Have a judge decide on each command to an actuator before it is begun."""
    setattr(actuator, _JUDGE, judge)


def begin(actuator: Actuator, msg: Message) -> Awaitable[None] | None:
    """Begin a write; None means that it is done, or held back for now.

    Raises:
        Refused: the guard does not let it; or whatever the actuator raises.
    """
    judge: Judge | None = getattr(actuator, _JUDGE, None)
    if judge is not None:
        judged = judge(actuator, msg)
        if isinstance(judged, str):
            actuator.status("warning", judged)
            return None
        msg = judged
    return actuator.submit(msg)


def begin_at(
    actuator: Actuator, handler: Callable[[Message], Awaitable[None] | None], msg: Message
) -> Awaitable[None] | None:
    """Begin what a further input port of an actuator does; a machine takes commands at the first port alone.

    Raises:
        Refused: the actuator is at a machine.
    """
    if getattr(actuator, _JUDGE, None) is not None:
        raise Refused("the guard lets commands to a machine through by the first input port alone")
    return handler(msg)


async def carry_through(
    actuator: Actuator, msg: Message, clock: Clock, first: Awaitable[None], max_age: float = 0.0
) -> None:
    """See a write to its end: await the first try, and try again as the actuator's `retry` says,
    and not before the other side asked to be tried again.

    A message older than `max_age` seconds (0: no limit) is not tried again.

    Raises:
        TooOld: it has become too old.
        Retryable: the last try failed too; or whatever else the actuator raised.
    """
    retry, pause = actuator.retry, actuator.retry.delay
    for attempt in itertools.count(1):
        try:
            pending = first if attempt == 1 else begin(actuator, msg)
            if pending is not None:
                await pending
            if attempt > 1:
                actuator.status("ok")
            return
        except Retryable as error:
            if attempt == retry.attempts:
                raise
            wait = max(pause, error.after)
            actuator.status("warning", f"{error}; trying again in {wait:g} s")
        await clock.sleep(wait)
        if max_age and clock.now() - msg.time > max_age:
            raise TooOld(f"it could not be written within {max_age:g} s of its time")
        pause = min(pause * 2, retry.most)
        if actuator._host is not None:
            actuator._host.retries += 1


async def failed(error: Exception) -> None:
    """Stand in for a first try that has failed already."""
    raise error

"""An actuator that takes one write at a time: its stage waits for the write itself."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from flowengine import Actuator, Message
from flowengine.clock import VirtualClock
from flowengine.flow.plan import Plan, PlannedNode
from flowengine.runtime.engine import Engine


class Slow(Actuator, type="t/slow"):
    """Do as the payload says."""

    def __post_init__(self) -> None:
        self.written: list[Any] = []

    async def write(self, msg: Message) -> None:
        if msg.payload == "timeout":
            async with asyncio.timeout(1):
                await asyncio.sleep(5)
        elif msg.payload == "cancel":
            raise asyncio.CancelledError
        elif msg.payload == "hang":
            await asyncio.sleep(1e6)
        elif msg.payload == "swallow":
            try:
                await asyncio.sleep(1e6)
            except asyncio.CancelledError:
                return
        self.written.append(msg.payload)


def run(*payloads: Any, drain: float = 5.0) -> tuple[list[Any], list[str]]:
    """Give messages to an actuator, let a minute pass and stop; return what was written and what failed."""
    clock = VirtualClock()
    failures: list[str] = []

    async def main() -> list[Any]:
        engine = Engine(clock, on_failure=lambda flow, node, error, msg: failures.append(type(error).__name__))
        await engine.deploy(Plan("p", {"slow": PlannedNode("slow", Slow, {})}, (), {}, {}))
        node: Any = engine.flows["p"].nodes["slow"]
        for payload in payloads:
            engine.inject("p", "slow", Message(payload))
        await clock.sleep(60)
        await engine.stop(drain)
        engine.dead_letters.close()
        written: list[Any] = node.written
        return written

    return clock.run(main()), failures


def test_writes_come_one_after_the_other() -> None:
    assert run(1, 2, 3) == ([1, 2, 3], [])


def test_a_timeout_inside_a_write_fails_that_message_only() -> None:
    assert run(1, "timeout", 2) == ([1, 2], ["TimeoutError"])


def test_a_write_that_cancels_itself_fails_and_the_next_is_made() -> None:
    assert run("cancel", 2) == ([2], ["RuntimeError"])


@pytest.mark.parametrize(("payload", "failures"), [("hang", ["RuntimeError"]), ("swallow", [])])
def test_a_write_that_never_ends_does_not_keep_the_flow_from_stopping(payload: str, failures: list[str]) -> None:
    assert run(1, payload) == ([1], failures)

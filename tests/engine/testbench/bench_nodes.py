"""Nodes for sessions of the testbench."""

from __future__ import annotations

import asyncio
import datetime
import time
from collections.abc import AsyncIterator
from typing import Any

from flowengine import Actuator, AsyncTransform, BadData, Message, Port, Routed, Source, Transform


class Tick(Source, type="bench/tick"):
    """Count the seconds."""

    interval: float = 1.0

    async def run(self) -> AsyncIterator[Message]:
        number = 0
        while True:
            yield Message(number)
            number += 1
            await self.clock.sleep(self.interval)


class Scale(Transform, type="bench/scale"):
    """Multiply; say so in every way there is."""

    gain: float = 2.0

    def process(self, msg: Message) -> Message:
        if not isinstance(msg.payload, int | float):
            raise BadData(f"a number was expected, not {msg.payload!r}")
        self.log.info("scaled")
        self.status("ok", f"{msg.payload}")
        print("this must not disturb the session")
        return msg.with_payload(msg.payload * self.gain)


class Count(Transform, type="bench/count"):
    """Count in every scope."""

    inputs = (Port("in"), Port("reset"))

    def on_reset(self, msg: Message) -> Message:
        self.context("node").set("count", 0)
        return msg

    def process(self, msg: Message) -> Message:
        counts = []
        for scope in ("node", "flow", "global"):
            context = self.context(scope)
            context.set("count", context.get("count", 0) + 1)
            counts.append(context.get("count"))
        return msg.with_payload(counts)


class Later(Transform, type="bench/later"):
    """Send on after a while."""

    delay: float = 0.3

    def process(self, msg: Message) -> None:
        self.clock.call_later(self.delay, lambda: self.emit(msg))


class Variable(Transform, type="bench/variable"):
    """Send a variable of the environment, as an option and as it is now."""

    option: str = ""
    name: str = "BENCH"

    def process(self, msg: Message) -> Message:
        return msg.with_payload([self.option, self.runtime.environment(self.name)])


class Odd(Transform, type="bench/odd"):
    """Send values that JSON does not have."""

    def process(self, msg: Message) -> Message:
        loop: dict[str, Any] = {}
        loop["loop"] = loop
        moment = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
        return Message(
            b"\x01\x02", properties={"at": moment, "loop": loop, "req": "x", "res": "y", "nan": float("nan")}
        )


class Split(Transform, type="bench/split"):
    """Send by two ports."""

    outputs = (Port("low"), Port("high"))

    def process(self, msg: Message) -> Routed:
        return msg.to("high" if msg.payload > 5 else "low")


class Sink(Actuator, type="bench/sink"):
    """Take everything."""

    async def write(self, msg: Message) -> None:
        await asyncio.sleep(0)


class Fetch(AsyncTransform, type="bench/fetch"):
    """Take a moment."""

    async def process(self, msg: Message) -> Message:
        await asyncio.sleep(0.01)
        return msg


class CannotStart(Transform, type="bench/cannot-start"):
    """Fail at the start."""

    async def start(self) -> None:
        raise OSError("port 502 is taken")

    def process(self, msg: Message) -> Message:
        return msg


class NeverStarts(Transform, type="bench/never-starts"):
    """Hang at the start."""

    async def start(self) -> None:
        await asyncio.get_running_loop().create_future()

    def process(self, msg: Message) -> Message:
        return msg


class NeverStops(Transform, type="bench/never-stops"):
    """Hang at the stop."""

    async def stop(self) -> None:
        await asyncio.get_running_loop().run_in_executor(None, time.sleep, 30)

    def process(self, msg: Message) -> Message:
        return msg

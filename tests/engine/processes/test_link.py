"""Frames between two ends of a socket pair."""

from __future__ import annotations

import asyncio
import datetime
import decimal
import socket
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine.errors import BadData, NotFound, Refused
from flowengine.processes.link import Frame, Link, LinkLost, decoder_of
from tests.steady import steadily


class Say(Frame):
    """An event, and a request."""

    value: Any


DECODER = decoder_of(Say)

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


def joined(main: Callable[[Link, list[Any]], Coroutine[Any, Any, None]], answer: Callable[[Any], Any]) -> None:
    """Run a test with one end; what the other end hears is in a list."""

    async def run() -> None:
        heard: list[Any] = []
        ours, theirs = socket.socketpair()
        here = Link(DECODER, lambda event: None)
        there = Link(DECODER, lambda event: heard.append(event.value), lambda request: answer(request.value))
        await here.open(ours)
        await there.open(theirs)
        await main(here, heard)
        here.close()
        there.close()
        await asyncio.sleep(0)

    steadily(run())


@settings(max_examples=60)
@given(st.lists(values, min_size=1, max_size=5))
def test_whatever_is_said_comes_whole_and_in_order(said: list[Any]) -> None:
    async def main(link: Link, heard: list[Any]) -> None:
        for value in said:
            link.tell(Say(value))
        assert await link.ask(Say("over")) == "over"  # an answer comes after what was said before
        assert heard == said

    joined(main, lambda value: value)


def test_an_answer_may_come_later_than_that_to_the_next_request() -> None:
    async def answer(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    async def main(link: Link, heard: list[Any]) -> None:
        order: list[float] = []

        async def ask(seconds: float) -> None:
            order.append(await link.ask(Say(seconds)))

        await asyncio.gather(ask(0.05), ask(0.0))
        assert order == [0.0, 0.05]

    joined(main, answer)


@pytest.mark.parametrize("error", [BadData("no"), Refused("no"), NotFound("no"), ValueError("no"), KeyError("no")])
def test_an_error_comes_back_as_the_same_class(error: Exception) -> None:
    def fail(value: Any) -> Any:
        raise error

    async def main(link: Link, heard: list[Any]) -> None:
        with pytest.raises(type(error), match="no"):
            await link.ask(Say(1))

    joined(main, fail)


def test_what_no_frame_can_carry_is_said_as_text() -> None:
    async def main(link: Link, heard: list[Any]) -> None:
        moment = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)
        assert await link.ask(Say({"o": object(), "d": decimal.Decimal("1.5"), "at": moment})) == {
            "o": "<object>",
            "d": "1.5",
            "at": moment,
        }
        assert await link.ask(Say({"o": object(), "big": 2**80})) == {"o": "<object>", "big": 2**80}

    joined(main, lambda value: value)


def test_who_waits_for_an_answer_hears_that_the_other_end_is_gone() -> None:
    async def run() -> None:
        ours, theirs = socket.socketpair()
        gone = asyncio.Event()
        link = Link(DECODER, lambda event: None, None, gone.set)
        await link.open(ours)
        asked = asyncio.ensure_future(link.ask(Say(1)))
        await asyncio.sleep(0)
        theirs.close()
        with pytest.raises(LinkLost):
            await asked
        await gone.wait()
        with pytest.raises(LinkLost):
            await link.ask(Say(2))

    asyncio.run(run())


def test_a_request_that_nobody_waits_for_any_more_ends_at_the_other_end() -> None:
    ended: list[bool] = []

    async def answer(value: Any) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(True)

    async def main(link: Link, heard: list[Any]) -> None:
        asked = asyncio.ensure_future(link.ask(Say(1)))
        await asyncio.sleep(0.02)
        asked.cancel()
        async with asyncio.timeout(10):
            while not ended:
                await asyncio.sleep(0.01)

    joined(main, answer)

"""The one place where the web's threads and the engine's loop meet. The engine never waits for the web."""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Callable, Coroutine
from typing import Any, Final, TypeVar

from flowengine_web.refusal import Refusal, busy

T = TypeVar("T")

WAIT: Final = 10.0
"""Seconds that a request waits for the engine's loop before it is answered 503."""


class Bridge:
    """Runs functions and coroutines on the engine's loop, for every other thread."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def ask(self, function: Callable[[], T], wait: float = WAIT) -> T:
        """Run a function on the loop and return what it returns; it must not block.

        Raises:
            Refusal: 503, the loop did not come to it in time (then it never runs), or has ended.
        """
        answer: concurrent.futures.Future[T] = concurrent.futures.Future()

        def run() -> None:
            if answer.set_running_or_notify_cancel():
                try:
                    answer.set_result(function())
                except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
                    answer.set_exception(error)

        self._soon(run)
        return self._answer(answer, wait, cancel=True)

    def run(self, begin: Callable[[], Coroutine[Any, Any, T]], wait: float = WAIT, cancel: bool = True) -> T:
        """Run a coroutine on the loop to its end and return what it returns.

        `cancel` says what happens to it when the caller no longer waits: a deploy goes on.

        Raises:
            Refusal: 503, it did not end in time, or the loop has ended.
        """
        if self._loop.is_closed():
            raise _ended()
        coroutine = begin()
        try:
            future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        except RuntimeError as error:
            coroutine.close()
            raise _ended() from error
        return self._answer(future, wait, cancel)

    def tell(self, function: Callable[[], object]) -> None:
        """Have a function run on the loop soon, without waiting; forgotten if the loop has ended."""
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError:
            return

    def _soon(self, function: Callable[[], object]) -> None:
        try:
            self._loop.call_soon_threadsafe(function)
        except RuntimeError as error:
            raise _ended() from error

    def _answer(self, future: concurrent.futures.Future[T], wait: float, cancel: bool) -> T:
        try:
            return future.result(wait)
        except concurrent.futures.CancelledError as error:
            raise _ended() from error
        except concurrent.futures.TimeoutError as error:
            if future.done():  # the time-out was within what was asked for
                raise
            if cancel:
                future.cancel()
            raise busy(f"the engine did not answer within {wait:g} s") from error


def _ended() -> Refusal:
    return busy("the engine is stopping")

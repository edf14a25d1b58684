"""Where the web's threads and the engine's loop meet."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from flowengine.errors import NotFound
from flowengine_web.bridge import Bridge
from flowengine_web.refusal import Refusal
from tests.web.patience import until


@pytest.fixture
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop that runs in a thread."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    if not loop.is_closed():
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def test_a_function_runs_on_the_loop_and_its_answer_comes_back(loop: asyncio.AbstractEventLoop) -> None:
    assert Bridge(loop).ask(asyncio.get_running_loop) is loop


def test_what_it_raises_is_raised_where_it_was_asked_for(loop: asyncio.AbstractEventLoop) -> None:
    def fail() -> None:
        raise NotFound("gone")

    async def fail_later() -> None:
        raise TimeoutError("within")

    with pytest.raises(NotFound, match="gone"):
        Bridge(loop).ask(fail)
    with pytest.raises(TimeoutError, match="within"):
        Bridge(loop).run(fail_later)


def test_a_loop_that_does_not_come_to_it_gives_503_and_the_function_never_runs(loop: asyncio.AbstractEventLoop) -> None:
    free, ran = threading.Event(), []
    loop.call_soon_threadsafe(free.wait)
    with pytest.raises(Refusal) as refused:
        Bridge(loop).ask(lambda: ran.append(1), wait=0.05)
    assert (refused.value.status, refused.value.headers["Retry-After"]) == (503, "2")
    free.set()
    Bridge(loop).ask(lambda: None)
    assert ran == []


def test_work_that_takes_too_long_is_cancelled_or_goes_on_as_was_asked(loop: asyncio.AbstractEventLoop) -> None:
    begun: list[str] = []
    ended: list[str] = []
    release = threading.Event()

    async def work(name: str) -> None:
        begun.append(name)
        try:
            while not release.is_set():
                await asyncio.sleep(0.005)
            ended.append(name)
        except asyncio.CancelledError:
            ended.append(f"{name} cancelled")
            raise

    bridge = Bridge(loop)
    for name, cancel in (("look", True), ("deploy", False)):
        wait = 0.05
        while name not in begun:  # on a busy computer it may be given up before it began
            with pytest.raises(Refusal):
                bridge.run(lambda name=name: work(name), wait=wait, cancel=cancel)  # type: ignore[misc]
            wait *= 2
    release.set()
    until(lambda: len(ended) == len(begun))
    assert set(ended) == {"deploy", "look cancelled"}


def test_a_loop_that_has_ended_gives_503() -> None:
    loop = asyncio.new_event_loop()
    loop.close()
    bridge = Bridge(loop)

    async def nothing() -> None:
        return None

    for ask in (lambda: bridge.ask(int), lambda: bridge.run(nothing)):
        with pytest.raises(Refusal) as refused:
            ask()
        assert refused.value.status == 503
    bridge.tell(int)

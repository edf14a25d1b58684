"""The engine's clock, real or virtual. Nobody else asks the machine for the time.

Both clocks stand on the event loop's own time, so `asyncio.sleep`, `asyncio.timeout` and `loop.call_later` follow the
clock that the loop was made with. A virtual loop never waits: when nothing is ready it jumps to the next timer, so a
day of flow time passes in seconds, in the same order every time.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, Final, TypeVar

T = TypeVar("T")

VIRTUAL_EPOCH: Final = 1_767_225_600.0
"""Where virtual time begins: 2026-01-01T00:00:00Z, a Thursday."""


class Clock:
    """Real time: the wall for `now`, the monotonic clock for everything that lasts."""

    def now(self) -> float:
        """Return the time of day: seconds since 1970-01-01 UTC. It may jump; never measure durations with it."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds from some fixed moment; never jumps back."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Wait; returns at once to other tasks when `seconds` is 0 or less."""
        await asyncio.sleep(max(0.0, seconds))

    def call_later(self, seconds: float, callback: Callable[[], object]) -> asyncio.TimerHandle:
        """Call `callback` on the loop after `seconds`; the handle's `cancel()` forgets it."""
        return asyncio.get_running_loop().call_later(max(0.0, seconds), callback)


class VirtualClock(Clock):
    """Time that passes only when nothing else is left to do; made together with its loop."""

    def __init__(self, epoch: float = VIRTUAL_EPOCH) -> None:
        self.epoch = epoch
        self.elapsed = 0.0
        """Seconds that have passed since the clock was made."""
        self.horizon = float("inf")
        """Time does not move past this many elapsed seconds; raise it to let time go on."""
        self.threads = 0
        """Blocking calls under way in threads: while there are any, time stands still and the loop really waits."""

    def now(self) -> float:
        """Return virtual seconds since 1970-01-01 UTC."""
        return self.epoch + self.elapsed

    def monotonic(self) -> float:
        """Return virtual seconds since the clock was made."""
        return self.elapsed

    def new_loop(self) -> asyncio.AbstractEventLoop:
        """Make the event loop that lives in this clock's time."""
        return _VirtualLoop(self)

    def run(self, main: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end in virtual time, as `asyncio.run` does in real time."""
        with asyncio.Runner(loop_factory=self.new_loop) as runner:
            return runner.run(main)

    async def advance(self, seconds: float) -> None:
        """Let exactly this much time pass and return when all that fell due has run.

        For sessions that hold time still in between: it sets `horizon`.
        """
        loop = asyncio.get_running_loop()
        target = self.elapsed + seconds
        self.horizon = target
        reached: asyncio.Future[None] = loop.create_future()
        # Timers due at exactly `target` that are set before this one run first; those they set for the same
        # moment run in the rounds that follow, which the loop below waits for.
        loop.call_at(target, reached.set_result, None)
        await reached
        assert isinstance(loop, _VirtualLoop)
        while not loop.idle():  # noqa: ASYNC110 - the loop's own queue is what is waited for
            await asyncio.sleep(0)


@contextlib.contextmanager
def real_time_limit(seconds: float) -> Iterator[None]:
    """Give the running task up after some real time, also where time is virtual and a flow never comes to rest.

    Raises:
        TimeoutError: it took longer.
    """
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    assert task is not None
    over = threading.Event()

    def give_up() -> None:
        over.set()
        loop.call_soon_threadsafe(task.cancel)

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True
    timer.start()
    try:
        yield
    except asyncio.CancelledError as error:
        if over.is_set() and task.uncancel() == 0:
            raise TimeoutError(f"not finished after {seconds:g} s of real time") from error
        raise
    finally:
        timer.cancel()


GLANCE: Final = 64
"""Rounds of a virtual loop between looks at the outside world, while no socket is open and no thread works for it."""


class _VirtualSelector(selectors.DefaultSelector):
    """Answers "nothing happened" at once and moves the clock by as long as it was told to wait."""

    clock: VirtualClock
    rounds = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        clock = self.clock
        if timeout is None or clock.threads:  # nothing but the outside world can wake us
            return super().select(timeout if timeout is None else 0.001)
        # Asking the operating system in every round would take a fifth of the time. With the loop's own wake-up
        # alone to be asked about, a glance now and then is enough: what comes from there has no virtual time.
        self.rounds += 1
        if self.rounds % GLANCE == 0 or (timeout > 0 and len(self.get_map()) > 1):
            ready = super().select(0)
            if ready:
                return ready
        if timeout <= 0:
            return []
        if clock.elapsed + timeout > clock.horizon:
            clock.elapsed = max(clock.elapsed, clock.horizon)
            return super().select(None)
        clock.elapsed += timeout
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop with a selector that does not wait and a time that the clock owns."""

    def __init__(self, clock: VirtualClock) -> None:
        selector = _VirtualSelector()
        selector.clock = clock
        super().__init__(selector)
        self._virtual = clock
        self._clock_resolution = 1e-9

    def time(self) -> float:
        return self._virtual.elapsed

    def idle(self) -> bool:
        """Say whether no callback is ready and no timer is due (the caller's own wake-up aside)."""
        ready: Any = self._ready  # type: ignore[attr-defined]
        scheduled: Any = self._scheduled  # type: ignore[attr-defined]
        due = any(timer._when <= self.time() and not timer._cancelled for timer in scheduled)
        return not ready and not due and not self._virtual.threads

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self._virtual.threads += 1
        future.add_done_callback(lambda _: setattr(self._virtual, "threads", self._virtual.threads - 1))
        return future

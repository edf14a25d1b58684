"""The engine's clock, real or virtual. Nobody else asks the machine for the time.

Both clocks stand on the event loop's own time, so `asyncio.sleep`, `asyncio.timeout` and `loop.call_later` follow the
clock that the loop was made with. A virtual loop never waits: when nothing is ready it jumps to the next timer, so a
day of flow time passes in seconds, in the same order every time.
"""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import selectors
import threading
import time
from collections import deque
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

RESOLUTION: Final = 1e-9
"""Seconds: what falls due within this long is due now."""


class _VirtualSelector(selectors.DefaultSelector):
    """Answers "nothing happened" at once and moves the clock by as long as it was told to wait."""

    clock: VirtualClock

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        clock = self.clock
        if timeout is None or clock.threads:  # nothing but the outside world can wake us
            return super().select(timeout if timeout is None else 0.001)
        ready = super().select(0)
        if ready or timeout <= 0:
            return ready
        if clock.elapsed + timeout > clock.horizon + RESOLUTION:
            clock.elapsed = max(clock.elapsed, clock.horizon)
            return super().select(None)
        clock.elapsed = min(clock.elapsed + timeout, clock.horizon)
        return []


class _VirtualLoop(asyncio.SelectorEventLoop):
    """asyncio's own loop with a selector that does not wait and a time that the clock owns."""

    _ready: deque[asyncio.Handle]
    _scheduled: list[Any]  # of asyncio.TimerHandle, whose type does not show what is needed of it
    _stopping: bool
    _debug: bool
    _timer_cancelled_count: int

    def __init__(self, clock: VirtualClock) -> None:
        selector = _VirtualSelector()
        selector.clock = clock
        super().__init__(selector)
        self._virtual = clock
        self._open: dict[int, object] = selector._fd_to_key  # type: ignore[attr-defined]  # of CPython's selectors
        self._rounds = 0
        self._clock_resolution = RESOLUTION

    def time(self) -> float:
        return self._virtual.elapsed

    def _run_once(self) -> None:
        """Do one round, in asyncio's order: jump if nothing is ready, then run what is due, and what was ready before.

        asyncio's own round asks the operating system first; that and the rest of it took a quarter of a test's time.
        With the loop's own wake-up alone to be asked about, a glance now and then is enough, as what comes from there
        has no virtual time. So asyncio's round is left to those, and to whatever has to do with the outside world.
        """
        self._rounds += 1
        clock, ready, scheduled = self._virtual, self._ready, self._scheduled
        while scheduled and scheduled[0]._cancelled:
            self._timer_cancelled_count -= 1
            heapq.heappop(scheduled)._scheduled = False
        outside = self._rounds % GLANCE == 0 or clock.threads or self._debug
        if not ready and not outside:
            if self._stopping or not scheduled or scheduled[0]._when > clock.horizon or len(self._open) > 1:
                outside = True
            else:
                clock.elapsed = max(clock.elapsed, scheduled[0]._when)
        if outside:
            super()._run_once()  # type: ignore[misc]  # asyncio's, in no stub
            return
        end = clock.elapsed + RESOLUTION
        while scheduled and scheduled[0]._when < end:
            timer = heapq.heappop(scheduled)
            timer._scheduled = False
            ready.append(timer)
        for _ in range(len(ready)):
            handle = ready.popleft()
            if not handle._cancelled:
                handle._run()

    def idle(self) -> bool:
        """Say whether no callback is ready and no timer is due (the caller's own wake-up aside)."""
        due = any(timer._when <= self.time() and not timer._cancelled for timer in self._scheduled)
        return not self._ready and not due and not self._virtual.threads

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]
        future = super().run_in_executor(executor, func, *args)
        self._virtual.threads += 1
        future.add_done_callback(lambda _: setattr(self._virtual, "threads", self._virtual.threads - 1))
        return future

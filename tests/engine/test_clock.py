"""The two clocks."""

from __future__ import annotations

import asyncio
import time

from hypothesis import given
from hypothesis import strategies as st

from flowengine.clock import VIRTUAL_EPOCH, VirtualClock


def test_a_virtual_day_passes_at_once() -> None:
    clock = VirtualClock()

    async def main() -> None:
        await clock.sleep(86_400)

    clock.run(main())
    assert clock.elapsed == 86_400
    assert clock.now() == VIRTUAL_EPOCH + 86_400


@given(st.lists(st.floats(0, 1000), min_size=1, max_size=20))
def test_timers_run_in_the_order_of_their_times(delays: list[float]) -> None:
    clock = VirtualClock()
    seen: list[float] = []

    async def main() -> None:
        for delay in delays:
            clock.call_later(delay, lambda delay=delay: seen.append(delay))  # type: ignore[misc]
        await clock.sleep(1001)

    clock.run(main())
    assert seen == sorted(delays)


def test_time_outs_follow_the_virtual_clock() -> None:
    clock = VirtualClock()

    async def main() -> bool:
        try:
            async with asyncio.timeout(60):
                await asyncio.Event().wait()
        except TimeoutError:
            return clock.elapsed == 60
        return False

    assert clock.run(main())


def test_advance_lets_exactly_that_much_time_pass() -> None:
    clock = VirtualClock()
    ticks: list[float] = []

    async def tick() -> None:
        while True:
            await clock.sleep(1)
            ticks.append(clock.elapsed)

    async def main() -> None:
        task = asyncio.create_task(tick())
        await clock.advance(3)
        assert ticks == [1, 2, 3]
        assert clock.elapsed == 3
        await clock.advance(0.5)
        assert len(ticks) == 3
        await clock.advance(0.5)
        assert len(ticks) == 4
        task.cancel()

    clock.run(main())


def test_time_stands_still_while_a_thread_works() -> None:
    clock = VirtualClock()

    async def main() -> float:
        hour = asyncio.create_task(clock.sleep(3600))
        await asyncio.to_thread(time.sleep, 0.05)
        passed = clock.elapsed
        hour.cancel()
        return passed

    assert clock.run(main()) == 0

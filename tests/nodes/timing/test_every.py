from collections.abc import AsyncIterator

import pytest

from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import messages_from, running
from flowengine_nodes.timing.every import Every


def test_every_sends_at_start_plus_n_intervals() -> None:
    times = [m.time - VIRTUAL_EPOCH for m in messages_from(Every(interval=0.1), seconds=1000.05, most=100_000)]
    assert len(times) == 10_001
    assert times[-1] == pytest.approx(1000, abs=1e-6)


def test_every_waits_one_interval_when_not_immediate() -> None:
    found = messages_from(Every(interval=5, immediate=False, send="value", value={"a": 1}, topic="t"), seconds=11)
    assert [m.time - VIRTUAL_EPOCH for m in found] == [5, 10]
    assert found[0].payload == {"a": 1}
    assert found[0].topic == "t"


def test_every_sends_the_time_or_the_number_of_the_tick() -> None:
    assert [m.payload for m in messages_from(Every(interval=1), seconds=1.5)] == [VIRTUAL_EPOCH, VIRTUAL_EPOCH + 1]
    assert [m.payload for m in messages_from(Every(interval=1, send="count"), seconds=2.5)] == [0, 1, 2]


def test_every_skips_and_counts_ticks_that_a_busy_flow_missed() -> None:
    node, clock = Every(interval=1, send="count"), VirtualClock()
    seen: list[tuple[float, int]] = []

    async def main() -> None:
        async with running(node, clock) as host:
            async for msg in node.run():
                seen.append((clock.monotonic(), msg.payload))
                if msg.payload == 1:
                    await clock.sleep(3.5)  # until 4.5: the ticks of 2 and 3 are gone, that of 4 is late
                if msg.payload >= 6:
                    break
            assert host.statuses[-1].level == "warning"

    clock.run(main())
    assert seen == [(0, 0), (1, 1), (4.5, 4), (5, 5), (6, 6)]
    assert node.missed == 2


def test_a_day_of_ticks_passes_at_once() -> None:
    node, clock = Every(interval=1), VirtualClock()

    async def main() -> int:
        async with running(node, clock):
            count = 0
            ticks: AsyncIterator[object] = node.run()
            async for _ in ticks:
                count += 1
                if count > 86_400:
                    break
            return count

    assert clock.run(main()) == 86_401

import pytest

from flowengine import Message
from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import messages_from, running
from flowengine_nodes.timing.schedule import Schedule


class SettableClock(VirtualClock):
    """A virtual clock whose time of day can be set, as an operator sets a computer's."""

    offset = 0.0

    def now(self) -> float:
        return super().now() + self.offset


def times_with_jump(node: Schedule, jump_at: float, jump: float, until: float) -> list[float]:
    clock = SettableClock()
    found: list[float] = []

    async def main() -> None:
        async with running(node, clock):
            clock.call_later(jump_at, lambda: setattr(clock, "offset", jump))
            source = node.run()
            clock.call_later(until, lambda: None)
            while clock.monotonic() < until:
                msg = await anext(source)
                assert isinstance(msg, Message)
                found.append(clock.monotonic())

    clock.run(main())
    return [t for t in found if t <= until]


def test_schedule_sends_the_scheduled_time() -> None:
    found = messages_from(Schedule(cron="0 * * * *", topic="hourly"), seconds=3 * 3600 + 1)
    assert [m.payload - VIRTUAL_EPOCH for m in found] == [3600, 7200, 10800]
    assert found[0].topic == "hourly"


def test_schedule_sends_a_value_every_ten_seconds() -> None:
    found = messages_from(Schedule(cron="*/10 * * * * *", send="value", value="go"), seconds=35)
    assert [(m.payload, m.time - VIRTUAL_EPOCH) for m in found] == [("go", 10), ("go", 20), ("go", 30)]


def test_a_clock_set_forward_past_several_times_sends_one_message() -> None:
    # After 90 s it is 01:01:30 + 10 h at once: one message then, the next at the full hour.
    found = times_with_jump(Schedule(cron="0 * * * *"), jump_at=90, jump=36_000, until=3700)
    assert len(found) == 2
    assert found[0] <= 150
    assert found[1] == pytest.approx(3600)


def test_a_clock_set_back_an_hour_does_not_run_a_job_at_a_time_of_day_twice() -> None:
    found = times_with_jump(Schedule(cron="0 1,2 * * *"), jump_at=3700, jump=-3600, until=12_000)
    assert found == pytest.approx([3600, 10_800])


def test_a_clock_set_back_an_hour_does_not_stall_a_job_that_runs_again_and_again() -> None:
    found = times_with_jump(Schedule(cron="*/10 * * * *"), jump_at=3700, jump=-3600, until=6000)
    assert found == pytest.approx([600, 1200, 1800, 2400, 3000, 3600, 4200, 4800, 5400, 6000])


def test_a_clock_stepped_back_by_seconds_runs_no_job_twice() -> None:
    found = times_with_jump(Schedule(cron="* * * * *"), jump_at=121, jump=-5, until=200)
    assert found == pytest.approx([60, 120, 185])


def test_a_clock_set_back_by_days_begins_anew() -> None:
    found = times_with_jump(Schedule(cron="0 * * * *"), jump_at=100, jump=-10 * 86_400, until=7300)
    assert found == pytest.approx([3600, 7200])


def test_an_unknown_zone_is_refused_when_the_node_is_made() -> None:
    with pytest.raises(ValueError, match="Mars"):
        Schedule(time_zone="Mars/Base")

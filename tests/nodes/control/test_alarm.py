"""`control/alarm`: when it rings, and what the alarm list hears of it."""

import asyncio
import math
from typing import Any

import pytest

from flowengine import BadData, Message, Routed
from flowengine.testing import messages_of, running
from flowengine_nodes.control.alarm import Alarm
from tests.nodes.crashing import replaced


def changes(node: Alarm, *values: Any, **how: Any) -> list[Any]:
    return [one.msg.payload for one in messages_of(node, *values, **how) if one.port == "changed"]


def test_it_rings_beyond_a_limit_and_is_over_behind_the_dead_band() -> None:
    node = Alarm(high=220, dead_band=5)
    assert changes(node, 219, 220.5, 216, 230, 215) == ["active", "cleared"]
    assert changes(Alarm(low=10, dead_band=2), 9, 11, 12) == ["active", "cleared"]


def test_readings_pass_whatever_they_are() -> None:
    assert [one.msg.payload for one in messages_of(Alarm(high=1), 5, 0, "x") if one.port == "out"] == [5, 0, "x"]


@pytest.mark.parametrize("bad", [Message(100.0, quality="bad"), Message(math.nan), Message("x"), Message(None)])
def test_a_reading_that_is_none_rings_unless_told_otherwise(bad: Message) -> None:
    assert changes(Alarm(high=230), bad) == ["active"]
    assert changes(Alarm(high=230, bad_rings=False), bad) == []


def test_true_and_false_are_the_alarm_itself() -> None:
    assert changes(Alarm(), True, True, False) == ["active", "cleared"]


def test_what_is_told_names_limit_and_reading() -> None:
    (told,) = [one for one in messages_of(Alarm(high=10), 11) if one.port == "changed"]
    assert told.msg.get("alarm") == {"limit": "high", "at": 10, "value": 11}


def test_it_rings_only_when_it_has_lasted_and_is_over_only_when_that_has() -> None:
    assert changes(Alarm(high=10, on_delay=5), 11, 9, 11, 9, every=4) == []
    assert changes(Alarm(high=10, on_delay=5), 11, 11, 11, every=4) == ["active"]
    assert changes(Alarm(high=10, on_delay=5), 11, seconds=6) == ["active"]
    assert changes(Alarm(high=10, off_delay=3), 11, 9, 11, 9, every=2) == ["active"]
    assert changes(Alarm(high=10, off_delay=3), 11, 9, seconds=4) == ["active", "cleared"]


def test_the_alarm_list_hears_of_it_by_its_status_and_what_its_options_say() -> None:
    async def main() -> None:
        node = Alarm(high=10, text="Too hot", priority="high")
        async with running(node) as host:
            node.process(Message(11))
            node.on_suppress(Message(True))
            node.on_suppress(Message(False))
            node.process(Message(9))
            node.process(Message(10.727637290954))
            node.process(Message(9))
            node.process(Message(True))
            with pytest.raises(BadData, match="takes true or false"):
                node.on_suppress(Message(1))
        assert [one.level for one in host.statuses] == ["ok", "error", "off", "error", "ok", "error", "ok", "error"]
        texts = [one.text for one in host.statuses if one.level == "error"]
        assert texts == ["11 (above 10)", "11 (above 10)", "10.7276 (above 10)", "Too hot"]

    asyncio.run(main())
    rings = Alarm.rings({"text": "Too hot", "priority": "high"})
    assert rings is not None
    assert (rings.text, rings.priority, rings.area) == ("Too hot", "high", "")


def test_limits_that_leave_no_room_are_refused() -> None:
    with pytest.raises(ValueError, match="no room"):
        Alarm(high=10, low=9, dead_band=1)


def test_an_alarm_stands_after_a_restart() -> None:
    node = Alarm(high=10)
    messages_of(node, 11)
    again = Alarm(high=10)
    again.restore(node.state())
    assert again.active
    found = again.process(Message(9))
    assert isinstance(found, list)
    assert isinstance(found[1], Routed)
    assert found[1].msg.payload == "cleared"


def test_a_delay_goes_on_over_a_restart_and_takes_the_time_that_a_deploy_gives_it() -> None:
    def sent(until: float) -> list[Any]:
        found = replaced(Alarm(high=50, on_delay=100), [80.0], Alarm(high=50, on_delay=20), at=10, until=until)
        return [(routed.port, routed.msg.payload) for routed in found]

    assert [sent(19.9), sent(20.1)] == [[], [("changed", "active")]]

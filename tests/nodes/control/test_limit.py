import math
from typing import Any

import msgspec
import pytest

from flowengine import BadData, Message, Rings
from flowengine.clock import VirtualClock
from flowengine.node import Status
from flowengine.testing import messages_of, running
from flowengine_nodes.control.limit import Limit
from tests.nodes.crashing import replaced

Sent = list[tuple[str, Any]]


def sent(node: Limit, *values: Any, **how: Any) -> Sent:
    return [(r.port, r.msg.payload) for r in messages_of(node, *values, **how)]


def test_readings_inside_the_limits_pass() -> None:
    assert sent(Limit(high=230, low=0), 0, 100, 230.0) == [("ok", 0), ("ok", 100), ("ok", 230)]


def test_a_reading_too_high_trips_and_latches() -> None:
    node = Limit(high=230, trip_value=0)
    assert sent(node, 231.0, 100.0) == [("alarm", "active"), ("trip", 0), ("trip", 0)]
    assert node.active == "high"


def test_the_alarm_names_limit_and_reading() -> None:
    alarm = messages_of(Limit(low=10), 5)[0].msg
    assert alarm.get("alarm") == {"limit": "low", "at": 10, "value": 5}


@pytest.mark.parametrize(
    ("reading", "says"),
    [
        (Message(231.0), "tripped: 231 above 230"),
        (Message(-1.0), "tripped: -1 below 0"),
        (Message(None, quality="bad"), "tripped: no good reading"),
    ],
    ids=["high", "low", "bad"],
)
def test_the_alarm_list_hears_of_a_trip_by_its_status_and_what_its_options_say(reading: Message, says: str) -> None:
    node = Limit(high=230, low=0, text="Find the cause.")

    async def main() -> list[Status]:
        async with running(node, VirtualClock()) as host:
            node.process(reading)
            return host.statuses

    assert VirtualClock().run(main()) == [Status("error", says)]
    assert Limit.rings({"text": node.text}) == Rings("Find the cause.")


@pytest.mark.parametrize("bad", [Message(100.0, quality="bad"), Message(math.nan), Message("x"), Message(None)])
def test_a_bad_reading_trips_unless_told_otherwise(bad: Message) -> None:
    assert [port for port, _ in sent(Limit(high=230), bad)] == ["alarm", "trip"]
    assert [port for port, _ in sent(Limit(high=230, bad_trips=False), bad)] == ["ok"]


def test_a_reset_clears_only_when_the_reading_is_back_inside() -> None:
    node = Limit(high=230, hysteresis=5)

    async def main() -> None:
        async with running(node, VirtualClock()):
            node.process(Message(240.0))
            with pytest.raises(BadData, match=r"still 240\.0"):
                node.on_reset(Message(True))
            node.process(Message(228.0))
            with pytest.raises(BadData, match="hysteresis 5"):
                node.on_reset(Message(True))
            node.process(Message(225.0))
            cleared = node.on_reset(Message(True))
            assert cleared is not None
            assert [(r.port, r.msg.payload) for r in cleared] == [("alarm", "cleared")]
            passed = node.process(Message(220.0))
            assert isinstance(passed, Message)
            assert node.on_reset(Message(True)) is None

    VirtualClock().run(main())


def test_without_latching_it_clears_by_itself_inside_the_hysteresis() -> None:
    node = Limit(high=230, hysteresis=5, latching=False, repeat=False)
    assert sent(node, 231, 228, 225, 229) == [
        ("alarm", "active"),
        ("trip", 0),
        ("alarm", "cleared"),
        ("ok", 225),
        ("ok", 229),
    ]


def test_a_violation_must_last_for_the_delay() -> None:
    node = Limit(high=230, delay=5)
    assert sent(node, 240.0, 240.0, 100.0, every=2, seconds=20) == [("ok", 240), ("ok", 240), ("ok", 100)]
    assert not node.active


def test_the_delay_begins_anew_with_each_violation() -> None:
    node = Limit(high=230, delay=5)
    assert [port for port, _ in sent(node, 240.0, 240.0, 100.0, 240.0, every=1, seconds=3)] == ["ok"] * 4
    assert not node.active


def test_the_delay_ends_by_the_clock_though_no_reading_follows() -> None:
    assert sent(Limit(high=230, delay=5), 240.0, seconds=6) == [("ok", 240), ("alarm", "active"), ("trip", 0)]


def test_a_trip_survives_a_restart_and_needs_a_reading_to_be_reset() -> None:
    node = Limit(high=230)
    sent(node, 240)
    after = Limit(high=230)
    after.restore(msgspec.json.decode(msgspec.json.encode(node.state())))
    with pytest.raises(BadData, match="no reading"):
        sent(after, True, port="reset")
    assert sent(after, 100.0) == [("trip", 0)]
    assert sent(after, True, port="reset") == [("alarm", "cleared")]


def test_limits_without_room_are_refused() -> None:
    with pytest.raises(ValueError, match="give a limit"):
        Limit()
    with pytest.raises(ValueError, match="no room"):
        Limit(low=10, high=12, hysteresis=1)


def test_a_delay_goes_on_over_a_restart_and_takes_the_time_that_a_deploy_gives_it() -> None:
    def after(until: float) -> Sent:
        found = replaced(Limit(high=50, delay=100), [80.0], Limit(high=50, delay=20), at=10, until=until)
        return [(routed.port, routed.msg.payload) for routed in found]

    assert [after(19.9), after(20.1)] == [[], [("alarm", "active"), ("trip", 0)]]

import math
from typing import Any

import msgspec
import pytest

from flowengine import BadData, Message
from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.testing import RecordingHost, messages_of, outputs_of, running
from flowengine_nodes.control.pid import PidController
from tests.nodes.crashing import replaced


def reading(value: Any, at: float, **fields: Any) -> Message:
    return Message(value, time=VIRTUAL_EPOCH + at, id="r", **fields)


def outputs(node: PidController, *readings: Message) -> list[float]:
    return [r.msg.payload for r in messages_of(node, *readings)]


def controller(**options: Any) -> PidController:
    return PidController(**{"setpoint": 100, "kp": 1.0, "ti": 10.0, **options})


def test_each_reading_gives_an_output_with_its_time_and_unit() -> None:
    node = PidController(setpoint=180, kp=2, output_unit="%", topic="heater")
    (sent,) = messages_of(node, reading(150, 3, topic="oven", properties={"unit": "degC", "line": 1}))
    assert sent.port == "output"
    assert (sent.msg.payload, sent.msg.topic, sent.msg.time, sent.msg.id) == (60, "heater", VIRTUAL_EPOCH + 3, "r")
    assert sent.msg.properties == {"unit": "%", "line": 1}


def test_time_is_that_of_the_readings() -> None:
    # The integral of the second step: error 10 for 5 s at ti 10 s gives 5, seen at the third reading.
    assert outputs(controller(), reading(90, 0), reading(90, 5), reading(90, 5.001)) == pytest.approx([10, 10, 15.0])


def test_a_reading_that_is_no_newer_changes_nothing() -> None:
    node = controller()
    assert outputs(node, reading(90, 0), reading(90, 5), reading(0, 5), reading(0, 3)) == [10, 10, 10, 10]


def test_a_gap_does_not_count() -> None:
    node = controller(longest_gap=60)
    assert outputs(node, reading(90, 0), reading(90, 7200), reading(90, 7200.001)) == pytest.approx([10, 10, 10])


def test_a_new_setpoint_is_approached_at_its_rate() -> None:
    node = controller(ti=None, setpoint_rate=2, output_low=-100)

    async def main() -> list[Any]:
        async with running(node, VirtualClock()):
            found = [node.process(reading(100, 0))]
            node.on_setpoint(Message(110))
            found += [node.process(reading(100, t)) for t in range(1, 8)]
            return [m.payload for m in found if isinstance(m, Message)]

    assert VirtualClock().run(main()) == [0, 2, 4, 6, 8, 10, 10, 10]


def test_manual_takes_over_and_automatic_goes_on_without_a_bump() -> None:
    node = controller()

    async def main() -> None:
        async with running(node, VirtualClock()):
            node.process(reading(90, 0))
            manual = node.on_manual(Message(42.0))
            assert isinstance(manual, Message)
            assert manual.payload == 42
            found = [node.process(reading(90 + t, t)) for t in range(1, 5)]
            assert [m.payload for m in found if isinstance(m, Message)] == [42, 42, 42, 42]
            node.on_manual(Message(None))
            back = node.process(reading(94, 5))
            assert isinstance(back, Message)
            assert back.payload == pytest.approx(42)

    VirtualClock().run(main())


def test_automatic_is_bumpless_though_no_reading_came_in_manual() -> None:
    node = controller()

    async def main() -> None:
        async with running(node, VirtualClock()):
            node.process(reading(90, 0))
            node.on_mode(Message("manual"))
            node.on_manual(Message(70))
            node.on_mode(Message("auto"))
            back = node.process(reading(80, 1))
            assert isinstance(back, Message)
            assert back.payload == 70

    VirtualClock().run(main())


def test_the_manual_output_stays_inside_the_limits_and_modes_are_words() -> None:
    assert outputs_of(controller(output_high=50), 80, port="manual") == [50]
    with pytest.raises(BadData, match="expected auto or manual"):
        outputs_of(controller(), "automatic", port="mode")


@pytest.mark.parametrize("bad", [reading(math.nan, 1), reading("abc", 1), reading(50.0, 1, quality="bad")])
def test_a_bad_reading_holds_the_output(bad: Message) -> None:
    found = messages_of(controller(), reading(90, 0), bad, reading(90, 2))
    assert [(r.msg.payload, r.msg.quality) for r in found] == [(10, "good"), (10, "uncertain"), (10, "good")]


def test_readings_that_stay_bad_lead_to_the_fallback_once() -> None:
    node, clock = controller(fallback=5, fallback_after=10), VirtualClock()

    async def main() -> RecordingHost:
        async with running(node, clock) as host:
            node.process(reading(90, 0))
            for t in range(1, 30):
                await clock.sleep(1)
                node.process(reading(None, t))
            back = node.process(reading(90, 30))
            assert isinstance(back, Message)
            assert back.payload == 5
            return host

    host = clock.run(main())
    assert [(r.msg.payload, r.msg.quality, r.msg.time - VIRTUAL_EPOCH) for r in host.emitted] == [(5, "uncertain", 11)]
    assert [s.level for s in host.statuses] == ["warning", "error", "ok"]


def test_a_good_reading_in_time_prevents_the_fallback() -> None:
    node = controller(fallback=5, fallback_after=10)
    found = messages_of(node, reading(90, 0), reading(None, 1), reading(90, 2), seconds=60)
    assert len(found) == 3


def test_terms_are_sent_if_asked() -> None:
    found = messages_of(controller(terms=True), reading(90, 0))
    assert [r.port for r in found] == ["output", "terms"]
    assert found[1].msg.payload == {
        "setpoint": 100,
        "measurement": 90,
        "error": 10,
        "p": 10,
        "i": 0,
        "d": 0,
        "feedforward": 0,
        "output": 10,
        "mode": "auto",
    }


def test_feedforward_counts_from_the_next_reading() -> None:
    node = controller(ti=None)

    async def main() -> None:
        async with running(node, VirtualClock()):
            node.on_feedforward(Message(7))
            sent = node.process(reading(90, 0))
            assert isinstance(sent, Message)
            assert sent.payload == 17

    VirtualClock().run(main())


def restarted(node: PidController, **options: Any) -> PidController:
    after = controller(**options)
    after.restore(msgspec.json.decode(msgspec.json.encode(node.state())))
    return after


def test_a_restart_goes_on_without_a_bump() -> None:
    node = controller()
    before = outputs(node, *(reading(90, t) for t in range(5)))
    assert outputs(restarted(node), reading(90, 5))[0] == pytest.approx(before[-1])
    assert outputs(restarted(node, kp=3.0), reading(90, 5))[0] == pytest.approx(before[-1])


def test_after_a_restart_an_edited_setpoint_counts_and_a_sent_one_stays() -> None:
    node = controller()
    outputs_of(node, 150, port="setpoint")
    assert restarted(node)._target == 150
    assert restarted(node, setpoint=120)._target == 120


def test_options_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="fallback 120"):
        PidController(fallback=120)
    with pytest.raises(ValueError, match="lower must be less"):
        PidController(output_low=10, output_high=0)


def test_without_an_integral_part_an_edited_bias_counts_and_nothing_is_left_of_an_integral() -> None:
    proportional = controller(ti=None, bias=20)
    assert outputs(proportional, reading(90, 0)) == [30]
    assert outputs(restarted(proportional, ti=None, bias=40), reading(90, 1)) == [50]
    integrating = controller()
    outputs(integrating, *(reading(90, t) for t in range(5)))
    assert outputs(restarted(integrating, ti=None, bias=20), reading(90, 5)) == [30]
    integrating.on_tune(Message({"ti": None}))
    tuned = outputs(integrating, reading(90, 6), reading(90, 7))
    assert tuned == [10, 10]
    assert outputs(restarted(integrating), reading(90, 8), reading(90, 9))[-1] == 10


def test_that_readings_come_too_seldom_for_the_integral_is_said_until_they_come_often() -> None:
    node, clock = controller(longest_gap=60), VirtualClock()

    async def main() -> list[tuple[str, str]]:
        async with running(node, clock) as host:
            for at in (0, 120, 240, 360, 370, 380):
                node.process(reading(90, at))
            return [(status.level, status.text) for status in host.statuses]

    apart = "readings are 120 s apart, more than longest_gap: nothing is integrated"
    assert clock.run(main()) == [("warning", apart), ("ok", "")]


def test_that_the_output_is_by_hand_is_shown_also_after_a_restart_and_while_no_reading_is_good() -> None:
    node, clock = controller(), VirtualClock()

    async def main() -> list[tuple[str, str]]:
        async with running(node, clock) as host:
            node.process(reading(90, 0))
            node.on_mode(Message("manual"))
            node.process(reading(None, 1))
            node.process(reading(90, 2))
            kept = node.state()
            node.on_mode(Message("auto"))
        again = controller()
        again.restore(kept)
        async with running(again, clock) as after:
            return [(status.level, status.text) for status in [*host.statuses, *after.statuses]]

    manual, lost = ("busy", "manual"), ("warning", "no good reading: output held")
    assert clock.run(main()) == [manual, lost, manual, ("ok", ""), manual]


def test_the_fallback_comes_in_time_though_a_restart_lies_between() -> None:
    def sent(until: float) -> list[tuple[Any, str]]:
        first, again = controller(fallback=5, fallback_after=10), controller(fallback=5, fallback_after=10)
        found = replaced(first, [90, Message(None, quality="bad")], again, at=4, until=until)
        return [(routed.msg.payload, routed.msg.quality) for routed in found]

    assert [sent(9.9), sent(10.1)] == [[], [(5, "uncertain")]]

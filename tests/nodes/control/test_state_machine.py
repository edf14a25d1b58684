"""control/state-machine: states, formulas, times."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message
from flowengine.testing import messages_of, running
from flowengine_nodes.control.state_machine import Condition, StateMachine, Transition
from tests.nodes.crashing import replaced
from tests.nodes.test_clock_jumps import HOUR, SettableClock


def tank(**options: Any) -> StateMachine:
    return StateMachine(
        states=[
            Condition(name="empty"),
            Condition(name="filling", value=1),
            Condition(name="full"),
            Condition(name="fault"),
        ],
        transitions=[
            Transition(from_="empty", to="filling", when="payload < 20"),
            Transition(from_="filling", to="full", when="payload > 90"),
            Transition(from_="filling", to="fault", after=60),
            Transition(from_="full", to="empty", when="payload < 50", after=5),
            Transition(to="fault", when='quality == "bad"'),
        ],
        **options,
    )


def track(node: StateMachine, *inputs: Any, **how: Any) -> list[tuple[Any, str, str]]:
    return [(r.msg.payload, r.msg.get("before"), r.msg.get("because")) for r in messages_of(node, *inputs, **how)]


def test_formulas_lead_from_state_to_state() -> None:
    assert track(tank(), 50, 10, 30, 95, every=1) == [
        ("empty", "", "message"),
        (1, "empty", "message"),
        ("full", "filling", "message"),
    ]


def test_a_time_leads_on_by_itself() -> None:
    assert track(tank(), 50, 10, every=1, seconds=59)[-1][0] == 1
    assert track(tank(), 50, 10, every=1, seconds=61)[-1] == ("fault", "filling", "timeout")


def test_a_formula_with_a_time_counts_only_after_it() -> None:
    assert track(tank(), 50, 10, 95, 40, 40, every=1)[-1][0] == "full"
    assert track(tank(), 50, 10, 95, 40, 40, 40, 40, 40, every=1)[-1] == ("empty", "full", "message")


def test_a_bad_message_is_seen_by_formulas_about_quality_only() -> None:
    bad = Message(5, quality="bad")
    assert track(tank(), 50, bad, bad) == [("empty", "", "message"), ("fault", "empty", "message")]


def test_a_reset_leads_to_the_initial_state() -> None:
    node = tank()
    track(node, 50)
    assert messages_of(node, Message(), port="reset")[0].msg.payload == "empty"


def test_what_cannot_be_is_refused() -> None:
    states = [Condition(name="a"), Condition(name="b")]
    for way, reason in (
        (Transition(to="c", when="true"), "no state 'c'"),
        (Transition(to="b"), "give a formula"),
        (Transition(to="*", after=1), "must lead to one"),
    ):
        with pytest.raises(ValueError, match=reason):
            StateMachine(states=states, transitions=[way])
    with pytest.raises(ValueError, match="twice"):
        StateMachine(states=[*states, states[0]], transitions=[Transition(to="b", after=1)])
    with pytest.raises(BadData, match="true or false"):
        track(StateMachine(states=states, transitions=[Transition(to="b", when="payload")]), 1, 2)


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_times_pass_as_they_do_whatever_the_computers_clock_is_set_to(jump: float) -> None:
    node, clock = tank(), SettableClock()

    async def main() -> list[str]:
        async with running(node, clock) as host:
            node.process(Message(50))
            node.process(Message(10))
            await clock.sleep(30)
            clock.offset = jump
            node.process(Message(50))
            await clock.sleep(29)
            before = list(host.emitted)
            await clock.sleep(2)
            assert not before
            return [routed.msg.payload for routed in host.emitted]

    assert clock.run(main()) == ["fault"]


def test_a_time_that_a_deploy_shortens_counts_from_when_the_state_began() -> None:
    def sent(until: float) -> list[Any]:
        short = StateMachine(states=tank().states, transitions=[Transition(from_="filling", to="fault", after=45)])
        return [routed.msg.payload for routed in replaced(tank(), [50, 10], short, at=40, until=until)]

    assert [sent(44.9), sent(45.1)] == [[], ["fault"]]

"""control/sequence: steps, commands and faults after ISA-88."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import BadData, Message, Routed
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.control.sequence import COMMANDS, Sequence, Step
from tests.nodes.test_clock_jumps import HOUR, SettableClock

STEPS = [
    Step(name="fill", value=1, until="payload >= 500", at_most=60),
    Step(name="heat", value=80, until="payload >= 80", at_least=5),
    Step(name="soak", at_least=10),
]


def batch(node: Sequence, steps: list[tuple[float, str, Any]], until: float) -> list[tuple[float, str, Any]]:
    clock, found = VirtualClock(), list[tuple[float, str, Any]]()

    async def main() -> None:
        async with running(node, clock) as host:
            begin, seen = clock.monotonic(), 0

            def keep(items: list[Routed] | None, at: float) -> None:
                found.extend((round(at, 1), port, msg.payload) for port, msg in items or [])

            for at, port, payload in [*steps, (until, "", None)]:
                while clock.monotonic() - begin < at - 1e-6:
                    await clock.sleep(0.5)
                    keep(host.emitted[seen:], clock.monotonic() - begin)
                    seen = len(host.emitted)
                if port:
                    msg = payload if isinstance(payload, Message) else Message(payload)
                    keep(node.on_command(msg) if port == "command" else node.process(msg), at)

    clock.run(main())
    return found


def test_steps_follow_one_another_by_formula_and_time() -> None:
    found = batch(
        Sequence(steps=STEPS, on_complete="done"),
        [(0, "command", "start"), (1, "in", 400), (2, "in", 500), (3, "in", 85), (8, "in", 85)],
        30,
    )
    assert found == [
        (0, "state", "running"),
        (0, "out", 1),
        (2, "out", 80),
        (18, "state", "complete"),
        (18, "out", "done"),
    ]


def test_a_step_that_lasts_too_long_holds_or_aborts() -> None:
    assert batch(Sequence(steps=STEPS, on_hold=0), [(0, "command", "start")], 70)[2:] == [
        (60, "state", "held"),
        (60, "out", 0),
    ]
    found = batch(Sequence(steps=STEPS, on_timeout="abort", on_abort="off"), [(0, "command", "start")], 70)
    assert found[2:] == [(60, "state", "aborted"), (60, "out", "off")]


def test_the_time_of_a_step_stands_while_it_is_held() -> None:
    steps: list[tuple[float, str, Any]] = [(0, "command", "start"), (6, "command", "hold"), (50, "command", "restart")]
    found = batch(Sequence(steps=[Step(name="soak", value=7, at_least=10)]), steps, 80)
    assert found == [
        (0, "state", "running"),
        (0, "out", 7),
        (6, "state", "held"),
        (50, "state", "running"),
        (50, "out", 7),
        (54, "state", "complete"),
    ]


def test_only_commands_that_fit_are_taken() -> None:
    for state in ("idle", "running", "held", "complete", "stopped", "aborted"):
        for command, (allowed, following) in COMMANDS.items():
            node = Sequence(steps=STEPS)
            node.mode = state
            if state in allowed:
                batch(node, [(0, "command", command)], 0)
                assert node.mode == following
            else:
                with pytest.raises(BadData, match=f"cannot {command} while {state}"):
                    batch(node, [(0, "command", command)], 0)
    with pytest.raises(BadData, match="no command"):
        batch(Sequence(steps=STEPS), [(0, "command", "run")], 0)


def test_a_bad_message_does_what_was_said() -> None:
    bad = Message(900, quality="bad")
    for on_bad, state in (("ignore", "running"), ("hold", "held"), ("abort", "aborted")):
        node = Sequence(steps=STEPS, on_bad=on_bad)  # type: ignore[arg-type]
        batch(node, [(0, "command", "start"), (1, "in", bad)], 2)
        assert node.mode == state


@pytest.mark.parametrize(
    ("after", "expected"), [("hold", [(0.5, "state", "held")]), ("go", [(4, "state", "complete")])]
)
def test_after_a_restart_it_is_held_or_goes_on(after: Any, expected: Any) -> None:
    first = Sequence(steps=[Step(name="soak", at_least=10)])
    clock = VirtualClock()
    state: dict[str, Any] = {}

    async def main() -> None:
        async with running(first, clock):
            first.on_command(Message("start"))
            await clock.sleep(6)
            state.update(first.state())

    clock.run(main())
    again = Sequence(steps=[Step(name="soak", at_least=10)], after_restart=after)
    again.restore({**state, "begun": VirtualClock().now() - 6, "running": [VirtualClock().now() + 4, 4.0]})
    assert batch(again, [], 20) == expected


def test_times_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="needs a formula"):
        Sequence(steps=[Step(name="a", at_most=5)])
    with pytest.raises(ValueError, match="more than at_least"):
        Sequence(steps=[Step(name="a", until="true", at_least=5, at_most=5)])


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_step_lasts_as_long_as_it_does_whatever_the_computers_clock_is_set_to(jump: float) -> None:
    node, clock = Sequence(steps=STEPS), SettableClock()

    async def main() -> list[Any]:
        async with running(node, clock) as host:
            node.on_command(Message("start"))
            await clock.sleep(30)
            clock.offset = jump
            await clock.sleep(29)
            before = list(host.emitted)
            await clock.sleep(2)
            assert not before
            return [routed.msg.payload for routed in host.emitted]

    assert clock.run(main()) == ["held"]

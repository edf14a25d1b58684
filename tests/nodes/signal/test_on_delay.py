"""The time relays of IEC 61131-3: signal/on-delay (TON), signal/off-delay (TOF), signal/pulse (TP)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.testing import running
from flowengine_nodes.signal.off_delay import OffDelay
from flowengine_nodes.signal.on_delay import OnDelay
from flowengine_nodes.signal.pulse import Pulse
from flowengine_nodes.signal.relay import TimeRelay
from tests.nodes.crashing import replaced

Track = list[tuple[float, Any]]


def track(node: TimeRelay, steps: Track, until: float = 60.0, quality: bool = False) -> list[tuple[float, Any]]:
    """Give levels at their times; return when the output changed, and to what."""
    clock, found = VirtualClock(), []

    async def main() -> None:
        async with running(node, clock) as host:
            begin = clock.monotonic()
            seen = 0
            for at, level in [*steps, (until, ...)]:
                while clock.monotonic() - begin < at - 1e-9:
                    await clock.sleep(0.5)
                    for routed in host.emitted[seen:]:
                        found.append((clock.monotonic() - begin, routed.msg))
                    seen = len(host.emitted)
                if level is ...:
                    break
                msg = level if isinstance(level, Message) else Message(level)
                result = node.process(msg.replace(time=clock.now()))
                if result is not None:
                    found.append((at, result))

    clock.run(main())
    return [(round(at, 6), (msg.payload, msg.quality) if quality else msg.payload) for at, msg in found]


def test_on_delay_goes_on_after_a_while_and_off_at_once() -> None:
    steps: Track = [(0, False), (1, True), (3, False), (5, True), (20, False)]
    assert track(OnDelay(seconds=5), steps) == [(0, False), (10, True), (20, False)]


def test_off_delay_goes_on_at_once_and_off_after_a_while() -> None:
    steps: Track = [(0, False), (1, True), (3, False), (5, True), (20, False)]
    assert track(OffDelay(seconds=5), steps) == [(0, False), (1, True), (25, False)]


def test_a_pulse_is_always_as_long_and_begins_anew_only_after_its_end() -> None:
    steps: Track = [(0, False), (1, True), (2, False), (3, True), (8, False), (9, True)]
    assert track(Pulse(seconds=5), steps) == [(0, False), (1, True), (6, False), (9, True), (14, False)]


def test_the_same_level_again_starts_nothing_anew() -> None:
    assert track(OnDelay(seconds=5), [(0, 1), (2, 1), (4, "on")]) == [(0, False), (5, True)]


def test_without_a_time_the_output_follows_the_input() -> None:
    for node in (OnDelay(seconds=0), OffDelay(seconds=0)):
        assert track(node, [(0, 1), (2, 0), (4, 1)]) == [(0, True), (2, False), (4, True)]


def test_while_readings_are_bad_the_input_is_as_it_was_and_that_is_said() -> None:
    bad = Message(None, quality="bad")
    found = track(OnDelay(seconds=5), [(0, 1), (2, bad), (3, bad), (8, 1)], quality=True)
    assert found == [(0, (False, "good")), (2, (False, "bad")), (5, (True, "bad")), (8, (True, "good"))]


def model(kind: str, levels: list[bool], time: int) -> list[bool]:
    """The function blocks as a PLC computes them, scan by scan of a second (IEC 61131-3, table 38 and figure 15)."""
    q, timer, before, out = False, 0, False, []
    for level in levels:
        if kind == "TON":
            timer = timer + 1 if level and before else 0
            q = level and timer >= time
        elif kind == "TOF":
            timer = 0 if level else timer + 1 if not before else 0
            q = level or (q and timer < time)
        else:
            if q:
                timer += 1
                q = timer < time
            if not q and level and not before:
                q, timer = True, 0
        before = level
        out.append(q)
    return out


@settings(max_examples=40)
@given(st.lists(st.booleans(), min_size=1, max_size=30), st.integers(1, 6))
@pytest.mark.parametrize(("kind", "cls"), [("TON", OnDelay), ("TOF", OffDelay), ("TP", Pulse)])
def test_they_do_what_a_plc_does(kind: str, cls: type[Any], levels: list[bool], time: int) -> None:
    found = track(cls(seconds=float(time)), [(float(n), level) for n, level in enumerate(levels)], len(levels))
    by_second = []
    for n in range(len(levels)):
        by_second.append([q for at, q in found if at <= n][-1])
    assert by_second == model(kind, levels, time)


@pytest.mark.parametrize("cls", [OnDelay, OffDelay, Pulse])
@pytest.mark.parametrize("before", [3600.0, 4.0])
def test_a_time_that_a_deploy_changes_counts_from_when_it_began(cls: type[Any], before: float) -> None:
    def sent(until: float) -> list[Any]:
        found = replaced(cls(seconds=before), [1, 0] if cls is OffDelay else [1], cls(seconds=5.0), at=3, until=until)
        return [routed.msg.payload for routed in found]

    assert [sent(4.9), sent(5.1)] == [[], [cls is OnDelay]]

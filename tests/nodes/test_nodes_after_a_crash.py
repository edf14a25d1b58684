"""A node that is stopped by force and built again from its state behaves like one that ran on."""

from __future__ import annotations

from typing import Any

import pytest

from flowengine import Message
from flowengine.clock import VirtualClock
from flowengine.testing import RecordingHost
from flowengine_nodes import (
    Batch,
    Counter,
    Csv,
    Delay,
    Filter,
    Increase,
    Join,
    Limit,
    PidController,
    Python,
    RateLimit,
    Sort,
    Split,
    Switch,
    Trigger,
    Validate,
    Window,
)
from flowengine_nodes.routing.rules import SwitchRule
from tests.nodes.crashing import Make, begun, goes_on_as_if_nothing_had_happened, readings, run, take


def parts(count: int) -> list[Message]:
    """Two sequences that arrive mixed and out of order."""
    found = []
    for n in range(count):
        for name in ("a", "b"):
            index = (n * 5 + (name == "b")) % count
            place = {"id": name, "index": index, "count": count, "type": "array"}
            found.append(Message(index * 1.5, id=f"{name}{index}", properties={"parts": place}))
    return found


CASES: dict[str, tuple[Make, list[Message]]] = {
    "delay": (lambda: Delay(delay=2.0), readings()),
    "delay by the message": (lambda: Delay(mode="message"), readings(delay=1.9)),
    "rate-limit": (lambda: RateLimit(rate=1, per=1.5), readings()),
    "rate-limit with burst": (lambda: RateLimit(rate=1, per=2, burst=3, per_topic=True), readings(topics=2)),
    "rate-limit latest": (lambda: RateLimit(rate=1, per=2, when_over="latest"), readings()),
    "rate-limit drop": (lambda: RateLimit(rate=1, per=2, when_over="drop"), readings()),
    "rate-limit by msg.rate": (lambda: RateLimit(rate=1, per=9, allow_rate=True), readings(rate=1.1)),
    "trigger": (lambda: Trigger(duration=1.8), readings()),
    "trigger extended": (lambda: Trigger(duration=1.0, extend=True, then="latest"), readings()[:6]),
    "trigger again and again": (lambda: Trigger(mode="resend", duration=0.5, by="topic"), readings(topics=3)),
    "trigger blocked": (lambda: Trigger(mode="block"), readings()),
    "join by parts": (Join, parts(6)),
    "join custom": (lambda: Join(mode="custom", build="object", count=3), readings(topics=3)),
    "join in time": (lambda: Join(mode="custom", timeout=2.0), readings()),
    "join the last in an earlier place": (
        lambda: Join(mode="custom", build="object", timeout=2.5), readings([1, 2, 3, 4, 5], topics=2)
    ),
    "reduce": (lambda: Join(mode="reduce"), parts(6)),
    "sort": (lambda: Sort(target="messages", as_number=True), parts(6)),
    "batch by count": (lambda: Batch(count=5, overlap=2), readings()),
    "batch by time": (lambda: Batch(mode="interval", interval=2.0, allow_empty=True), readings()),
    "batch of topics": (lambda: Batch(mode="concat", topics=["t0", "t1"]), readings(topics=2)),
    "split": (Split, readings([[1, 2], [3], [4, 5]])),
    "filter": (Filter, readings()),
    "filter by a band": (lambda: Filter(mode="deadband", gap=2.5), readings(topics=2)),
    "increase": (lambda: Increase(roll_over=10), readings()),
    "counter": (lambda: Counter(property="count"), readings()),
    "csv header": (lambda: Csv(header_out="once"), readings([{"a": n} for n in range(4)])),
    "switch with the value before": (
        lambda: Switch(rules=[SwitchRule(operator="gt", value_type="prev", port="up"), SwitchRule(operator="else")]),
        readings(),
    ),
    "python": (
        lambda: Python(code='state["n"] = state.get("n", 0) + msg.payload\nreturn msg.with_payload(state["n"])'),
        readings(),
    ),
    "limit": (lambda: Limit(high=4.5), readings()),
    "limit with a delay": (lambda: Limit(high=4.5, delay=1.2, latching=False), readings([9, 9, 9, 9, 1, 1, 9, 9, 9])),
    "validate": (lambda: Validate(rate=3, frozen=1.0, stale=1.5), readings()),
    "validate gaps": (lambda: Validate(gap=1.0), readings()[::2]),
    "pid": (lambda: PidController(kp=2, ti=None, td=1, setpoint=8), readings()),
    "pid falling back": (
        lambda: PidController(kp=2, ti=None, setpoint=8, fallback=7, fallback_after=2), readings([3, 4] + ["bad"] * 6)
    ),
    "window by count": (lambda: Window(count=5), readings()),
    "window by time": (lambda: Window(seconds=2, statistics=["mean", "median", "stddev", "bad"]), readings()),
    "window by topic": (lambda: Window(seconds=3, key="topic"), readings(topics=3)),
    "window by the time of readings": (
        lambda: Window(seconds=2, time_of="message", lateness=0.5),
        [*readings(), readings()[3]],
    ),
    "sliding by count": (lambda: Window(shape="sliding", count=4, every=2, percentiles=[90]), readings()),
    "sliding by time": (lambda: Window(shape="sliding", seconds=3, every=1), readings()),
    "sliding with too many": (lambda: Window(shape="sliding", seconds=9, most_values=3), readings()),
    "session": (lambda: Window(shape="session", gap=1.5), readings()[:6]),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_node_goes_on_as_if_nothing_had_happened(name: str) -> None:
    goes_on_as_if_nothing_had_happened(*CASES[name])


@pytest.mark.parametrize("name", [name for name in CASES if name.startswith(("delay", "trigger", "join in time"))])
def test_what_fell_due_while_the_process_was_away_happens_at_once_and_once(name: str) -> None:
    make, inputs = CASES[name]
    if name == "trigger again and again":
        return  # which has no end by itself
    last = len(inputs)
    unharmed = run(make, inputs, lambda number: False)
    assert len(run(make, inputs, lambda number: number == last, away=3600.0)) == len(unharmed)


def test_a_clock_that_was_set_back_meanwhile_makes_nobody_wait_longer() -> None:
    clock = VirtualClock()

    async def main() -> list[Any]:
        host = RecordingHost(clock)
        node = await begun(lambda: Delay(delay=5), host, None)
        take(host, node, Message(1))
        await clock.sleep(2)
        state = node.state()
        await node.stop()
        clock.epoch -= 10 * 365 * 86400
        await begun(lambda: Delay(delay=5), host, state)
        await clock.sleep(2.9)
        assert not host.emitted
        await clock.sleep(0.2)
        return [routed.msg.payload for routed in host.emitted]

    assert clock.run(main()) == [1]

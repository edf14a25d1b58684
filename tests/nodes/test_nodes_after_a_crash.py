"""A node that is stopped by force and built again from its state behaves like one that ran on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from flowengine import BadData, Message, Routed, Transform
from flowengine.clock import VirtualClock
from flowengine.node import handlers
from flowengine.store.packing import pack_value, unpack_value
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

Make = Callable[[], Transform]

STEP = 0.7
"""Seconds between two messages."""

NUMBERS = [3.0, 5.0, 5.0, 4.0, 9.0, 2.0, 6.0, 5.0, 5.0, 8.0, 1.0, 7.0]


def readings(values: Iterable[Any] = NUMBERS, topics: int = 1, **properties: Any) -> list[Message]:
    return [
        Message(value, topic=f"t{n % topics}", time=1_767_225_600.0 + n * STEP, id=str(n), properties=properties)
        for n, value in enumerate(values)
    ]


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


def run(make: Make, inputs: list[Message], crashes: Callable[[int], bool], away: float = 0.0) -> list[Any]:
    """Return what a node does, with crashes right before the inputs that `crashes` chooses, and at the end."""
    clock = VirtualClock()

    async def main() -> list[Any]:
        host = RecordingHost(clock)
        node = await begun(make, host, None)
        for number, msg in enumerate([*inputs, None]):
            await clock.sleep(STEP)
            if crashes(number):
                kept = {name: pack_value(value) for name, value in node.state().items()}
                await node.stop()  # its timers go, as they do with the process
                await clock.sleep(away)
                node = await begun(make, host, {name: unpack_value(data) for name, data in kept.items()})
            if msg is not None:
                take(host, node, msg)
        await clock.sleep(20)
        return [(routed.port, shown(routed.msg)) for routed in host.emitted] + [str(e) for e, _ in host.failures]

    return clock.run(main())


async def begun(make: Make, host: RecordingHost, state: dict[str, Any] | None) -> Transform:
    node = make()
    node._host = host  # type: ignore[misc]
    if state is not None:
        node.restore(state)
    await node.start()
    return node


def take(host: RecordingHost, node: Transform, msg: Message) -> None:
    try:
        result = handlers(node)[type(node).inputs[0].name](msg)
    except BadData as error:
        host.fail(error, msg)
        return
    for item in [] if result is None else result if isinstance(result, list) else [result]:
        host.emitted.append(item if isinstance(item, Routed) else Routed(type(node).outputs[0].name, item))


def shown(msg: Message) -> Any:
    return rounded([msg.payload, msg.topic, msg.time, msg.quality, msg.id, msg.properties])


def rounded(value: Any) -> Any:
    """Return a value with floats as exact as the wall clock's microseconds let them be."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("name", CASES)
def test_a_node_goes_on_as_if_nothing_had_happened(name: str) -> None:
    make, inputs = CASES[name]
    unharmed = run(make, inputs, lambda number: False)
    assert unharmed, "the case says nothing"
    assert run(make, inputs, lambda number: True) == unharmed
    for crash in range(len(inputs) + 1):
        assert run(make, inputs, lambda number, crash=crash: number == crash) == unharmed  # type: ignore[misc]


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

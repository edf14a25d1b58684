"""Stops nodes by force and builds them again from their state, and compares them with ones that ran on."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flowengine import BadData, Message, Routed, Transform
from flowengine.clock import VirtualClock
from flowengine.node import handlers
from flowengine.store.packing import pack_value, unpack_value
from flowengine.testing import RecordingHost

Make = Callable[[], Transform]

STEP = 0.7
"""Seconds between two messages."""

NUMBERS = [3.0, 5.0, 5.0, 4.0, 9.0, 2.0, 6.0, 5.0, 5.0, 8.0, 1.0, 7.0]


def readings(values: Iterable[Any] = NUMBERS, topics: int = 1, **properties: Any) -> list[Message]:
    return [
        Message(value, topic=f"t{n % topics}", time=1_767_225_600.0 + n * STEP, id=str(n), properties=properties)
        for n, value in enumerate(values)
    ]


def goes_on_as_if_nothing_had_happened(make: Make, inputs: list[Message]) -> None:
    """Hold a node that crashes before every input, and at any single one, against one that never does."""
    unharmed = run(make, inputs, lambda number: False)
    assert unharmed, "the case says nothing"
    assert run(make, inputs, lambda number: True) == unharmed
    for crash in range(len(inputs) + 1):
        assert run(make, inputs, lambda number, crash=crash: number == crash) == unharmed  # type: ignore[misc]


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


def replaced(before: Transform, inputs: Iterable[Any], after: Transform, *, at: float, until: float) -> list[Routed]:
    """Give payloads to one node, have another take its place at a second, and return what that one sends by itself."""
    clock = VirtualClock()

    async def main() -> list[Routed]:
        first, second = RecordingHost(clock), RecordingHost(clock)
        await begun(lambda: before, first, None)
        for payload in inputs:
            take(first, before, payload if isinstance(payload, Message) else Message(payload, time=clock.now()))
        await clock.sleep(at)
        kept = {name: unpack_value(pack_value(value)) for name, value in before.state().items()}
        await before.stop()
        await begun(lambda: after, second, kept)
        await clock.sleep(until - at)
        return second.emitted

    return clock.run(main())

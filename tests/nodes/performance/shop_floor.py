"""A node in virtual time: what comes when, what it sends, and what is left of it after a crash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flowengine import BadData, Message, Routed, Transform
from flowengine.clock import VIRTUAL_EPOCH, VirtualClock
from flowengine.node import handlers
from flowengine.store.packing import pack_value, unpack_value
from flowengine.testing import RecordingHost

BERLIN = ZoneInfo("Europe/Berlin")

Event = tuple[float, str, Any]
"""Seconds after the begin, input port, payload or message."""


def moment(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def observed(
    make: Callable[[], Transform],
    events: Iterable[Event],
    until: float,
    begin: float = VIRTUAL_EPOCH,
    crashes: Iterable[float] = (),
    away: float = 0.0,
    clock: VirtualClock | None = None,
) -> list[Routed]:
    """Return all that a node sends until so many seconds after the begin.

    At the seconds in `crashes` it is stopped by force, and built again from its state `away` seconds later.
    """
    time = clock or VirtualClock(begin)
    steps = sorted([*events, *((at, "crash", None) for at in crashes), (until, "end", None)], key=lambda step: step[0])

    async def main() -> list[Routed]:
        host = RecordingHost(time)
        node = await _begun(make, host, None)
        for at, port, payload in steps:
            await time.sleep(at - time.elapsed)
            if port == "crash":
                kept = {name: pack_value(value) for name, value in node.state().items()}
                await node.stop()
                await time.sleep(away)
                node = await _begun(make, host, {name: unpack_value(data) for name, data in kept.items()})
            elif port == "end":
                await time.sleep(0.01)
                await node.stop()
            else:
                msg = payload if isinstance(payload, Message) else Message(payload)
                _take(host, node, port, msg.replace(time=msg.time or time.now()))
        return host.emitted

    return time.run(main())


async def _begun(make: Callable[[], Transform], host: RecordingHost, state: dict[str, Any] | None) -> Transform:
    node = make()
    node._host = host  # type: ignore[misc]
    if state is not None:
        node.restore(state)
    await node.start()
    return node


def _take(host: RecordingHost, node: Transform, port: str, msg: Message) -> None:
    try:
        result: Any = handlers(node)[port or type(node).inputs[0].name](msg)
    except BadData as error:
        host.fail(error, msg)
        return
    for item in [] if result is None else [result] if isinstance(result, Message | Routed) else result:
        host.emitted.append(item if isinstance(item, Routed) else Routed(type(node).outputs[0].name, item))


def of(port: str, sent: Iterable[Routed]) -> list[Any]:
    return [routed.msg.payload for routed in sent if routed.port == port]

"""Readings with times and qualities, given to a node; what comes out, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
from flowengine.flow.plan import PlannedWire
from flowengine.runtime.chains.chain import compile_chain
from flowengine.runtime.chains.world import World
from flowengine.testing import messages_of

START = 1_767_225_600.0


def reading(seconds: float, value: Any, quality: Any = "good", **properties: Any) -> Message:
    return Message(value, topic="t", time=START + seconds, quality=quality, properties=properties)


def sent(node: Transform, inputs: Iterable[Message], **how: Any) -> list[Message]:
    """What leaves by the first port."""
    port = type(node).outputs[0].name
    return [routed.msg for routed in messages_of(node, *inputs, **how) if routed.port == port]


def values(node: Transform, numbers: Sequence[Any], step: float = 1.0) -> list[Any]:
    return [msg.payload for msg in sent(node, [reading(i * step, x) for i, x in enumerate(numbers)])]


def uneven(times: Sequence[float], numbers: Sequence[float]) -> list[Message]:
    return [reading(t, x) for t, x in zip(times, numbers, strict=True)]


def by_call(node: Transform, msg: Message) -> str:
    """What a node makes of a message, or why it refuses it."""
    try:
        result = node.process(msg)
    except BadData as error:
        return str(error)
    assert result is None or isinstance(result, Message)
    return _plain(result) if result else repr(None)


class ByForm:
    """The same in a chain, into which the node's form is pasted."""

    def __init__(self, node: Transform) -> None:
        assert node.inline() is not None
        way_in, way_out = PlannedWire("in", "out", "node", "in"), PlannedWire("node", "out", "end", "in")
        world = World(
            nodes={"node": node, "end": Sink()},
            outputs={"node": ["out"], "end": []},
            wires_from={("in", "out"): [way_in], ("node", "out"): [way_out]},
            ways_in={"node": 1, "end": 1},
            puts=lambda wire: (lambda msg, _: self._shown.append(_plain(msg))) if wire == way_out else None,
            registers={},
            fail=lambda _node, error, _msg, _delivery: self._shown.append(str(error)),
            stamps=lambda size: (0.0, "", [""] * size),
        )
        self._shown: list[str] = []
        self._run = compile_chain(world, [way_in]).run

    def __call__(self, msg: Message) -> str:
        self._run([msg], None)
        return self._shown.pop() if self._shown else repr(None)


class Sink(Transform, type="test/sink"):
    """Stands for what follows."""


def _plain(msg: Message) -> str:
    return repr((msg.payload, msg.quality, msg.properties))


numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
"""A signal."""

gaps = st.floats(0.01, 100.0)
"""Seconds between two readings."""

signals = st.lists(st.tuples(gaps, st.floats(-1e4, 1e4)), min_size=1, max_size=60).map(
    lambda pairs: [(sum(gap for gap, _ in pairs[: i + 1]), value) for i, (_, value) in enumerate(pairs)]
)
"""A signal with uneven times: (seconds, value)."""

"""Readings with times and qualities, given to a node; what comes out, as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from hypothesis import strategies as st

from flowengine import BadData, Message, Transform
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
    return repr(result and (result.payload, result.quality, result.properties))


def by_form(node: Transform, msg: Message) -> str:
    """The same by the node's form for chains."""
    form = node.inline()
    assert form is not None
    fields = {name: getattr(msg, name) for name in ("payload", "topic", "time", "quality", "properties")}
    scope = {"__builtins__": {"float": float}, **form.names, **fields}
    if form.keep is not None and not eval(form.keep, scope):
        return repr(None)
    if form.call or (form.usual is not None and not eval(form.usual, scope)):
        return by_call(node, msg)
    new = {
        field: eval(text, scope) if text else fields[field]
        for field, text in (("payload", form.payload), ("quality", form.quality), ("properties", form.further))
    }
    return repr(tuple(new.values()))


numbers = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)
"""A signal."""

gaps = st.floats(0.01, 100.0)
"""Seconds between two readings."""

signals = st.lists(st.tuples(gaps, st.floats(-1e4, 1e4)), min_size=1, max_size=60).map(
    lambda pairs: [(sum(gap for gap, _ in pairs[: i + 1]), value) for i, (_, value) in enumerate(pairs)]
)
"""A signal with uneven times: (seconds, value)."""

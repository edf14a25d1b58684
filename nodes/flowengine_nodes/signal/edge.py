"""The transform `signal/edge`."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from flowengine import ADVANCED, Inline, Message, Port
from flowengine_nodes.signal.binary import binary
from flowengine_nodes.signal.readings import PerTopic

PLAIN = frozenset({bool, int, float})
"""Payloads that are the level they are equal to."""


class Edge(PerTopic, type="signal/edge"):
    """Pass only the message with which a signal goes on or off: rising and falling edges (R_TRIG, F_TRIG).

    The message leaves by `out`, with msg.edge rising or falling, and with `count` msg.count: how many such edges there
    have been. The signal is true or false, a number (0 is off), or on and off. The first message is no edge, unless
    `first` says that a signal which is on at the beginning has risen.

    A bad reading is not looked at and ends here: the next good one is compared with the last good one. Each topic is a
    signal of its own. State and count are kept over restarts. Source: IEC 61131-3, function blocks R_TRIG and F_TRIG.

    Example: edges rising behind a light barrier: one message for each piece that passes.
    """

    outputs = (Port("out", "any", "The message of an edge"),)

    edges: Annotated[
        Literal["rising", "falling", "both"], Meta(description="Pass when the signal goes on, off, or both")
    ] = "rising"
    count: Annotated[bool, Meta(description="Say in msg.count how many such edges there have been")] = False
    first: Annotated[bool, Meta(description="A signal that is on at its first message counts as rising"), ADVANCED] = (
        False
    )

    def inline(self) -> Inline:
        """Return the comparison with the last level; only what differs from it is looked at closely."""
        same = "payload.__class__ in plain and quality != 'bad' and topic in memory and payload == memory[topic][0]"
        return Inline(keep=f"not ({same})", call=True, names={"plain": PLAIN, "memory": self.memory})

    def process(self, msg: Message) -> Message | None:
        """Compare with the last level."""
        if msg.quality == "bad":
            return None
        level = binary(msg.payload)
        memory = self.memory.get(msg.topic)
        if memory is None:
            self.remember(msg.topic, memory := [False if self.first else level, 0])
        if level == memory[0]:
            return None
        memory[0] = level
        edge = "rising" if level else "falling"
        if self.edges not in ("both", edge):
            return None
        memory[1] += 1
        return msg.with_properties(edge=edge, count=memory[1]) if self.count else msg.with_properties(edge=edge)

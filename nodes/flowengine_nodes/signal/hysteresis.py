"""The transform `signal/hysteresis`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Inline, Message, Port, Quality
from flowengine_nodes.signal.readings import GOOD, PerTopic, usable


class Hysteresis(PerTopic, type="signal/hysteresis"):
    """Turn a number into on and off with two thresholds, so that noise does not make it flutter (Schmitt trigger).

    With `on` above `off` it is on from `on` upwards and off from `off` downwards; with `on` below `off` the other way
    round, as a thermostat that heats. In between it stays what it was; until a reading has been outside it is
    `initial`. It is sent with each reading, or when it changes (`send`).

    A bad reading changes nothing; `bad` says what is sent then, always with quality bad. Each topic is a signal of its
    own; its state is kept over restarts. To switch a machine with minimum on and off times see control/bang-bang.

    Example: on 18, off 22 heats: 20, 17, 20, 23, 20 become false, true, true, false, false.
    """

    outputs = (Port("out", "boolean", "On or off"),)

    on: Annotated[float, Meta(description="On from here")] = 1.0
    off: Annotated[float, Meta(description="Off from here")] = 0.0
    initial: Annotated[bool, Meta(description="What it is before a reading has been outside")] = False
    send: Annotated[Literal["always", "changes"], Meta(description="Send with each reading, or when it changes")] = (
        "always"
    )
    bad: Annotated[
        Literal["hold", "on", "off"], Meta(description="What is sent for a bad reading: as it was, on, or off")
    ] = "hold"

    def __post_init__(self) -> None:
        if self.on == self.off:
            raise ValueError(f"on and off are both {self.on:g}: with one threshold use routing/switch")
        self._upwards = self.on > self.off

    def process(self, msg: Message) -> Message | None:
        """Compare with the thresholds."""
        value = usable(msg.payload, msg.quality)
        memory = self.memory.get(msg.topic)
        if memory is None:
            self.remember(msg.topic, memory := [self.initial, None, ""])
        quality: Quality = msg.quality
        if value is None:
            now, quality = memory[0] if self.bad == "hold" else self.bad == "on", "bad"
        else:
            if value >= self.on if self._upwards else value <= self.on:
                memory[0] = True
            elif value <= self.off if self._upwards else value >= self.off:
                memory[0] = False
            now = memory[0]
        if self.send == "changes":
            if memory[1] == now and memory[2] == quality:
                return None
            memory[1], memory[2] = now, quality
        return Message(now, msg.topic, msg.time, quality, msg.id, msg.properties)

    def inline(self) -> Inline:
        """Return comparisons for the usual reading, a finite float of a known topic."""
        low, high = sorted((self.on, self.off))
        usual = f"{GOOD} and known is not None"
        now = f"known[0] if low < payload < high else {'payload >= high' if self._upwards else 'payload <= low'}"
        known = {"known": (self.memory, "topic")}
        names = {"high": high, "low": low}
        if self.send == "changes":
            unchanged = f"{usual} and known[0] is ({now}) is known[1] and known[2] == 'good'"
            return Inline(known=known, keep=f"not ({unchanged})", call=True, names=names)
        turned = f"known[0] if known[0] is ({now}) else turn(known)"
        return Inline(known=known, usual=usual, payload=turned, quality="'good'", names={**names, "turn": _turn})


def _turn(memory: list[Any]) -> bool:
    """Turn a topic on if it is off, and off if it is on."""
    memory[0] = not memory[0]
    return bool(memory[0])

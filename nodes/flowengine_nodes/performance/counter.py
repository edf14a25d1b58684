"""The transform `performance/counter`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, Routed, unit
from flowengine_nodes.signal.readings import LARGEST, PerTopic, elapsed, quantity

SECONDS = {"s": 1.0, "min": 60.0, "h": 3600.0}


class MachineCounter(PerTopic, type="performance/counter"):
    """Read the counter of a machine: what was added, the total over all its roll-overs and resets, the rate.

    Each reading leaves by `out` as what was added since the one before, by `total` as the sum since the start or the
    last message at `reset`, and by `rate` as pieces per `per` over the last `over` seconds. The first reading only
    gives something to compare with.

    A counter that shows less than before has rolled over, if `roll_over` is given and no more than `most` was added
    that way; else it has been reset: it began anew at 0, so what it shows was added since (`after_reset` none:
    nothing). The reset leaves by `began`. A step up, or a value after a reset, of more than `most` is no work of the
    machine: it counts 0, and what leaves is uncertain. Without `most` a roll-over is one of at most half of it.

    A bad reading leaves nothing; what was made meanwhile is in the next one. A reading older than the last one is
    refused as late. Each topic is a counter of its own. All is kept over restarts, and what the machine made meanwhile
    is counted.

    Example: roll_over 65536, most 500 in front of the input `good` of performance/oee.
    """

    inputs = (Port("in", "number", "What the counter shows"), Port("reset", "any", "Set the total to 0"))
    outputs = (
        Port("out", "number", "What was added"),
        Port("total", "number", "All that was added"),
        Port("rate", "number", "What is added per second, minute or hour"),
        Port("began", "object", "The counter began anew: what it showed before and after"),
    )

    roll_over: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="The counter shows 0 in place of this; empty: it never rolls over"),
    ] = None
    most: Annotated[
        Annotated[float, Meta(gt=0)] | None,
        Meta(description="More cannot be added from one reading to the next; empty: no limit"),
    ] = None
    after_reset: Annotated[
        Literal["shown", "none"], Meta(description="What was added when it began anew: what it shows, or nothing")
    ] = "shown"
    per: Annotated[Literal["s", "min", "h"], Meta(description="The rate is per second, minute or hour")] = "min"
    over: Annotated[
        float, Meta(description="The rate is over the last so many seconds", gt=0, extra_json_schema=unit("s"))
    ] = 60.0
    most_readings: Annotated[int, Meta(description="Readings kept for the rate, of each topic", ge=2), ADVANCED] = 1000

    def __post_init__(self) -> None:
        if self.roll_over is not None and self.most is not None and self.most >= self.roll_over:
            raise ValueError(f"most ({self.most:g}) must be less than roll_over ({self.roll_over:g})")

    def process(self, msg: Message) -> list[Message | Routed]:
        """Compare with the reading before."""
        if msg.quality == "bad":
            return []
        shows = msg.payload if msg.payload.__class__ is int and abs(msg.payload) <= LARGEST else quantity(msg.payload)
        memory: dict[str, Any] | None = self.memory.get(msg.topic)
        if memory is None:
            self.remember(msg.topic, {"shows": shows, "time": msg.time, "total": 0, "steps": [[msg.time, 0]]})
            return []
        if elapsed(memory["time"], msg.time) is None:  # the clock was set back
            memory["steps"] = [[msg.time, memory["total"]]]
        before = memory["shows"]
        added, sure, anew = self._added(before, shows)
        memory["shows"], memory["time"] = shows, msg.time
        memory["total"] += added
        quality = msg.quality if sure else "uncertain"
        result = msg.replace(payload=added, quality=quality)
        sent: list[Message | Routed] = [result, result.with_payload(memory["total"]).to("total")]
        rate = self._rate(memory)
        if rate is not None:
            sent.append(result.with_payload(rate).to("rate"))
        if anew:
            sent.append(msg.with_payload({"before": before, "after": shows}).to("began"))
        return sent

    def on_reset(self, msg: Message) -> list[Routed]:
        """Set the total of the message's topic, or of all without one, to 0."""
        sent = []
        for topic in [msg.topic] if msg.topic in self.memory else list(self.memory):
            memory = self.memory[topic]
            memory["steps"] = [[time, total - memory["total"]] for time, total in memory["steps"]]
            memory["total"] = 0
            sent.append(msg.replace(payload=0, topic=topic, quality="good").to("total"))
        return sent

    def _added(self, before: float, shows: float) -> tuple[float, bool, bool]:
        """Return what was added, whether that is sure, and whether the counter began anew."""
        step = shows - before
        if step >= 0:
            return (step, True, False) if self.most is None or step <= self.most else (0, False, False)
        if self.roll_over is not None:
            round_ = step + self.roll_over
            if 0 <= round_ <= (self.roll_over / 2 if self.most is None else self.most):
                return round_, True, False
        if self.after_reset == "none":
            return 0, True, True
        if shows < 0 or (self.most is not None and shows > self.most):
            return 0, False, True
        return shows, True, True

    def _rate(self, memory: dict[str, Any]) -> float | None:
        steps: list[list[float]] = memory["steps"]
        steps.append([memory["time"], memory["total"]])
        while len(steps) > 2 and (steps[1][0] <= memory["time"] - self.over or len(steps) > self.most_readings):
            del steps[0]
        (begin, low), (end, high) = steps[0], steps[-1]
        return (high - low) / (end - begin) * SECONDS[self.per] if end > begin else None

"""The transform `foresight/anomaly`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import Message, Port, Routed, only_with
from flowengine_nodes.signal.median import NORMAL
from flowengine_nodes.signal.medians import median
from flowengine_nodes.signal.readings import PerTopic, usable

FARTHEST = 1e9
"""The largest score: beyond a signal without noise any change is this unusual, and no more than this."""


class Anomaly(PerTopic, type="foresight/anomaly"):
    """Say how unusual each reading is: robust z-score, or distance from an exponentially weighted mean.

    `robust`: the distance from the median of the last `count` readings, in standard deviations, estimated as 1.4826
    times their median absolute deviation: single outliers do not hide others. `ewma`: the distance from an
    exponentially weighted mean in exponentially weighted standard deviations, with `weight` for the newest: cheap, and
    it follows a slow drift. A reading is judged by those before it.

    Each reading leaves by `out` with msg.score. One beyond `threshold` leaves by `alarm`, with value, score, expected,
    deviation, low and high. `spread` is the least deviation that counts: without noise every change would be an
    anomaly. Nothing is judged before `least` readings. A bad reading is left out. Each topic is a signal of its own,
    kept over restarts. Source: Iglewicz, Hoaglin, How to Detect and Handle Outliers (1993); Finch, Incremental
    calculation of weighted mean and variance (2009).

    Example: robust, count 100, threshold 5.
    """

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "The readings"), Port("alarm", "object", "An anomaly, with its evidence"))

    method: Annotated[Literal["robust", "ewma"], Meta(description="How readings are judged")] = "robust"
    count: Annotated[int, Meta(description="Readings to compare with", ge=5, le=10_000), only_with(method="robust")] = (
        100
    )
    weight: Annotated[float, Meta(description="Weight of the newest reading", gt=0, lt=1), only_with(method="ewma")] = (
        0.02
    )
    threshold: Annotated[float, Meta(description="Score that makes an alarm", gt=0)] = 5.0
    spread: Annotated[float, Meta(description="Least standard deviation, in the unit of the signal", ge=0)] = 0.0
    least: Annotated[int, Meta(description="Readings before the first judgement", ge=2)] = 20

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned.

        Raises:
            ValueError: it was judged by the other method, which remembers something else.
        """
        if any(bool(known["values"]) != (self.method == "robust") for known in state.get("memory", {}).values()):
            raise ValueError("the other method remembers something else")
        super().restore(state)

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Judge a reading and take it in."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return None
        known = self.memory.get(msg.topic)
        if known is None:
            self.remember(msg.topic, known := {"n": 0, "mean": value, "var": 0.0, "values": []})
        expected, deviation = self._expected(known) if known["n"] else (value, 0.0)
        deviation = max(deviation, self.spread)
        away = value - expected
        score = 0.0
        if known["n"] >= self.least and away:
            score = math.copysign(FARTHEST, away)
            if deviation * FARTHEST > abs(away):
                score = away / deviation
        self._take(known, value)
        sent: list[Message | Routed] = [msg.with_properties(score=score)]
        if abs(score) > self.threshold:
            wide = self.threshold * deviation
            payload = {"value": value, "score": score, "expected": expected, "deviation": deviation}
            sent.append(msg.with_payload({**payload, "low": expected - wide, "high": expected + wide}).to("alarm"))
        return sent

    def _expected(self, known: dict[str, Any]) -> tuple[float, float]:
        if self.method == "ewma":
            return known["mean"], math.sqrt(known["var"])
        ordered = sorted(known["values"])
        middle = median(ordered)
        return middle, NORMAL * median(sorted([abs(x - middle) for x in ordered]))

    def _take(self, known: dict[str, Any], value: float) -> None:
        known["n"] += 1
        if self.method == "robust":
            known["values"].append(value)
            del known["values"][: -self.count]
            return
        step = value - known["mean"]
        known["mean"] += self.weight * step
        known["var"] = (1 - self.weight) * (known["var"] + self.weight * step * step)

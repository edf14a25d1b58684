"""The transform `foresight/change-point`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, Routed, only_with
from flowengine_nodes.signal.readings import PerTopic, usable


class ChangePoint(PerTopic, type="foresight/change-point"):
    """Tell when the mean of a signal has changed, and since when: Page-Hinkley test or CUSUM.

    `page-hinkley` needs no knowledge of the signal: it compares each reading with the mean since the last change, and
    alarms when the sum of what is more than `delta` above (or below) has risen by more than `threshold` over its least.
    Delta and threshold are in the unit of the signal. `cusum` learns mean and deviation from the first `baseline`
    readings, and finds shifts of about twice `slack` standard deviations, `threshold` in standard deviations.

    Each reading leaves by `out` with msg.score, the sum as a share of the threshold. A change leaves by `alarm`: its
    direction, since (the time at which the sum began to rise: the likely change), before and after (means), count
    (readings since then) and score; then it begins anew with what is now. A bad reading is left out. Each topic is a
    signal of its own, kept over restarts. Source: Page, Biometrika 41 (1954) 100; Hinkley, Biometrika 58 (1971) 509.

    Example: page-hinkley, delta 0.5, threshold 20 for the current of a motor.
    """

    inputs = (Port("in", "number", "Readings"),)
    outputs = (Port("out", "number", "The readings"), Port("alarm", "object", "A change, with its evidence"))

    method: Annotated[Literal["page-hinkley", "cusum"], Meta(description="Which test")] = "page-hinkley"
    delta: Annotated[
        float, Meta(description="Change of the mean that does not matter", ge=0), only_with(method="page-hinkley")
    ] = 0.005
    slack: Annotated[
        float, Meta(description="Half the shift to find, in standard deviations", ge=0), only_with(method="cusum")
    ] = 0.5
    threshold: Annotated[float, Meta(description="Sum that makes an alarm", gt=0)] = 50.0
    direction: Annotated[Literal["both", "up", "down"], Meta(description="Changes that matter")] = "both"
    least: Annotated[int, Meta(description="Readings before the first alarm", ge=1), ADVANCED] = 30
    baseline: Annotated[
        int, Meta(description="Readings that make mean and deviation", ge=10, le=100_000), only_with(method="cusum")
    ] = 100

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Take a reading into the sums."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return None
        known = self.memory.get(msg.topic)
        if known is None:
            self.remember(msg.topic, known := _fresh())
        known["n"] += 1
        step = value - known["mean"]
        known["mean"] += step / known["n"]
        if self.method == "cusum" and known["sigma"] is None:
            known["squares"] += step * (value - known["mean"])
            if known["n"] >= self.baseline and known["squares"] > 0:
                known["sigma"], known["centre"] = math.sqrt(known["squares"] / (known["n"] - 1)), known["mean"]
            return [msg.with_properties(score=0.0)]
        rises = self._rises(known, value, msg.time)
        sent: list[Message | Routed] = []
        score = max(rises.values()) / self.threshold
        sent.append(msg.with_properties(score=score))
        if score > 1 and known["n"] >= self.least:
            side = max(rises, key=lambda name: rises[name])
            sent.append(self._alarm(msg, known, side, score))
            self.memory[msg.topic] = _fresh()
        return sent

    def _rises(self, known: dict[str, Any], value: float, time: float) -> dict[str, float]:
        """Return by how much the sum of each side has risen over its least."""
        found = {}
        for side, sign in (("up", 1.0), ("down", -1.0)):
            if self.direction not in ("both", side):
                continue
            if self.method == "cusum":
                add = sign * (value - known["centre"]) / known["sigma"] - self.slack
            else:
                add = sign * (value - known["mean"]) - self.delta
            now = known[side]
            now["sum"] += add
            if now["sum"] <= now["least"]:
                now.update(least=now["sum"], since=None, count=0, total=0.0)
            else:
                now["since"] = time if now["since"] is None else now["since"]
                now["count"] += 1
                now["total"] += value
            found[side] = now["sum"] - now["least"]
        return found

    def _alarm(self, msg: Message, known: dict[str, Any], side: str, score: float) -> Routed:
        now = known[side]
        count = max(1, now["count"])
        rest = known["n"] - count
        before = (known["mean"] * known["n"] - now["total"]) / rest if rest > 0 else None
        if self.method == "cusum":
            before = known["centre"]
        payload = {
            "direction": side,
            "since": now["since"],
            "before": before,
            "after": now["total"] / count,
            "count": count,
            "score": score,
        }
        self.status("warning", "changed up" if side == "up" else "changed down")
        return msg.with_payload(payload).to("alarm")


def _fresh() -> dict[str, Any]:
    side = {"sum": 0.0, "least": 0.0, "since": None, "count": 0, "total": 0.0}
    return {"n": 0, "mean": 0.0, "squares": 0.0, "sigma": None, "centre": 0.0, "up": dict(side), "down": dict(side)}

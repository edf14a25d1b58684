"""The transform `foresight/degradation`."""

from __future__ import annotations

import math
from typing import Annotated, Any, Final, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, unit
from flowengine_nodes.foresight.calibration import Calibration
from flowengine_nodes.foresight.degradation_model import Belief, learn
from flowengine_nodes.signal.readings import PerTopic, usable

FEWEST: Final = 10
"""Blocks before the first figures."""

Point = Annotated[list[Annotated[float, Meta(ge=0, le=1)]], Meta(min_length=2, max_length=2)]


class Degradation(PerTopic, type="foresight/degradation"):
    """Say how long a part still lasts from how it wears: the trend of vibration, wear or leakage, with its certainty.

    Readings are averaged over `block` seconds. From the last `blocks` of them the node learns how fast the part wears,
    how unevenly, and how noisy the measurement is, and sends after each: `fails_within` (probability that `limit` is
    reached within `ahead`), `remaining` (seconds until then, the median), `soonest` and `latest` (between which it lies
    with the probability `confidence`; null: beyond `farthest`), level and rate a day. `alarm` has the same with its
    evidence, once, when fails_within goes beyond `threshold`; again for a new part, or where `ahead` has passed since
    and the chance had fallen below a quarter of that: then the warning was false.

    `calibration` mends `fails_within` where lives that have ended tell how often it came true: points [said, came],
    rising, between which it goes straight. Take them from lives of your own; without any it stays as said.

    With `scale: log` wear is taken to grow by a share of itself, as bearing vibration does; `linear`: by even amounts.
    A block that lies lower than the one before by more than `renewed` of the way to the limit is a new part: what was
    learned is forgotten. A bad reading is left out. Each topic is a part of its own, kept over restarts. Wear is taken
    as a Wiener process with drift, averaged over all that it may be; sources: Whitmore (1995); Si, Wang, Hu, Zhou, EJOR
    213 (2011) 1; Hoeting et al., Statistical Science 14 (1999) 382.

    Example: limit 7.1 mm/s, block 3600, ahead 345600 (four days), threshold 0.5.
    """

    inputs = (Port("in", "number", "What tells how far the part is worn"),)
    outputs = (Port("out", "object", "How long it still lasts"), Port("alarm", "object", "It will fail soon"))

    limit: Annotated[float, Meta(description="At this value the part has failed")]
    scale: Annotated[Literal["log", "linear"], Meta(description="How wear grows: by a share of itself, or evenly")] = (
        "log"
    )
    block: Annotated[float, Meta(description="Average readings over", gt=0, extra_json_schema=unit("s"))] = 3600.0
    blocks: Annotated[int, Meta(description="Blocks to learn from", ge=20, le=2000)] = 96
    ahead: Annotated[float, Meta(description="How far to look ahead", gt=0, extra_json_schema=unit("s"))] = 345600.0
    threshold: Annotated[float, Meta(description="Probability of failure that makes an alarm", gt=0, lt=1)] = 0.5
    confidence: Annotated[float, Meta(description="Probability of soonest to latest", gt=0, lt=1)] = 0.9
    farthest: Annotated[
        float, Meta(description="Latest time that is told", gt=0, extra_json_schema=unit("d")), ADVANCED
    ] = 365.0
    renewed: Annotated[
        float, Meta(description="Fall that means a new part, as a share of the way", gt=0, le=1), ADVANCED
    ] = 0.25
    calibration: Annotated[
        list[Point],
        Meta(description="[said, came]: how often a probability came true; none: as said", max_length=100),
        ADVANCED,
    ] = []

    def __post_init__(self) -> None:
        if self.scale == "log" and self.limit <= 0:
            raise ValueError("with scale log the limit must be more than 0: growth by a share of itself begins above 0")
        self._calibration = Calibration(self.calibration)

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Take a reading in; at the end of a block return the figures."""
        value = usable(msg.payload, msg.quality)
        if value is None:
            return None
        if self.scale == "log" and value <= 0:
            raise BadData(f"{value:g} is not more than 0: growth by a share of itself cannot come from it")
        known = self.memory.get(msg.topic)
        number = math.floor(msg.time / self.block)
        if known is None:
            self.remember(msg.topic, known := {"at": number, "sum": 0.0, "n": 0, "values": [], "warned": False})
        sent = None
        if number != known["at"]:
            sent = self._ended(known, number, msg)
        known["sum"] += math.log(value) if self.scale == "log" else value
        known["n"] += 1
        return sent

    def _ended(self, known: dict[str, Any], number: int, msg: Message) -> list[Message | Routed] | None:
        values: list[float] = known["values"]
        mean, gap = known["sum"] / known["n"], number - known["at"]
        known["at"], known["sum"], known["n"] = number, 0.0, 0
        limit = math.log(self.limit) if self.scale == "log" else self.limit
        if gap < 0 or self._is_new(values, mean, limit):
            values.clear()
            known["warned"] = False
        values += [mean] * max(1, min(gap, self.blocks))  # while nothing came it stood, or was not measured: as before
        del values[: -self.blocks]
        return self._figures(values, limit, known, msg) if len(values) >= FEWEST else None

    def _is_new(self, values: list[float], mean: float, limit: float) -> bool:
        """Say whether this block is that of another part: it has fallen back towards where this one began."""
        if len(values) < 3:
            return False
        before = sorted(values[-3:])[1]
        way = abs(limit - values[0]) or 1.0
        fall = (before - mean) if limit >= values[0] else (mean - before)
        return fall > self.renewed * way

    def _figures(
        self, values: list[float], limit: float, known: dict[str, Any], msg: Message
    ) -> list[Message | Routed]:
        sign = 1.0 if limit >= values[0] else -1.0  # it falls to its limit: the same, upside down
        wear, limit = learn([sign * value for value in values], self.block), sign * limit
        chance = self._calibration.came(wear.fails_within(limit, self.ahead))
        payload = self._told(wear, limit, sign, chance)
        sent: list[Message | Routed] = [msg.with_payload(payload)]
        if chance > self.threshold and not known["warned"]:
            known["warned"], known["warned_at"] = True, msg.time
            evidence = {"limit": self.limit, "blocks": len(values), "ahead": self.ahead, "noise": wear.noise}
            sent.append(msg.with_payload({**payload, **evidence}).to("alarm"))
        elif chance < self.threshold / 4 and msg.time - known.get("warned_at", 0.0) >= self.ahead:
            known["warned"] = False
        self.status("warning" if known["warned"] else "ok", f"{chance:.0%} within {self.ahead / 3600:g} h")
        return sent

    def _told(self, wear: Belief, limit: float, sign: float, chance: float) -> dict[str, Any]:
        edge = (1 - self.confidence) / 2
        soonest, median, latest = wear.times_to(limit, [edge, 0.5, 1 - edge], self.farthest * 86400)
        level, day = sign * wear.level, sign * wear.drift * 86400
        return {
            "fails_within": chance,
            "remaining": median,
            "soonest": soonest,
            "latest": latest,
            "level": math.exp(level) if self.scale == "log" else level,
            "rate": math.expm1(min(day, 700.0)) if self.scale == "log" else day,
        }

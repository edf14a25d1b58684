"""The transform `foresight/forecast`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import count, islice
from statistics import NormalDist
from typing import Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, Routed, unit
from flowengine_nodes.foresight.crossing import Foreseeing, crossing
from flowengine_nodes.signal.readings import usable


class Forecast(Foreseeing, type="foresight/forecast"):
    """Say where a signal is going, how sure that is, and when it will reach a limit: Holt-Winters forecast.

    Level, trend and, with `season` over 1, a pattern that repeats after so many readings are smoothed exponentially
    (additive Holt-Winters, the trend damped by `damping` from step to step). Out: {"forecast", "low", "high"} for
    `horizon` readings ahead, with an interval that holds with the probability `confidence` if errors are normal and
    independent, {"level", "trend"} now, and, with `limit`, `time_to_limit`: seconds until the forecast crosses it, with
    `soonest`, when the interval first does; null if not within `farthest` readings. `alarm` says once that the limit
    will be reached within `warn` seconds, and again after it has been farther.

    Readings should come at even times: a step is the usual time between two. A bad reading counts as one that was as
    forecast. Nothing leaves before two seasons (or `least` readings). Each topic is a signal of its own, kept over
    restarts. Source: Hyndman, Koehler, Ord, Snyder, Forecasting with Exponential Smoothing (2008), chapters 2 and 6.

    Example: horizon 60, limit 80, warn 3600 for the level of a tank read once a minute.
    """

    inputs = (Port("in", "number", "Readings at even times"),)
    outputs = (Port("out", "object", "The forecast"), Port("alarm", "object", "The limit will be reached soon"))

    horizon: Annotated[int, Meta(description="Readings ahead", ge=1, le=10_000)] = 10
    alpha: Annotated[float, Meta(description="Weight of the newest reading in the level", gt=0, le=1)] = 0.3
    beta: Annotated[float, Meta(description="Weight of the newest step in the trend", ge=0, le=1)] = 0.1
    gamma: Annotated[float, Meta(description="Weight of the newest season in the pattern", ge=0, le=1)] = 0.1
    damping: Annotated[float, Meta(description="What is left of the trend after each step", gt=0, le=1), ADVANCED] = 1.0
    season: Annotated[int, Meta(description="Readings after which the pattern repeats; 1: none", ge=1, le=10_000)] = 1
    confidence: Annotated[float, Meta(description="Probability of the interval", gt=0, lt=1)] = 0.95
    limit: Annotated[float | None, Meta(description="Limit whose crossing is to be foreseen; empty: none")] = None
    warn: Annotated[float, Meta(description="Alarm this long before", ge=0, extra_json_schema=unit("s"))] = 3600.0
    farthest: Annotated[int, Meta(description="Readings to look ahead for the limit", ge=1, le=10_000), ADVANCED] = 1000
    least: Annotated[int, Meta(description="Readings before the first forecast", ge=3)] = 10

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned.

        Raises:
            ValueError: its pattern is of another length.
        """
        for known in state.get("memory", {}).values():
            if len(known["first"]) >= 2 * self.season or len(known.get("season", [])) not in (0, self.season):
                raise ValueError("the pattern was of another length")
        super().restore(state)

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Take a reading in and return the forecast."""
        value = usable(msg.payload, msg.quality)
        known = self.memory.get(msg.topic)
        if known is None:
            if value is None:
                return None
            self.remember(
                msg.topic, known := {"first": [], "n": 0, "time": msg.time, "step": None, "var": 0.0, "errors": 0}
            )
        self.timed(known, msg.time)
        if "level" not in known:
            self._begin(known, value)
        else:
            self._learn(known, value)
        if known["n"] < max(self.least, 2 * self.season if self.season > 1 else 0) or "level" not in known:
            return None
        return self._sent(msg, known)

    def _begin(self, known: dict[str, Any], value: float | None) -> None:
        """Collect what level, trend and season begin with: two seasons, or two readings."""
        if value is None:
            return
        first, m = known["first"], self.season
        first.append(value)
        known["n"] += 1
        if len(first) < 2 * m:
            return
        one, two = math.fsum(first[:m]) / m, math.fsum(first[m:]) / m
        trend = (two - one) / m
        known["trend"] = trend
        known["level"] = first[-1] if m == 1 else two + trend * (m - 1) / 2
        middle = (m - 1) / 2
        known["season"] = (
            [0.0]
            if m == 1
            else [
                (first[i] - (one + (i - middle) * trend) + first[m + i] - (two + (i - middle) * trend)) / 2
                for i in range(m)
            ]
        )
        known["at"] = 0
        known["first"] = []

    def _learn(self, known: dict[str, Any], value: float | None) -> None:
        known["n"] += 1
        level, trend, at = known["level"], known["trend"] * self.damping, known["at"]
        season = known["season"][at]
        error = 0.0 if value is None else value - (level + trend + season)
        if value is not None:
            known["errors"] += 1
            known["var"] += (error * error - known["var"]) / min(known["errors"], 1000)
        known["level"] = level + trend + self.alpha * error
        known["trend"] = trend + self.alpha * self.beta * error
        if self.season > 1:
            known["season"][at] = season + self.gamma * (1 - self.alpha) * error
            known["at"] = (at + 1) % self.season

    def ahead(self, known: dict[str, Any], steps: int) -> tuple[float, float]:
        """Return the forecast so many steps ahead, and its standard deviation (Hyndman et al., table 6.1)."""
        damped = self._damped(steps)
        season = known["season"][(known["at"] + steps - 1) % self.season] if self.season > 1 else 0.0
        weights = 1.0
        for j in range(1, steps):
            c = self.alpha + self.alpha * self.beta * self._damped(j)
            if self.season > 1 and j % self.season == 0:
                c += self.gamma * (1 - self.alpha)
            weights += c * c
        return known["level"] + known["trend"] * damped + season, math.sqrt(known["var"] * weights)

    def _damped(self, steps: int) -> float:
        d = self.damping
        return float(steps) if d == 1 else d * (1 - d**steps) / (1 - d)

    def _sent(self, msg: Message, known: dict[str, Any]) -> list[Message | Routed]:
        z = NormalDist().inv_cdf(0.5 + self.confidence / 2)
        value, deviation = self.ahead(known, self.horizon)
        payload: dict[str, Any] = {
            "forecast": value,
            "low": value - z * deviation,
            "high": value + z * deviation,
            "level": known["level"],
            "trend": known["trend"],
        }
        quality: Any = "uncertain" if msg.quality != "good" else "good"
        if self.limit is None:
            return [msg.replace(payload=payload, quality=quality)]
        ahead, above = islice(self._path(known), self.farthest), known["level"] > self.limit
        payload |= crossing(ahead, z, self.limit, above, known["step"] or 0.0)
        return self.told(msg.replace(payload=payload, quality=quality), known, self.limit, self.warn)

    def _path(self, known: dict[str, Any]) -> Iterator[tuple[float, float]]:
        """Give what `ahead` does for one, two, three … steps, without end and without beginning anew at each."""
        d, weights = 0.0, 0.0
        for j in count(1):
            c = 1.0 if j == 1 else self.alpha + self.alpha * self.beta * d
            if j > 1 and self.season > 1 and (j - 1) % self.season == 0:
                c += self.gamma * (1 - self.alpha)
            weights += c * c
            d += self.damping**j
            season = known["season"][(known["at"] + j - 1) % self.season] if self.season > 1 else 0.0
            yield known["level"] + known["trend"] * d + season, math.sqrt(known["var"] * weights)

"""The transform `foresight/ar-forecast`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, pairwise
from math import fsum
from statistics import NormalDist
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, Message, Port, Routed, unit
from flowengine_nodes.foresight.autoregression import burg, path, yule_walker
from flowengine_nodes.foresight.crossing import Foreseeing, crossing
from flowengine_nodes.signal.readings import usable

FITS = {"burg": burg, "yule-walker": yule_walker}


class ArForecast(Foreseeing, type="foresight/ar-forecast"):
    """Say where a signal that swings or wanders is going, and how sure that is: autoregressive forecast (AR).

    Each reading is taken as a weighted sum of the `order` readings before it, and noise; the weights are fitted to the
    last `window` readings, by `method`, anew after every `refit` readings. Such a forecast follows oscillations and
    returns to the mean. With `changes` it is the steps from reading to reading that are taken so: for a signal that has
    no mean to return to. For trends and patterns of a known length foresight/forecast is better.

    Out: {"forecast", "low", "high"} for `horizon` readings ahead, with an interval that holds with the probability
    `confidence` if the noise is normal, and, with `limit`, `time_to_limit`: seconds until the forecast crosses it, with
    `soonest`, when the interval first does; null if not within `farthest` readings. `alarm` says once that the limit
    will be reached within `warn` seconds, and again after it has been farther.

    Readings should come at even times: a step is the usual time between two. A bad reading counts as one that was as
    forecast. Nothing leaves before the window holds twice as many readings as `order`, and 10. Each topic is a signal
    of its own, kept over restarts. Source: Brockwell & Davis, Introduction to Time Series and Forecasting (3rd edition,
    2016), sections 3.3 and 5.1.

    Example: order 6, horizon 5 for a pressure that swings with a compressor.
    """

    inputs = (Port("in", "number", "Readings at even times"),)
    outputs = (Port("out", "object", "The forecast"), Port("alarm", "object", "The limit will be reached soon"))

    horizon: Annotated[int, Meta(description="Readings ahead", ge=1, le=10_000)] = 10
    order: Annotated[int, Meta(description="Readings that the next one depends on", ge=1, le=50)] = 4
    window: Annotated[int, Meta(description="Readings to fit the weights to", ge=10, le=5000)] = 200
    method: Annotated[
        Literal["burg", "yule-walker"], Meta(description="How the weights are found; Burg is better with few readings")
    ] = "burg"
    changes: Annotated[bool, Meta(description="Take the steps from reading to reading, not the readings")] = False
    confidence: Annotated[float, Meta(description="Probability of the interval", gt=0, lt=1)] = 0.95
    limit: Annotated[float | None, Meta(description="Limit whose crossing is to be foreseen; empty: none")] = None
    warn: Annotated[float, Meta(description="Alarm this long before", ge=0, extra_json_schema=unit("s"))] = 3600.0
    farthest: Annotated[int, Meta(description="Readings to look ahead for the limit", ge=1, le=10_000), ADVANCED] = 1000
    refit: Annotated[int, Meta(description="Readings after which the weights are fitted anew", ge=1), ADVANCED] = 10

    def __post_init__(self) -> None:
        if self.window < 2 * self.order:
            raise ValueError(
                f"window ({self.window}) must hold at least twice as many readings as order ({self.order})"
            )
        self._fitted = [self.method, self.order, self.changes]

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` returned; weights that were fitted in another way are fitted anew."""
        super().restore(state)
        for known in self.memory.values():
            if known.get("fitted") != self._fitted:
                known["phi"] = []

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Take a reading in and return the forecast.

        Raises:
            BadData: the reading is late.
        """
        value = usable(msg.payload, msg.quality)
        known = self.memory.get(msg.topic)
        if known is None:
            if value is None:
                return None
            known = {"values": [], "time": msg.time, "step": None, "phi": [], "variance": 0.0, "mean": 0.0, "age": 0}
            self.remember(msg.topic, known)
        self.timed(known, msg.time)
        values = known["values"]
        if value is None:
            value = values[-1] + next(self._ahead(known))[0] if known["phi"] else values[-1]
        values.append(value)
        del values[: -self.window - self.changes]
        if len(values) < max(10, 2 * self.order) + self.changes:
            return None
        known["age"] += 1
        if not known["phi"] or known["age"] >= self.refit:
            self._fit(known)
        return self._sent(msg, known)

    def _series(self, values: list[float]) -> list[float]:
        return [new - old for old, new in pairwise(values)] if self.changes else values

    def _fit(self, known: dict[str, Any]) -> None:
        series = self._series(known["values"])
        mean = fsum(series) / len(series)
        phi, variance = FITS[self.method]([x - mean for x in series], self.order)
        known["phi"], known["variance"], known["mean"], known["age"] = phi, variance, mean, 0
        known["fitted"] = self._fitted

    def _ahead(self, known: dict[str, Any]) -> Iterator[tuple[float, float]]:
        """Give by how much the signal will be above the newest reading so many steps ahead, and the deviation."""
        values, mean = known["values"], known["mean"]
        newest = self._series(values[-self.order - self.changes :])
        steps = path(known["phi"], known["variance"], [x - mean for x in newest], self.changes)
        for number, (value, deviation) in enumerate(steps, 1):
            yield (value + mean * number if self.changes else value + mean - values[-1]), deviation

    def _sent(self, msg: Message, known: dict[str, Any]) -> list[Message | Routed]:
        z, now = NormalDist().inv_cdf(0.5 + self.confidence / 2), known["values"][-1]
        away, deviation = next(islice(self._ahead(known), self.horizon - 1, None))
        value = now + away
        payload: dict[str, Any] = {"forecast": value, "low": value - z * deviation, "high": value + z * deviation}
        quality: Any = "uncertain" if msg.quality != "good" else "good"
        if self.limit is None:
            return [msg.replace(payload=payload, quality=quality)]
        ahead = ((now + rise, deviation) for rise, deviation in islice(self._ahead(known), self.farthest))
        payload |= crossing(ahead, z, self.limit, now > self.limit, known["step"] or 0.0)
        return self.told(msg.replace(payload=payload, quality=quality), known, self.limit, self.warn)

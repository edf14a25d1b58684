"""The transform `signal/kalman`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED
from flowengine_nodes.signal.readings import Filter, Lane, elapsed


class Kalman(Filter, type="signal/kalman"):
    """Smooth a noisy signal as strongly as its noise allows: a Kalman filter for one number.

    The filter knows how uncertain its estimate is, and weighs each reading accordingly: the first ones count much,
    and after a gap readings count more again. Say how much the readings scatter (`noise`, their standard deviation
    when the signal stands still) and how fast the signal itself wanders: with the model `level` it drifts by about
    `drift` in one second (a random walk); with `trend` it rises and falls with a rate that itself drifts by about
    `drift` per second in one second, and the estimate does not lag behind a ramp.

    The first reading is the first result. A bad reading changes nothing and leaves empty, with quality bad. An
    uncertain one counts with `doubt` times the noise, and its result is uncertain. Each topic is a signal of its own.
    A reading older than the last one is refused as late; after a clock set back by over a minute the estimate goes on
    from there. Source: Bar-Shalom, Li, Kirubarajan, Estimation with Applications to Tracking and Navigation (2001),
    sections 5.2 and 6.2 (white noise on level or rate).

    Example: noise 0.5, drift 0.05 for a temperature that scatters by half a degree and moves 3 degrees an hour.
    """

    model: Annotated[
        Literal["level", "trend"], Meta(description="The signal stands and drifts, or rises and falls steadily")
    ] = "level"
    noise: Annotated[float, Meta(description="Standard deviation of the readings, in their unit", gt=0)] = 1.0
    drift: Annotated[
        float, Meta(description="How far the level (or, with trend, the rate) wanders in one second", ge=0)
    ] = 0.1
    doubt: Annotated[
        float, Meta(description="How many times noisier an uncertain reading is than a good one", ge=1), ADVANCED
    ] = 3.0

    def __post_init__(self) -> None:
        self._noise = self.noise * self.noise
        self._drift = self.drift * self.drift
        self._scale = 1.0

    def result(self, payload: Any, topic: str, time: float, quality: str) -> float | None:
        """Return the estimate, for an uncertain reading with more noise."""
        self._scale = self.doubt * self.doubt if quality == "uncertain" else 1.0
        return super().result(payload, topic, time, quality)

    def inline(self) -> None:
        """Return nothing: the quality of a reading is part of the formula."""
        return

    def begin(self, value: float, time: float) -> tuple[list[Any], float]:
        """Begin with the first reading: the level is as uncertain as that, and with trend the rate is unknown."""
        noise = self._noise * self._scale
        return [time, value, 0.0, noise, 0.0, self._unknown()], value

    def lane(self, memory: list[Any]) -> Lane:
        """Go on with an estimate; by the model level, before a deploy, nothing was known of the rate."""
        memory[5] = memory[5] or self._unknown()
        return super().lane(memory)

    def step(self, memory: list[Any], value: float, time: float) -> float:
        """Predict over the time that has passed, then correct by the reading."""
        last, level, rate, p, c, e = memory
        seconds = elapsed(last, time) or 0.0
        q = self._drift * seconds
        if self.model == "level":
            p += q
        else:
            # p and c are the variance of the level and its covariance with the rate; e is the variance of the rate for
            # a known level. Kept so, nothing is lost when large variances become small: a correction leaves e as it is.
            r = e + c * c / p
            level += rate * seconds
            determinant = e * p + q * (p + seconds * (c + seconds * r / 3)) + q * q * seconds * seconds / 12
            p += seconds * (2 * c + seconds * r) + q * seconds * seconds / 3
            c += seconds * r + q * seconds / 2
            e = determinant / p
        noise = self._noise * self._scale
        variance = p + noise
        residual = (value - level) / variance
        memory[:] = time, level + p * residual, rate + c * residual, p * noise / variance, c * noise / variance, e
        return float(memory[1])

    def _unknown(self) -> float:
        """The variance of a rate of which nothing is known: so large that the second reading decides."""
        return 1e6 * (self._noise + self._drift) if self.model == "trend" else 0.0

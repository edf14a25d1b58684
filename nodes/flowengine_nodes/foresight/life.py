"""The transform `foresight/life`."""

from __future__ import annotations

from statistics import NormalDist
from typing import Annotated, Any

from msgspec import Meta

from flowengine import BadData, Message, Port, Routed, State, Transform
from flowengine_nodes.foresight.weibull_fit import Weibull, fit
from flowengine_nodes.signal.readings import quantity
from flowengine_nodes.values.convert import shown


class Life(Transform, type="foresight/life"):
    """Say how long a part still lives, from the lives of others like it: Weibull analysis.

    The port `life` takes what happened to a part: {"age": hours (or cycles), "failed": true}; failed false for one that
    still ran, or was replaced in time: that counts, too. The age of the part that runs comes to `in`. Out: the
    probability that it fails within `ahead` (`fails_within`), its remaining life, as the median and with bounds, the
    shape (below 1: early failures, about 1: chance, above 1: wear, so replacing in time pays) and scale of the
    distribution, and `b10`, the age at which a tenth have failed, each with bounds that hold with the probability
    `confidence`. `alarm` has the same, once, when fails_within goes beyond `threshold`.

    Nothing leaves before `least` failures. A bad message is left out. Lives (the last 1,000) and state are kept over
    restarts. Source: Meeker, Escobar, Statistical Methods for Reliability Data (1998), chapter 8.

    Example: ahead 168, threshold 0.1 behind the running hours of a pump: an alarm when a failure within a week is 10 %
    likely.
    """

    inputs = (Port("in", "number", "Age of the part that runs"), Port("life", "object", "What happened to a part"))
    outputs = (Port("out", "object", "How long it still lives"), Port("alarm", "object", "It will fail soon"))

    ahead: Annotated[float, Meta(description="Time to look ahead, in the unit of ages", gt=0)] = 168.0
    threshold: Annotated[float, Meta(description="Probability of failure that makes an alarm", gt=0, lt=1)] = 0.1
    confidence: Annotated[float, Meta(description="Probability of the bounds", gt=0, lt=1)] = 0.9
    least: Annotated[int, Meta(description="Failures before the first figures", ge=2)] = 3
    failed: State[list[float]] = []
    survived: State[list[float]] = []
    warned: State[bool] = False

    def __post_init__(self) -> None:
        self._fit: Weibull | None = None

    def on_life(self, msg: Message) -> None:
        """Take in what happened to a part.

        Raises:
            BadData: the message does not say age and failed, or the age is not more than 0.
        """
        life = msg.payload
        if not isinstance(life, dict) or not isinstance(life.get("failed"), bool) or "age" not in life:
            raise BadData(f'{shown(life)} is no life; expected {{"age": 1200, "failed": true}}')
        age = quantity(life["age"])
        if age <= 0:
            raise BadData(f"an age is more than 0, not {age:g}")
        lives = self.failed if life["failed"] else self.survived
        lives.append(age)
        del lives[:-1000]
        self._fit = None

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Return the figures for a part of this age."""
        if msg.quality == "bad" or len(self.failed) < self.least:
            return None
        age = quantity(msg.payload)
        if age < 0:
            raise BadData(f"an age is 0 or more, not {age:g}")
        if self._fit is None:
            try:
                self._fit = fit(self.failed, self.survived)
            except ValueError as error:
                raise BadData(str(error)) from None
        payload = self._figures(self._fit, age)
        sent: list[Message | Routed] = [msg.with_payload(payload)]
        soon = payload["fails_within"] > self.threshold
        if soon and not self.warned:
            evidence = {"failures": len(self.failed), "survivors": len(self.survived), "age": age}
            sent.append(msg.with_payload({**payload, **evidence}).to("alarm"))
        self.warned = soon
        self.status("warning" if soon else "ok", f"{payload['fails_within']:.1%} within {self.ahead:g}")
        return sent

    def _figures(self, life: Weibull, age: float) -> dict[str, Any]:
        z = NormalDist().inv_cdf(0.5 + self.confidence / 2)
        gone = life.failed(age)
        half = gone + (1 - gone) / 2
        low, high = life.quantile_bounds(min(half, 1 - 1e-12), z)
        b_low, b_high = life.quantile_bounds(0.1, z)
        return {
            "fails_within": life.fails_within(age, self.ahead),
            "remaining": max(0.0, life.quantile(min(half, 1 - 1e-12)) - age),
            "remaining_low": max(0.0, low - age),
            "remaining_high": max(0.0, high - age),
            "shape": life.shape,
            "scale": life.scale,
            "b10": life.quantile(0.1),
            "b10_low": b_low,
            "b10_high": b_high,
        }

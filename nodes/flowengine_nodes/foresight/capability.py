"""The transform `foresight/capability`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import Annotated, Any

from msgspec import Meta

from flowengine import Message, Port, State, Transform
from flowengine_nodes.foresight.charts import deviation
from flowengine_nodes.foresight.spc_constants import c4, d2
from flowengine_nodes.signal.readings import quantity, usable


class Capability(Transform, type="foresight/capability"):
    """Say whether a process can keep its tolerance: Cp, Cpk, Pp and Ppk of the last pieces.

    The last `count` values make the figures, sent with each value, or each list of values, once there are `least`. Cp
    and Cpk use the deviation within the process, from moving ranges of two (or, with `subgroup` over 1, the pooled
    deviation of subgroups), Pp and Ppk that of all values. `cpk_low` is the lower confidence bound of Cpk (Bissell
    1990), and `expected_outside` the share outside the tolerance if values are normal with the mean and deviation of
    all. With one limit only Cpk and Ppk exist. Source: Montgomery, Introduction to Statistical Quality Control, chapter
    8; ISO 22514-2. The figures mean something only while the control chart shows a process in control.

    A bad value is left out. A message to `reset` forgets all. Kept over a restart.

    Example: low 9.95, high 10.05, count 100 behind the diameter of each piece.
    """

    inputs = (Port("in", "any", "Values, or lists of values"), Port("reset", "any", "Forget all values"))
    outputs = (Port("out", "object", "cp, cpk, pp, ppk and others"),)

    low: Annotated[float | None, Meta(description="Lower tolerance limit; empty: none")] = None
    high: Annotated[float | None, Meta(description="Upper tolerance limit; empty: none")] = None
    count: Annotated[int, Meta(description="Values that the figures are of", ge=10, le=100_000)] = 100
    least: Annotated[int, Meta(description="Values before the first figures", ge=2)] = 25
    subgroup: Annotated[int, Meta(description="Values taken together, in their order; 1: single ones", ge=1, le=25)] = 1
    confidence: Annotated[float, Meta(description="Confidence of cpk_low", gt=0.5, lt=1)] = 0.95
    values: State[list[float]] = []

    def __post_init__(self) -> None:
        if self.low is None and self.high is None:
            raise ValueError("give a tolerance limit: low, high, or both")
        if self.low is not None and self.high is not None and self.low >= self.high:
            raise ValueError(f"low ({self.low:g}) must be less than high ({self.high:g})")

    def process(self, msg: Message) -> Message | None:
        """Take a value in and return the figures."""
        if msg.quality == "bad":
            return None
        if isinstance(msg.payload, list):
            self.values += [quantity(value) for value in msg.payload]
        else:
            value = usable(msg.payload, msg.quality)
            if value is None:
                return None
            self.values.append(value)
        extra = max(0, len(self.values) - self.count)
        if extra:
            del self.values[: math.ceil(extra / self.subgroup) * self.subgroup]
        if len(self.values) < max(self.least, 2 * self.subgroup):
            return None
        figures = self._figures(self.values)
        cpk = figures["cpk"]
        self.status("ok", "no spread" if cpk is None else f"Cpk {cpk:.2f}")
        return msg.with_payload(figures)

    def on_reset(self, msg: Message) -> None:
        """Forget all values."""
        self.values = []

    def _figures(self, values: Sequence[float]) -> dict[str, Any]:
        n, mean, all_of_it = len(values), math.fsum(values) / len(values), deviation(values)
        within = self._within(values)
        cp, cpk = self._indices(mean, within)
        pp, ppk = self._indices(mean, all_of_it)
        z = NormalDist().inv_cdf(self.confidence)
        low = None if cpk is None else cpk - z * math.sqrt(1 / (9 * n) + cpk * cpk / (2 * (n - 1)))
        found = {"mean": mean, "sigma_within": within, "sigma": all_of_it, "count": n}
        return {
            "cp": cp,
            "cpk": cpk,
            "pp": pp,
            "ppk": ppk,
            "cpk_low": low,
            "expected_outside": self._outside(mean, all_of_it),
            **found,
        }

    def _within(self, values: Sequence[float]) -> float:
        size = self.subgroup
        if size == 1:
            ranges = [abs(b - a) for a, b in itertools.pairwise(values)]
            return math.fsum(ranges) / len(ranges) / d2(2)
        groups = [values[i : i + size] for i in range(0, len(values) - size + 1, size)]
        pooled = math.sqrt(math.fsum([deviation(group) ** 2 for group in groups]) / len(groups))
        return pooled / c4(len(groups) * (size - 1) + 1)

    def _indices(self, mean: float, sigma: float) -> tuple[float | None, float | None]:
        if sigma <= 0:
            return None, None
        sides = []
        if self.low is not None:
            sides.append((mean - self.low) / (3 * sigma))
        if self.high is not None:
            sides.append((self.high - mean) / (3 * sigma))
        both = (self.high - self.low) / (6 * sigma) if self.low is not None and self.high is not None else None
        return both, min(sides)

    def _outside(self, mean: float, sigma: float) -> float | None:
        if sigma <= 0:
            return None
        normal, share = NormalDist(mean, sigma), 0.0
        if self.low is not None:
            share += normal.cdf(self.low)
        if self.high is not None:
            share += NormalDist(-mean, sigma).cdf(-self.high)
        return share

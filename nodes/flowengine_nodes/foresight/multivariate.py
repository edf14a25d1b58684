"""The transform `foresight/multivariate`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Routed, State, Transform
from flowengine_nodes.foresight.distributions import f_quantile
from flowengine_nodes.signal.readings import quantity
from flowengine_nodes.signal.samples import load_numpy
from flowengine_nodes.values.convert import shown

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]


class Multivariate(Transform, type="foresight/multivariate"):
    """Find what is wrong with several readings together though each looks normal alone, and which of them it is: PCA.

    From the first `baseline` messages the node learns mean, spread and how the readings go together; principal
    components that hold the share `keep` of the variance are the usual ways of the process. Then each message gets
    msg.t2 (how far along these ways: Hotelling's T²) and msg.spe (how far beside them: squared prediction error), each
    as a share of its limit. With `keep: 1` there is nothing beside, and t2 is the squared Mahalanobis distance.

    When either is beyond 1 for `in_a_row` messages, `alarm` says which and, in `contributions`, what each reading adds
    to it, the largest first; they sum to the whole. Limits hold with `confidence` where readings are normal: T² by the
    F distribution, SPE after Box. A bad message is left out. `reset` learns anew. All is kept over restarts. Needs
    numpy (extra `signal`). Sources: Jackson, A User's Guide to Principal Components (1991); Nomikos, MacGregor,
    Technometrics 37 (1995) 41 (SPE limit); Westerhuis et al., Chemometrics 51 (2000) 95 (contributions).

    Example: names ["current", "speed", "temperature"], baseline 500, keep 0.9.
    """

    inputs = (Port("in", "object", "Readings by name"), Port("reset", "any", "Learn anew"))
    outputs = (
        Port("out", "object", "The readings, with t2 and spe"),
        Port("alarm", "object", "What is unusual, and why"),
    )

    names: Annotated[list[str], Meta(description="Names of the readings", min_length=2, max_length=100)]
    baseline: Annotated[int, Meta(description="Messages to learn from, while all is well", ge=20, le=100_000)] = 500
    keep: Annotated[float, Meta(description="Share of the variance that is the usual", gt=0, le=1)] = 0.9
    confidence: Annotated[
        float, Meta(description="Probability that a usual message is within each limit", gt=0, lt=1)
    ] = 0.999
    in_a_row: Annotated[int, Meta(description="Messages beyond a limit before an alarm", ge=1, le=1000)] = 3
    most_contributions: Annotated[int, Meta(description="Contributions told", ge=1, le=100), ADVANCED] = 5

    learned: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        load_numpy()
        if len(set(self.names)) < len(self.names):
            raise ValueError("names: a name comes twice")
        if self.baseline <= len(self.names):
            raise ValueError(f"baseline must be more than the {len(self.names)} names")
        self._model: Model | None = None

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was learned, if it is of the same names."""
        super().restore(state)
        if self.learned.get("names") != self.names:
            self.learned = {}

    def on_reset(self, msg: Message) -> None:
        """Learn anew."""
        self.learned, self._model = {}, None

    def process(self, msg: Message) -> list[Message | Routed] | None:
        """Learn from a message, or judge it."""
        if msg.quality == "bad":
            return None
        point = self._point(msg.payload)
        kept = self.learned
        if not kept:
            size = len(self.names)
            square = [[0.0] * size for _ in range(size)]
            kept = self.learned = {"names": self.names, "n": 0, "mean": [0.0] * size, "m2": square, "row": 0}
        if kept["n"] < self.baseline:
            _take(kept, point)
            self.status("busy", f"learns: {kept['n']} of {self.baseline}")
            return [msg]
        if self._model is None:
            self._model = Model(kept["mean"], kept["m2"], kept["n"], self.keep, self.confidence)
            self.status("ok", f"{self._model.count} of {len(self.names)} components")
        return self._judged(msg, point, self._model, kept)

    def _judged(self, msg: Message, point: list[float], model: Model, kept: dict[str, Any]) -> list[Message | Routed]:
        t2, spe, of_t2, of_spe = model.judge(point)
        sent: list[Message | Routed] = [msg.with_properties(t2=t2, spe=spe)]
        beyond = t2 > 1 or spe > 1
        kept["row"] = kept["row"] + 1 if beyond else 0
        if kept["row"] == self.in_a_row:
            which, contributions = ("t2", of_t2) if t2 >= spe else ("spe", of_spe)
            named = sorted(zip(self.names, contributions, strict=True), key=lambda one: -abs(one[1]))
            payload = {
                "which": which,
                "t2": t2,
                "spe": spe,
                "contributions": dict(named[: self.most_contributions]),
                "values": dict(zip(self.names, point, strict=True)),
            }
            sent.append(msg.with_payload(payload).to("alarm"))
        self.status("warning" if kept["row"] >= self.in_a_row else "ok", f"T² {t2:.2f}, SPE {spe:.2f} of the limit")
        return sent

    def _point(self, payload: Any) -> list[float]:
        if not isinstance(payload, dict):
            raise BadData(f"{shown(payload)} is no object of readings by name")
        missing = [name for name in self.names if payload.get(name) is None]
        if missing:
            raise BadData(f"the message has no {missing[0]!r:.60}")
        return [quantity(payload[name]) for name in self.names]


def _take(kept: dict[str, Any], point: Sequence[float]) -> None:
    """Take a point into mean and co-moments (Welford; Chan, Golub, LeVeque 1983)."""
    kept["n"] += 1
    mean, m2, n = kept["mean"], kept["m2"], kept["n"]
    before = [value - middle for value, middle in zip(point, mean, strict=True)]
    for i, away in enumerate(before):
        mean[i] += away / n
    share = (n - 1) / n
    for i, row in enumerate(m2):
        for j in range(len(row)):
            row[j] += before[i] * before[j] * share


class Model:
    """The usual ways of a process, as principal components of its standardized readings."""

    def __init__(
        self, mean: Sequence[float], m2: Sequence[Sequence[float]], n: int, keep: float, confidence: float
    ) -> None:
        """Find the components from means and co-moments of n points."""
        import numpy as np

        covariance = np.asarray(m2) / (n - 1)
        self._mean = np.asarray(mean)
        deviation = np.sqrt(np.diag(covariance))
        self._deviation = np.where(deviation > 1e-12, deviation, 1.0)  # one that stood still: any change stands out
        correlation = covariance / np.outer(self._deviation, self._deviation)
        variances, ways = np.linalg.eigh(correlation)
        order = np.argsort(variances)[::-1]
        variances, ways = np.maximum(variances[order], 1e-12), ways[:, order]
        share = np.cumsum(variances) / variances.sum()
        size = len(mean)
        self.count = size if keep >= 1 else int(np.searchsorted(share, keep) + 1)
        self._ways, self._variances = ways[:, : self.count], variances[: self.count]
        rest = variances[self.count :]
        k = self.count
        self._t2_limit = k * (n * n - 1) / (n * (n - k)) * f_quantile(confidence, k, n - k)
        first, second = float(rest.sum()), float((rest * rest).sum())
        # Box: a sum of squares is about g times a chi-square variable with h degrees of freedom.
        self._spe_limit = _chi_square(confidence, first * first / second) * second / first if len(rest) else math.inf

    def judge(self, point: Sequence[float]) -> tuple[float, float, list[float], list[float]]:
        """Return T² and SPE as shares of their limits, and what each reading adds to them, in the same measure."""
        import numpy as np

        z = (np.asarray(point) - self._mean) / self._deviation
        scores = self._ways.T @ z
        beside = z - self._ways @ scores
        of_t2 = z * (self._ways @ (scores / self._variances)) / self._t2_limit
        of_spe = beside * beside / self._spe_limit
        return float(of_t2.sum()), float(of_spe.sum()), [float(v) for v in of_t2], [float(v) for v in of_spe]


def _chi_square(share: float, degrees: float) -> float:
    """Return the quantile of a chi-square distribution: degrees times that of F with very many below."""
    return degrees * f_quantile(share, degrees, 1e7)

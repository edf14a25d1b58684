"""How good a model is: its error against what really came, over the last predictions."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class Score:
    """Mean absolute error, root of the mean square, and bias, forgotten exponentially over about `span` predictions."""

    def __init__(self, span: int) -> None:
        self.span = span
        self.count = 0
        self.absolute = self.square = self.bias = 0.0

    def take(self, predicted: Sequence[float], truth: Sequence[float]) -> None:
        """Take a prediction and what came, over all outputs."""
        away = [mine - real for mine, real in zip(predicted, truth, strict=True)]
        self.count += 1
        share = 1 / min(self.count, self.span)
        n = len(away)
        self.absolute += share * (math.fsum([abs(one) for one in away]) / n - self.absolute)
        self.square += share * (math.fsum([one * one for one in away]) / n - self.square)
        self.bias += share * (math.fsum(away) / n - self.bias)

    def figures(self) -> dict[str, float | int | None]:
        """Return what is known."""
        if not self.count:
            return {"count": 0, "mae": None, "rmse": None, "bias": None}
        return {"count": self.count, "mae": self.absolute, "rmse": math.sqrt(self.square), "bias": self.bias}

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {name: value for name, value in vars(self).items() if name != "span"}

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what `kept` returned."""
        vars(self).update(kept)

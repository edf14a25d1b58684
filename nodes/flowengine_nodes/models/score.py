"""How good a model is: its error against what really came, and how far it was on ground it knows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any


class Score:
    """Means over about the last `span` answers or predictions, forgotten exponentially."""

    def __init__(self, span: int) -> None:
        self.span = span
        self.count = 0
        """Predictions of which it is known what came."""
        self.absolute = self.square = self.bias = 0.0
        self.answers = 0
        self.covered = self.difference = 0.0
        """Share of answers inside all bounds; mean absolute difference from the model that it is compared with."""

    def answer(self, inside: bool, away: float = 0.0) -> None:
        """Take an answer: whether all was inside its bounds, and how far it was from the other model's."""
        self.answers += 1
        share = 1 / min(self.answers, self.span)
        self.covered += share * (inside - self.covered)
        self.difference += share * (away - self.difference)

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
        """Return what is known of its error."""
        if not self.count:
            return {"count": 0, "mae": None, "rmse": None, "bias": None}
        return {"count": self.count, "mae": self.absolute, "rmse": math.sqrt(self.square), "bias": self.bias}

    def measured(self) -> dict[str, float | int | None]:
        """Return all that is known, as the list of models tells it."""
        known = self.answers > 0
        return {
            **self.figures(),
            "answers": self.answers,
            "coverage": self.covered if known else None,
            "difference": self.difference if known else None,
        }

    def kept(self) -> dict[str, Any]:
        """Return everything as plain values."""
        return {name: value for name, value in vars(self).items() if name != "span"}

    def restore(self, kept: dict[str, Any]) -> None:
        """Take back what `kept` returned."""
        vars(self).update(kept)

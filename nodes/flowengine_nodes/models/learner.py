"""A model of river that learns while it runs, kept as a document of numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from flowengine_nodes.models.file import meant
from flowengine_nodes.models.river_kinds import kind_of, whole

CONSTANT: Final = "(constant)"
"""The input that is always 1, for models that learn no constant by themselves."""

LARGEST: Final = 16 * 1024 * 1024
"""Bytes of a document: three times those of the largest model, and JSON takes ten times its size in memory."""

GROWN: Final = 1e6
"""Half ranges of the output beyond which a prediction is no prediction any more."""


class Learner:
    """Scales inputs and outputs by their bounds: to -1 … 1 for a regression, inputs to 0 … 1 for an anomaly score."""

    def __init__(
        self,
        model: str,
        parameters: Mapping[str, float],
        takes: Mapping[str, Sequence[float]],
        gives: Mapping[str, Sequence[float]],
    ) -> None:
        """Begin with nothing learned.

        Raises:
            ValueError: river is not there, the model cannot be kept as numbers, or a parameter is not one of its own.
        """
        self.model, self.kind, self.sha256 = model, kind_of(model), ""
        strange = sorted(set(parameters) - set(self.kind.parameters))
        if strange:
            known = ", ".join(self.kind.parameters)
            raise ValueError(f"{model} has no parameter {strange[0]!r:.60}; it has {known}")
        self.parameters = {**self.kind.parameters, **parameters}
        self.takes = {name: [float(one) for one in bounds] for name, bounds in takes.items()}
        self.gives = {name: [float(one) for one in bounds] for name, bounds in gives.items()}
        self.learned = 0
        """Scans that it has learned from."""
        self._names = [*takes, CONSTANT] if "Bayesian" in model else list(takes)
        self._low, self._high = next(iter(self.gives.values()))
        self._made = self._new()

    def _new(self) -> Any:
        try:
            return self.kind.make(self.parameters, self._names)
        except (TypeError, OverflowError) as error:
            raise ValueError(f"{self.model}: {error}") from None

    def run(self, values: Sequence[float]) -> list[float]:
        """Return the prediction, or the anomaly score (0 … 1).

        Raises:
            ValueError: it is no finite number; then it begins anew.
        """
        scaled = self._scaled(values)
        if self.kind.task == "anomaly":
            return [float(self._made.score_one(scaled))]
        found = float(self._made.predict_one(scaled))
        if not abs(found) < GROWN:
            self._made, self.learned = self._new(), 0
            raise ValueError("what was learned has grown beyond all bounds: the model begins anew; learn more slowly")
        return [self._low + (found + 1) / 2 * (self._high - self._low)]

    def learn(self, values: Sequence[float], truth: Sequence[float] | None) -> None:
        """Learn: a regression from what came, an anomaly score from the inputs alone."""
        if self.kind.task == "anomaly":
            if truth is None:
                self._made.learn_one(self._scaled(values))
                self.learned += 1
        elif truth is not None:
            self._made.learn_one(self._scaled(values), 2 * (truth[0] - self._low) / (self._high - self._low) - 1)
            self.learned += 1

    def document(self) -> dict[str, Any]:
        """Return the model as data: what it is, what it takes and gives, and all its numbers."""
        return {
            "flowengine_model": 1,
            "library": "river",
            "model": self.model,
            "parameters": self.parameters,
            "takes": self.takes,
            "gives": self.gives,
            "learned": self.learned,
            "numbers": self.kind.numbers(self._made),
        }

    def take_over(self, document: Any) -> None:
        """Take back what `document` returned.

        Raises:
            ValueError: it is of another form, or of another model.
        """
        if not isinstance(document, dict) or document.get("flowengine_model") != 1:
            raise ValueError("it is no model of flowengine: expected an object with flowengine_model 1")
        mine = {"library": "river", "model": self.model, "parameters": self.parameters}
        for name, wanted in {**mine, "takes": self.takes, "gives": self.gives}.items():
            if document.get(name) != wanted:
                raise ValueError(f"its {name} is {str(document.get(name))[:120]}, and {str(wanted)[:120]} is declared")
            if isinstance(wanted, dict) and list(document[name]) != list(wanted):
                raise ValueError(f"its {name} are in another order")
        made = self._new()
        try:
            self.kind.put(made, document["numbers"], self._names)
            learned = whole(document["learned"])
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"its numbers are not those of {self.model}: {error}") from None
        self._made, self.learned = made, learned

    @classmethod
    def read(cls, file: str, sha256: str, *declared: Any) -> Learner:
        """Return a model read from its file; blocks.

        Raises:
            ValueError: the file is another than the one meant, or of another form.
        """
        raw, found = meant(file, sha256, LARGEST)
        made = cls(*declared)
        try:
            made.take_over(json.loads(raw, parse_constant=_refused))
        except (ValueError, RecursionError) as error:
            raise ValueError(f"{file}: {str(error)[:400]}") from None
        made.sha256 = found
        return made

    def _scaled(self, values: Sequence[float]) -> dict[str, float]:
        low = 0.0 if self.kind.task == "anomaly" else -1.0
        scaled = {
            name: low + (1 - low) * (value - bounds[0]) / (bounds[1] - bounds[0])
            for (name, bounds), value in zip(self.takes.items(), values, strict=True)
        }
        if CONSTANT in self._names:
            scaled[CONSTANT] = 1.0
        return scaled


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no number")

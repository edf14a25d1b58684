"""The contract of a model in a flow: what it takes and gives, which file is meant, a challenger in shadow.

What runs the model is a `Predictor`: ONNX runtime, or a model that learns while it runs.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Protocol, Self

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Quality, Routed, State, Transform
from flowengine_nodes.models.score import Score
from flowengine_nodes.values.convert import number, shown

Bounds = Annotated[list[float], Meta(min_length=2, max_length=2)]
Hash = Annotated[str, Meta(pattern="^([0-9a-fA-F]{64})?$")]


class Predictor(Protocol):
    """A model that is loaded."""

    sha256: str
    """Of the file that it was loaded from; empty: it began with nothing."""

    def run(self, values: Sequence[float]) -> list[float]:
        """Return the outputs for these inputs.

        Raises:
            ValueError: it fails on them, or gives no finite numbers.
        """

    def learn(self, values: Sequence[float], truth: Sequence[float] | None) -> None:
        """Learn from inputs and what came of them (None: from the inputs alone), if it can."""


class DeclaredModel(Transform):
    """Answers an object of numbers with an object of numbers, inside what is declared."""

    inputs = (Port("in", "object", "Inputs by name"), Port("truth", "any", "What really came"))
    outputs = (Port("out", "object", "Outputs by name"), Port("report", "object", "How good it is"))

    file: Annotated[str, Meta(description="Path of the model's file")] = ""
    sha256: Annotated[
        Hash, Meta(title="SHA-256", description="Which file is meant: its SHA-256, as sha256sum prints it")
    ] = ""
    version: Annotated[str, Meta(description="What people call this version; sent along", max_length=100)] = ""
    takes: Annotated[
        dict[str, Bounds], Meta(description="Inputs by name, in the model's order: lowest and highest they may be")
    ] = {}
    gives: Annotated[
        dict[str, Bounds], Meta(description="Outputs by name, in the model's order: lowest and highest they may be")
    ] = {}
    outside: Annotated[
        Literal["uncertain", "refuse"], Meta(description="An input out of its range: answer as uncertain, or refuse")
    ] = "uncertain"
    challenger: Annotated[
        str, Meta(description="Path of a second model that runs in shadow; empty: none"), ADVANCED
    ] = ""
    challenger_sha256: Annotated[Hash, Meta(title="Its SHA-256", description="Which file that is"), ADVANCED] = ""
    span: Annotated[int, Meta(description="Answers over which errors are told", ge=1, le=1_000_000), ADVANCED] = 1000
    scores: State[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        for option in ("takes", "gives"):
            if not getattr(self, option):
                raise ValueError(f"{option} is missing: say what the model takes and gives")
        if self.file and not self.sha256:
            raise ValueError("sha256 is missing: say which file is meant")
        if self.challenger and not self.challenger_sha256:
            raise ValueError("challenger_sha256 is missing: say which file is meant")
        for name, (low, high) in {**self.takes, **self.gives}.items():
            if not low < high:
                raise ValueError(f"{name}: expected the lower bound first, not [{low:g}, {high:g}]")
        self._model: Predictor | None = None
        self._other: Predictor | None = None
        self._score, self._other_score = Score(self.span), Score(self.span)
        self._last: tuple[list[float], list[float], list[float] | None] | None = None

    @classmethod
    def models(cls, options: Mapping[str, Any]) -> Iterator[tuple[str, str, str, str]]:
        """Name the models that a node with such options uses: role, path, SHA-256, version.

        For the list of models; no path: it began with nothing and learns.
        """
        yield "model", options.get("file", ""), options.get("sha256", ""), options.get("version", "")
        if options.get("challenger"):
            yield "challenger", options["challenger"], options.get("challenger_sha256", ""), ""

    def _loaded(self, file: str, sha256: str) -> Predictor:
        """Return a model, read and checked; blocks.

        Raises:
            ValueError: the file is another than the one meant, or of another form.
        """
        raise NotImplementedError

    async def start(self) -> None:
        """Load the model, and the challenger.

        Raises:
            ValueError: a file is another than the one meant, or of another form.
        """
        if self._model is None:
            self._model = await self.blocking(self._loaded, self.file, self.sha256)
            if self.challenger:
                self._other = await self.blocking(self._loaded, self.challenger, self.challenger_sha256)
        self.status("ok", self._called())

    def take_opened(self, other: Self) -> None:
        """Take the models that another has loaded."""
        self._model, self._other = other._model, other._other

    def process(self, msg: Message) -> Message:
        """Return the model's answer."""
        assert self._model is not None
        if msg.quality == "bad":
            return msg.with_payload(None)
        values, reasons = self._inputs(msg.payload)
        try:
            found = self._model.run(values)
        except ValueError as error:
            raise BadData(str(error)) from None
        other = self._shadow(values)
        self._last = (values, found, other)
        answer: dict[str, float] = {}
        for (name, (low, high)), value in zip(self.gives.items(), found, strict=True):
            answer[name] = min(max(value, low), high)
            if answer[name] != value:
                reasons.append(f"{name} would be {value:g}, cut at {answer[name]:g}")
        quality: Quality = "uncertain" if reasons else msg.quality
        self._answered(found, other, not reasons)
        more = {"model": self._called()}
        if reasons:
            more["reason"] = "; ".join(reasons)
        elif msg.quality == "good":
            self._lived(values)
        return msg.replace(payload=answer, quality=quality, properties={**msg.properties, **more})

    def on_truth(self, msg: Message) -> Routed | None:
        """Compare what really came with the newest answer, once; a model that can learns from it."""
        if msg.quality == "bad" or self._last is None:
            return None
        truth, (values, mine, other) = self._truth(msg.payload), self._last
        self._last = None
        self._score.take(mine, truth)
        report: dict[str, Any] = {"model": self.version, **self._score.figures()}
        if self._other is not None:
            if other is not None:
                self._other_score.take(other, truth)
            theirs = self._other_score.figures()
            known = theirs["count"] and self._score.absolute > 0
            report["challenger"] = theirs
            report["better"] = 1 - self._other_score.absolute / self._score.absolute if known else None
        if msg.quality == "good":
            self._taught(values, truth)
        return msg.replace(payload=report, quality="good").to("report")

    def keepsake(self) -> dict[str, Any]:
        """Return what was measured of each model, for the list of models."""
        found = [{"role": "model", "sha256": self.sha256, **self._score.measured()}]
        if self.challenger:
            found.append({"role": "challenger", "sha256": self.challenger_sha256, **self._other_score.measured()})
        return {"models": found}

    def state(self) -> dict[str, Any]:
        """Return how good the models were."""
        named = {self.sha256: self._score.kept()}
        return {"scores": named | ({self.challenger_sha256: self._other_score.kept()} if self.challenger else {})}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back the scores of the files that are still meant: a challenger that takes over keeps its own."""
        kept = state.get("scores") or {}
        for name, score in ((self.sha256, self._score), (self.challenger_sha256, self._other_score)):
            if name in kept:
                score.restore(kept[name])

    def _lived(self, values: list[float]) -> None:
        """Inputs have come that are good and inside their bounds."""

    def _taught(self, values: list[float], truth: list[float]) -> None:
        """It is known what came of inputs."""

    def _called(self) -> str:
        return self.version or self.sha256[:12]

    def _answered(self, found: list[float], other: list[float] | None, inside: bool) -> None:
        self._score.answer(inside)
        if other is not None:
            away = math.fsum([abs(a - b) for a, b in zip(found, other, strict=True)]) / len(found)
            within = all(low <= value <= high for (low, high), value in zip(self.gives.values(), other, strict=True))
            self._other_score.answer(inside and within, away)

    def _shadow(self, values: list[float]) -> list[float] | None:
        if self._other is None:
            return None
        try:
            return self._other.run(values)
        except ValueError as error:  # it must not disturb the one that counts
            self.status("warning", f"the challenger: {error}")
            return None

    def _inputs(self, payload: Any) -> tuple[list[float], list[str]]:
        if not isinstance(payload, dict):
            raise BadData(f"{shown(payload)} is no object of inputs by name")
        values, reasons = [], []
        for name, (low, high) in self.takes.items():
            if payload.get(name) is None:
                raise BadData(f"the message has no {name!r:.60}")
            value = number(payload[name])
            values.append(value)
            if not low <= value <= high:
                reasons.append(f"{name} {value:g} is outside {low:g} to {high:g}, on which the model was trained")
        if reasons and self.outside == "refuse":
            raise BadData("; ".join(reasons))
        return values, reasons

    def _truth(self, payload: Any) -> list[float]:
        if len(self.gives) == 1 and not isinstance(payload, dict):
            return [number(payload)]
        if not isinstance(payload, dict) or any(payload.get(name) is None for name in self.gives):
            raise BadData(f"{shown(payload)} does not say what came of {', '.join(self.gives)}")
        return [number(payload[name]) for name in self.gives]

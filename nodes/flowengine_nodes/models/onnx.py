"""The transform `models/onnx`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta

from flowengine import ADVANCED, BadData, Message, Port, Quality, Routed, State, Transform
from flowengine_nodes.models.network import Network, library
from flowengine_nodes.models.score import Score
from flowengine_nodes.values.convert import number, shown

Bounds = Annotated[list[float], Meta(min_length=2, max_length=2)]
Hash = Annotated[str, Meta(pattern="^([0-9a-fA-F]{64})?$")]


class OnnxModel(Transform, type="models/onnx"):
    """Run a model that was trained elsewhere: an ONNX file, with declared inputs, outputs and bounds.

    In goes an object with a number for each of `takes`, in the order in which the model takes them; out comes an object
    with a number for each of `gives`. `[low, high]` of an input is the range it was trained on: beyond it the answer is
    a guess, and leaves with quality uncertain and the reason; `outside: refuse` makes it an error. `[low, high]` of an
    output is what it may be at all: beyond it the answer is cut there, and uncertain. A bad message leaves as bad,
    without an answer.

    `sha256` names the one file that is meant; another in its place does not start. What really came, at `truth`, is
    compared with the newest answer: `report` tells the error (mae, rmse, bias over about `span` answers). With a
    `challenger` a second model of the same form runs in shadow: it is told the same and compared in the same way, and
    what it says goes nowhere else; `better` says how much smaller its error is. Put control/learned-trim or a limit
    behind a model that is to act: this node bounds a number, not a machine.

    Models are data; what a file names beside itself is not opened. Needs the extra `onnx`.

    Example: takes {"speed": [0, 60], "load": [0, 1]}, gives {"current": [0, 40]}.
    """

    inputs = (Port("in", "object", "Inputs by name"), Port("truth", "any", "What really came"))
    outputs = (Port("out", "object", "Outputs by name"), Port("report", "object", "How good it is"))

    file: Annotated[str, Meta(description="Path of the ONNX file", min_length=1)]
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
        for option in ("sha256", "takes", "gives"):
            if not getattr(self, option):
                raise ValueError(f"{option} is missing: say which file is meant, and what it takes and gives")
        library()
        for name, (low, high) in {**self.takes, **self.gives}.items():
            if not low < high:
                raise ValueError(f"{name}: expected the lower bound first, not [{low:g}, {high:g}]")
        if self.challenger and not self.challenger_sha256:
            raise ValueError("challenger_sha256 is missing: say which file is meant")
        self._model: Network | None = None
        self._other: Network | None = None
        self._score, self._other_score = Score(self.span), Score(self.span)
        self._last: tuple[list[float], list[float] | None] | None = None

    async def start(self) -> None:
        """Load the model, and the challenger.

        Raises:
            ValueError: a file is another than the one meant, or of another form.
        """
        form = (len(self.takes), len(self.gives))
        self._model = await self.blocking(Network, self.file, self.sha256, *form)
        if self.challenger:
            self._other = await self.blocking(Network, self.challenger, self.challenger_sha256, *form)
        self.status("ok", self.version or self._model.sha256[:12])

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
        self._last = (found, self._shadow(values))
        answer: dict[str, float] = {}
        for (name, (low, high)), value in zip(self.gives.items(), found, strict=True):
            answer[name] = min(max(value, low), high)
            if answer[name] != value:
                reasons.append(f"{name} would be {value:g}, cut at {answer[name]:g}")
        quality: Quality = "uncertain" if reasons else msg.quality
        more = {"model": self.version or self._model.sha256[:12]}
        if reasons:
            more["reason"] = "; ".join(reasons)
        return msg.replace(payload=answer, quality=quality, properties={**msg.properties, **more})

    def on_truth(self, msg: Message) -> Routed | None:
        """Compare what really came with the newest answer, once."""
        if msg.quality == "bad" or self._last is None:
            return None
        truth, (mine, other) = self._truth(msg.payload), self._last
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
        return msg.replace(payload=report, quality="good").to("report")

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

"""The transform `models/river`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from msgspec import Meta

from flowengine import BadData, Message, Routed, State
from flowengine_nodes.models.declared import DeclaredModel
from flowengine_nodes.models.learner import Learner
from flowengine_nodes.models.river_kinds import kind_of, library


class RiverModel(DeclaredModel, type="models/river"):
    """Learn online from what flows by, and predict or score it: a model of river, with declared inputs and bounds.

    In goes an object with a number for each of `takes`; out comes an object with the one number that it `gives`. A
    regression answers first and learns afterwards, when what really came arrives at `truth`. An anomaly score (0: as
    always; towards 1: never seen) needs no truth: it learns from every input that is good and inside its bounds, after
    it has scored it. Bounds scale the numbers, so they must be near to what comes: beyond them the answer is uncertain,
    or refused, and nothing is learned; an output is cut at its bounds.

    `model` is river's own name, with its `parameters`: linear_model.LinearRegression (learning_rate, intercept_lr, l2),
    linear_model.PARegressor (C, eps), linear_model.BayesianLinearRegression (alpha, beta; smoothing, such as 0.99, lets
    it forget), anomaly.HalfSpaceTrees (n_trees, height, window_size, seed). All they learn is kept as numbers, over
    restarts too, unless the options are others. Other models of river can only be saved by pickle, which is code that
    runs when it is read: they are refused.

    `flowengine models save` writes what was learned to a JSON file. With `file` and `sha256` it begins from such a
    file; with a `challenger` a second one runs in shadow beside it. With `learn` off both stay as they are. `report`
    tells errors as models/onnx does. What acts on a machine belongs behind control/learned-trim or a limit. Needs the
    extra `river`.

    Example: takes {"speed": [0, 60], "load": [0, 1]}, gives {"current": [0, 40]}, model linear_model.LinearRegression.
    """

    model: Annotated[
        str,
        Meta(
            description="River's name of the model",
            max_length=100,
            examples=["linear_model.LinearRegression", "anomaly.HalfSpaceTrees"],
        ),
    ] = "linear_model.LinearRegression"
    parameters: Annotated[dict[str, float], Meta(description="Its parameters, where they are not the usual ones")] = {}
    learn: Annotated[bool, Meta(description="Whether it learns while it runs")] = True
    learned: State[dict[str, Any]] = {}

    @classmethod
    def learns(cls, options: Mapping[str, Any]) -> bool:
        """Say whether a node with such options learns, for the list of models."""
        return bool(options.get("learn", True))

    def __post_init__(self) -> None:
        super().__post_init__()
        kind = kind_of(self.model)
        if len(self.gives) != 1:
            raise ValueError(f"gives names {len(self.gives)} outputs: a model of river gives one number")
        library()
        self._anomaly = kind.task == "anomaly"
        Learner(*self._declared())
        self._documents: dict[str, Any] = {}

    def _declared(self) -> tuple[Any, ...]:
        return self.model, self.parameters, self.takes, self.gives

    def _loaded(self, file: str, sha256: str) -> Learner:
        made = Learner.read(file, sha256, *self._declared()) if file else Learner(*self._declared())
        self._recall(made)
        return made

    def take_opened(self, other: Self) -> None:
        """Take the models that another has loaded, and what was learned since."""
        super().take_opened(other)
        for model in (self._model, self._other):
            if isinstance(model, Learner):
                self._recall(model)

    def _recall(self, model: Learner) -> None:
        if self.learn and model.sha256 in self._documents:
            model.take_over(self._documents[model.sha256])

    def on_truth(self, msg: Message) -> Routed | None:
        """Compare what really came with the newest answer, once, and learn from it.

        Raises:
            BadData: this is an anomaly score.
        """
        if self._anomaly:
            raise BadData("an anomaly score is not compared with a truth: it learns from its inputs alone")
        return super().on_truth(msg)

    def state(self) -> dict[str, Any]:
        """Return the scores, and all that was learned."""
        models = [one for one in (self._model, self._other) if isinstance(one, Learner) and self.learn]
        documents = {one.sha256: one.document() for one in models}
        return {**super().state(), "learned": documents or self._documents}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Take back what was learned, if the model is the same."""
        super().restore(state)
        kept = state.get("learned")
        self._documents = {name: one for name, one in (kept or {}).items() if self._fits(one)}

    def _fits(self, document: Any) -> bool:
        try:
            Learner(*self._declared()).take_over(document)
        except ValueError:
            return False  # other options: it begins anew, as the help says
        return True

    def _called(self) -> str:
        return super()._called() or self.model.rpartition(".")[2]

    def _lived(self, values: list[float]) -> None:
        if self._anomaly:
            self._learn(values, None)

    def _taught(self, values: list[float], truth: list[float]) -> None:
        inside = all(low <= value <= high for (low, high), value in zip(self.takes.values(), values, strict=True))
        if inside:
            self._learn(values, truth)

    def _learn(self, values: list[float], truth: list[float] | None) -> None:
        if self.learn:
            for model in (self._model, self._other):
                if model is not None:
                    model.learn(values, truth)

"""The transform `models/linear`."""

from __future__ import annotations

from flowengine_nodes.models.declared import DeclaredModel
from flowengine_nodes.models.sums import WeightedSums
from flowengine_nodes.signal.samples import load_numpy


class LinearModel(DeclaredModel, type="models/linear"):
    """Run a linear model that was fitted elsewhere: arrays of an .npz file, with declared inputs, outputs and bounds.

    Each output is a sum of the inputs, each times its weight, and a constant: what least squares, ridge or PLS
    regression gives, as for a soft sensor. The file is one of `numpy.savez`, with the arrays `weights` (a row for each
    of `gives`, in it a number for each of `takes`, in their order) and `constants` (a number for each of `gives`), and
    nothing else. It is read without pickle: an array of objects, which would be code, is refused.

    In goes an object with a number for each of `takes`; out comes an object with a number for each of `gives`. Bounds,
    quality, `truth`, `report` and `challenger` are those of models/onnx: beyond the bounds of its inputs the answer is
    uncertain, or refused, and an output is cut at its bounds. `sha256` names the one file that is meant; another in its
    place does not start. Put a limit behind a model that is to act. Needs the extra `signal`.

    Example: numpy.savez("1.npz", weights=[[0.4, 10]], constants=[3]) for takes {"speed": [0, 60], "load": [0, 1]} and
    gives {"current": [0, 40]}.
    """

    def __post_init__(self) -> None:
        for option in ("file", "sha256"):
            if not getattr(self, option):
                raise ValueError(f"{option} is missing: say which file is meant, and what it takes and gives")
        super().__post_init__()
        load_numpy()

    def _loaded(self, file: str, sha256: str) -> WeightedSums:
        return WeightedSums(file, sha256, len(self.takes), len(self.gives))

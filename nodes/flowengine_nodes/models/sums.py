"""A linear model read from an .npz file of numpy: held against its hash and against what the node declares."""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from flowengine_nodes.models.file import LARGEST, meant

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ARRAYS: Final = ("weights", "constants")


class WeightedSums:
    """One model: each output is a sum of the inputs, each times its weight, and a constant."""

    def __init__(self, file: str, sha256: str, inputs: int, outputs: int) -> None:
        """Read and check a file; blocks.

        Raises:
            ValueError: it is not there, another than the one meant, no arrays of numbers, or of another form.
        """
        raw, self.sha256 = meant(file, sha256)
        weights, constants = _arrays(raw, file)
        for name, found, wanted in (("weights", weights, (outputs, inputs)), ("constants", constants, (outputs,))):
            if found.shape != wanted:
                raise ValueError(f"{file}: {name} has the shape {found.shape}; declared are {wanted}")
        self._weights: list[list[float]] = weights.tolist()
        self._constants: list[float] = constants.tolist()

    def run(self, values: Sequence[float]) -> list[float]:
        """Return the outputs for these inputs.

        Raises:
            ValueError: one is not finite.
        """
        sums = [sum([w * x for w, x in zip(row, values, strict=True)]) for row in self._weights]
        found = [total + constant for total, constant in zip(sums, self._constants, strict=True)]
        if not all(map(math.isfinite, found)):
            raise ValueError(f"the model gave {found[:5]}: expected {len(found)} finite numbers")
        return found

    def learn(self, values: Sequence[float], truth: Sequence[float] | None) -> None:
        """Do nothing: it was fitted elsewhere."""


def _arrays(raw: bytes, file: str) -> list[NDArray[Any]]:
    """Return the arrays of a file; one that holds objects is a pickle, and is not read."""
    import numpy as np

    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > LARGEST:
                raise ValueError(f"its arrays have more than {LARGEST >> 20} MB")
        with np.load(io.BytesIO(raw), allow_pickle=False) as stored:
            if sorted(stored) != sorted(_ARRAYS):
                raise ValueError(f"it holds {', '.join(stored) or 'nothing'}; expected {' and '.join(_ARRAYS)}")
            found = [np.asarray(stored[name]) for name in _ARRAYS]
    except Exception as error:  # noqa: BLE001 (zip, zlib and numpy raise whatever a damaged or hostile file leads to)
        raise ValueError(f"{file} is no .npz file of a linear model: {' '.join(str(error).split())[:200]}") from None
    if not all(one.dtype.kind in "iuf" and np.isfinite(one).all() for one in found):
        raise ValueError(f"{file} holds something that is no finite number")
    return [one.astype(np.float64) for one in found]

"""An ONNX file made ready to run: read, held against its hash and against what the node declares."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any, Final

from flowengine_nodes.models.file import meant

_NUMBERS: Final = {
    "tensor(float)": "float32",
    "tensor(double)": "float64",
    "tensor(float16)": "float16",
    "tensor(int64)": "int64",
    "tensor(int32)": "int32",
}


def library() -> ModuleType:
    """Return onnxruntime, imported when it is first needed.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ValueError(f"ONNX models need onnxruntime: pip install 'flowengine-ot[onnx]' ({error})") from None
    module: ModuleType = onnxruntime
    return module


class Network:
    """One model: a list of numbers in, a list of numbers out.

    It is given as bytes, so that nothing that a file names beside itself is ever opened, and runs in one thread.
    """

    def __init__(self, file: str, sha256: str, inputs: int, outputs: int) -> None:
        """Read and check a file; blocks.

        Raises:
            ValueError: it is not there, another than the one meant, no ONNX, or of another form than declared.
        """
        raw, self.sha256 = meant(file, sha256)
        runtime = library()
        options = runtime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session = runtime.InferenceSession(raw, options, providers=["CPUExecutionProvider"])
        except Exception as error:  # noqa: BLE001 (what onnxruntime raises has no base of its own)
            raise ValueError(f"{file} cannot be loaded: {' '.join(str(error).split())[:200]}") from None
        self._input, self._kind = _only(self._session.get_inputs(), file, "input", inputs)
        self._output, _ = _only(self._session.get_outputs(), file, "output", outputs)
        self._outputs = outputs

    def run(self, values: Sequence[float]) -> list[float]:
        """Return the outputs for these inputs.

        Raises:
            ValueError: it takes others, fails on them, or gives another number of outputs, or none that is finite.
        """
        import numpy as np

        if self._kind.startswith("int") and not all(value.is_integer() for value in values):
            raise ValueError(f"the model takes whole numbers, not {list(values)[:5]}")
        try:
            (found,) = self._session.run([self._output], {self._input: np.asarray([values], dtype=self._kind)})
        except Exception as error:  # noqa: BLE001
            raise ValueError(f"the model fails: {' '.join(str(error).split())[:200]}") from None
        flat = [float(value) for value in np.asarray(found).reshape(-1)]
        if len(flat) != self._outputs or not all(math.isfinite(value) for value in flat):
            raise ValueError(f"the model gave {flat[:5]}: expected {self._outputs} finite numbers")
        return flat

    def learn(self, values: Sequence[float], truth: Sequence[float] | None) -> None:
        """Do nothing: it was trained elsewhere."""


def _only(ports: Sequence[Any], file: str, what: str, count: int) -> tuple[str, str]:
    """Return name and type of the model's one input or output, a row of so many numbers."""
    port = ports[0]
    if what == "input" and len(ports) != 1:
        raise ValueError(f"{file} has {len(ports)} inputs: expected one, a row of {count} numbers")
    kind = _NUMBERS.get(port.type)
    if kind is None:
        raise ValueError(f"{file}: its {what} '{port.name}' is {port.type}: expected a tensor of numbers")
    shape = list(port.shape)
    if what == "input" and shape and (len(shape) != 2 or (isinstance(shape[0], int) and shape[0] != 1)):
        raise ValueError(f"{file}: its input '{port.name}' has the shape {shape}: expected one row of {count} numbers")
    last = shape[-1] if shape else 1
    if isinstance(last, int) and last != count and not (what == "output" and count == 1 and len(shape) == 1):
        raise ValueError(f"{file}: its {what} '{port.name}' holds {last} numbers, and {count} are declared")
    return port.name, kind

"""The transform `models/onnx`."""

from __future__ import annotations

from flowengine_nodes.models.declared import DeclaredModel
from flowengine_nodes.models.network import Network, library


class OnnxModel(DeclaredModel, type="models/onnx"):
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

    def __post_init__(self) -> None:
        for option in ("file", "sha256"):
            if not getattr(self, option):
                raise ValueError(f"{option} is missing: say which file is meant, and what it takes and gives")
        super().__post_init__()
        library()

    def _loaded(self, file: str, sha256: str) -> Network:
        return Network(file, sha256, len(self.takes), len(self.gives))

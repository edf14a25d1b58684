"""models/linear with files of numpy, against statsmodels; what is no plain array is refused."""

from __future__ import annotations

import contextlib
import hashlib
import io
import pickle
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.linear_model import OLS

from flowengine import Message
from flowengine_nodes.models.linear import LinearModel
from flowengine_nodes.models.sums import WeightedSums
from tests.nodes.models.talking import talk

TAKES = {"speed": [0.0, 60.0], "load": [0.0, 1.0]}
GIVES = {"current": [0.0, 40.0]}


def meant(path: Path, raw: bytes | None = None, **arrays: Any) -> dict[str, Any]:
    """Write a file; gives the options that name it."""
    if raw is None:
        packed = io.BytesIO()
        np.savez(packed, allow_pickle=True, **arrays)
        raw = packed.getvalue()
    path.write_bytes(raw)
    return {"file": str(path), "sha256": hashlib.sha256(raw).hexdigest()}


def test_it_answers_as_the_regression_that_was_fitted(tmp_path: Path) -> None:
    dice = np.random.default_rng(1)
    x = dice.uniform([0, 0], [60, 1], (50, 2))
    y = x @ [[0.4, 0.1], [10.0, -3.0]] + [3.0, 20.0] + dice.normal(0, 0.2, (50, 2))
    fits = [OLS(column, np.column_stack([x, np.ones(50)])).fit() for column in y.T]
    options = meant(
        tmp_path / "1.npz", weights=[fit.params[:2] for fit in fits], constants=[fit.params[2] for fit in fits]
    )
    node = LinearModel(**options, takes=TAKES, gives={**GIVES, "heat": [0.0, 90.0]})
    answers = talk(node, *[Message({"speed": float(a), "load": float(b)}) for a, b in x])
    found = [[msg.payload["current"], msg.payload["heat"]] for msg in answers]
    assert np.array(found) == pytest.approx(np.column_stack([fit.fittedvalues for fit in fits]), rel=1e-9)
    assert {msg.quality for msg in answers} == {"good"}


def test_beyond_its_bounds_it_is_uncertain_and_cut(tmp_path: Path) -> None:
    node = LinearModel(**meant(tmp_path / "1.npz", weights=[[1, 0]], constants=[0]), takes=TAKES, gives=GIVES)
    (found,) = talk(node, Message({"speed": 70, "load": 0}))
    assert (found.payload, found.quality) == ({"current": 40.0}, "uncertain")
    assert "speed 70 is outside 0 to 60" in found.get("reason")


class Canary:
    def __reduce__(self) -> Any:
        return open, ("canary", "w")


@pytest.mark.parametrize(
    ("arrays", "reason"),
    [
        ({"weights": [[1.0]], "constants": [0.0]}, r"weights has the shape \(1, 1\); declared are \(1, 2\)"),
        ({"weights": [[1.0, 2.0]], "constants": [0.0, 1.0]}, r"constants has the shape \(2,\)"),
        ({"weights": [[1.0, 2.0]]}, "it holds weights; expected weights and constants"),
        ({"weights": [[1.0, np.nan]], "constants": [0.0]}, "no finite number"),
        ({"weights": [["a", "b"]], "constants": [0.0]}, "no finite number"),
        ({"weights": np.array([[Canary(), 1.0]], dtype=object), "constants": [0.0]}, "allow_pickle"),
    ],
)
def test_arrays_of_another_form_do_not_start_and_no_pickle_is_read(
    arrays: dict[str, Any], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=reason):
        talk(LinearModel(**meant(tmp_path / "1.npz", **arrays), takes=TAKES, gives=GIVES))
    assert not (tmp_path / "canary").exists()


def hostile(shape: str) -> bytes:
    """Return an array whose head promises such a shape, and holds two numbers."""
    head = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head + bytes(16)


def packed(weights: bytes) -> bytes:
    """Return a file of numpy.savez with such weights."""
    raw, constants = io.BytesIO(), io.BytesIO()
    np.save(constants, [0.0])
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("weights.npy", weights)
        file.writestr("constants.npy", constants.getvalue())
    return raw.getvalue()


@pytest.mark.parametrize("shape", [f"({10**12},)", f"({10**30},)", "(-1, 2)", "'x'"])
def test_an_array_that_promises_more_than_there_is_does_not_start(shape: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"no \.npz file of a linear model"):
        talk(LinearModel(**meant(tmp_path / "1.npz", packed(hostile(shape))), takes=TAKES, gives=GIVES))


@settings(max_examples=30)
@given(st.dictionaries(st.integers(0, 500), st.integers(0, 255), min_size=1, max_size=4))
def test_a_damaged_file_is_a_problem_that_is_told_and_nothing_else(damage: dict[int, int]) -> None:
    raw = bytearray(packed(hostile("(1, 2)")))
    for at, byte in damage.items():
        raw[at % len(raw)] = byte
    with tempfile.TemporaryDirectory() as folder, contextlib.suppress(ValueError):
        WeightedSums(**meant(Path(folder) / "1.npz", bytes(raw)), inputs=2, outputs=1)


def test_files_that_are_none_do_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for raw in (b"import os", pickle.dumps([1.0]), b"PK\x05\x06" + b"\0" * 18):
        with pytest.raises(ValueError, match=r"no \.npz file"):
            talk(LinearModel(**meant(tmp_path / "1.npz", raw), takes=TAKES, gives=GIVES))
    sound = meant(tmp_path / "1.npz", weights=[[1.0, 2.0]], constants=[0.0])
    with pytest.raises(ValueError, match="another file than the one meant"):
        talk(LinearModel(file=sound["file"], sha256="0" * 64, takes=TAKES, gives=GIVES))
    with pytest.raises(ValueError, match="file is missing"):
        LinearModel(takes=TAKES, gives=GIVES)
    monkeypatch.setattr("flowengine_nodes.models.sums.LARGEST", 100)
    with pytest.raises(ValueError, match="its arrays have more than"):
        talk(LinearModel(**sound, takes=TAKES, gives=GIVES))

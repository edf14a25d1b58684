"""models/onnx with models that are made here, by the reference tools of ONNX."""

from __future__ import annotations

import hashlib
import warnings
from pathlib import Path
from typing import Any

import pytest

from flowengine import Message
from flowengine_nodes.models.onnx import OnnxModel
from tests.nodes.models.talking import talk

TAKES = {"speed": [0.0, 60.0], "load": [0.0, 1.0]}
GIVES = {"current": [0.0, 40.0]}


def linear(
    path: Path, weights: list[float], bias: float, kind: str = "FLOAT", rows: tuple[int | None, ...] = (None,)
) -> dict[str, Any]:
    """Write a model y = w·x + b; gives the options that name it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx import TensorProto, helper

        number = getattr(TensorProto, kind)
        graph = helper.make_graph(
            [helper.make_node("MatMul", ["x", "w"], ["p"]), helper.make_node("Add", ["p", "b"], ["y"])],
            "line",
            [helper.make_tensor_value_info("x", number, [*rows, len(weights)])],
            [helper.make_tensor_value_info("y", number, [*rows, 1])],
            [
                helper.make_tensor("w", number, [len(weights), 1], weights),
                helper.make_tensor("b", number, [1], [bias]),
            ],
        )
        opsets = [helper.make_opsetid("", 17)]
        path.write_bytes(helper.make_model(graph, opset_imports=opsets, ir_version=9).SerializeToString())
    return {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def ask(speed: float, load: float = 0.5, **more: Any) -> Message:
    return Message({"speed": speed, "load": load}, **more)


@pytest.fixture
def model(tmp_path: Path) -> dict[str, Any]:
    return linear(tmp_path / "current.onnx", [0.5, 10.0], 1.0)


def test_a_model_answers_by_name_and_says_which_it_is(model: dict[str, Any]) -> None:
    (found,) = talk(OnnxModel(**model, takes=TAKES, gives=GIVES, version="7"), ask(30))
    assert found.payload == {"current": pytest.approx(21.0)}
    assert (found.quality, found.properties["model"]) == ("good", "7")


def test_what_lies_outside_is_uncertain_cut_or_refused(model: dict[str, Any]) -> None:
    node = OnnxModel(**model, takes=TAKES, gives=GIVES)
    fast, most = talk(node, ask(61), ask(60, 1.0))
    assert fast.quality == "uncertain"
    assert "speed 61 is outside 0 to 60" in fast.properties["reason"]
    assert (most.payload["current"], most.quality) == (40.0, "uncertain")
    assert most.properties["reason"] == "current would be 41, cut at 40"
    (refused,) = talk(OnnxModel(**model, takes=TAKES, gives=GIVES, outside="refuse"), ask(61))
    assert "on which the model was trained" in refused


def test_a_bad_message_has_no_answer_and_what_lacks_an_input_is_an_error(model: dict[str, Any]) -> None:
    node = OnnxModel(**model, takes=TAKES, gives=GIVES)
    bad, lacks, none = talk(node, ask(1, quality="bad"), Message({"speed": 1}), Message(3))
    assert (bad.payload, bad.quality) == (None, "bad")
    assert lacks == "the message has no 'load'"
    assert "no object of inputs" in none


def test_another_file_in_the_place_of_the_one_that_is_meant_does_not_start(
    model: dict[str, Any], tmp_path: Path
) -> None:
    node = OnnxModel(**model, takes=TAKES, gives=GIVES)
    linear(tmp_path / "current.onnx", [9.0, 9.0], 9.0)
    with pytest.raises(ValueError, match="is another file than the one meant"):
        talk(node)


def test_a_file_of_another_form_or_none_at_all_does_not_start(model: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="holds 2 numbers, and 1 are declared"):
        talk(OnnxModel(**model, takes={"speed": [0.0, 1.0]}, gives=GIVES))
    junk = tmp_path / "junk.onnx"
    junk.write_bytes(b"import os")
    options: dict[str, Any] = {"file": str(junk), "sha256": hashlib.sha256(b"import os").hexdigest()}
    with pytest.raises(ValueError, match="cannot be loaded"):
        talk(OnnxModel(**options, takes=TAKES, gives=GIVES))
    with pytest.raises(ValueError, match="cannot read"):
        talk(OnnxModel(file=str(tmp_path / "none"), sha256="0" * 64, takes=TAKES, gives=GIVES))
    with pytest.raises(ValueError, match="sha256 is missing"):
        OnnxModel(file="x")
    with pytest.raises(ValueError, match="lower bound first"):
        OnnxModel(**model, takes={"speed": [1.0, 0.0]}, gives=GIVES)


@pytest.mark.parametrize("rows", [(4,), (None, 3), ()])
def test_a_model_that_takes_no_single_row_does_not_start(rows: tuple[int | None, ...], tmp_path: Path) -> None:
    options = linear(tmp_path / "rows.onnx", [0.5, 10.0], 1.0, rows=rows)
    with pytest.raises(ValueError, match="expected one row of 2 numbers"):
        talk(OnnxModel(**options, takes=TAKES, gives=GIVES))


def test_what_is_no_number_is_no_answer_and_a_model_of_whole_numbers_gets_no_others(tmp_path: Path) -> None:
    options = linear(tmp_path / "nan.onnx", [float("nan"), 1.0], 0.0)
    (found,) = talk(OnnxModel(**options, takes=TAKES, gives=GIVES), ask(30))
    assert found == "the model gave [nan]: expected 1 finite numbers"
    options = linear(tmp_path / "whole.onnx", [2, 1], 0, "INT32")
    whole, broken = talk(OnnxModel(**options, takes=TAKES, gives=GIVES), ask(3, 1), ask(3, 0.5))
    assert whole.payload == {"current": 7.0}
    assert broken == "the model takes whole numbers, not [3.0, 0.5]"


def test_errors_are_told_and_a_challenger_is_compared_in_shadow(model: dict[str, Any], tmp_path: Path) -> None:
    other = linear(tmp_path / "next.onnx", [0.5, 10.0], 2.0, "DOUBLE")
    options: dict[str, Any] = {"challenger": other["file"], "challenger_sha256": other["sha256"]}
    node = OnnxModel(**model, takes=TAKES, gives=GIVES, **options)
    truth = Message(23.0).to("truth")  # the model says 21, the challenger 22
    answers = talk(node, ask(30), truth, truth, ask(30), truth)
    assert answers[0].payload == {"current": pytest.approx(21.0)}
    assert answers[2] is None  # no answer is compared twice
    report = answers[4].msg.payload
    assert (report["count"], report["mae"], report["bias"]) == (2, pytest.approx(2.0), pytest.approx(-2.0))
    assert report["challenger"]["mae"] == pytest.approx(1.0)
    assert report["better"] == pytest.approx(0.5)

    promoted = OnnxModel(**other, takes=TAKES, gives=GIVES)
    promoted.restore(node.state())
    report = talk(promoted, ask(30), truth)[1].msg.payload
    assert (report["count"], report["mae"]) == (3, pytest.approx(1.0))

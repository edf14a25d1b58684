"""models/river against river itself: the same answers, the same learning, and all of it kept as numbers."""

from __future__ import annotations

import hashlib
import json
import random
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from river import anomaly, linear_model, metrics, optim
from river.datasets import Shuttle

from flowengine import Message, Routed
from flowengine.store.packing import pack_value, unpack_value
from flowengine_nodes.models.learner import Learner
from flowengine_nodes.models.river import RiverModel
from flowengine_nodes.models.river_kinds import KINDS
from tests.nodes.models.talking import talk

TAKES = {"speed": [0.0, 60.0], "load": [0.0, 1.0]}
GIVES = {"current": [0.0, 40.0]}
SCORE = {"score": [0.0, 1.0]}
TREES: dict[str, Any] = {"n_trees": 5, "height": 5, "window_size": 50, "seed": 3}


def readings(count: int, seed: int = 1) -> list[tuple[dict[str, float], float]]:
    dice = random.Random(seed)
    found = []
    for _ in range(count):
        x = {"speed": dice.uniform(0, 60), "load": dice.uniform(0, 1)}
        found.append((x, 0.4 * x["speed"] + 10 * x["load"] + 3 + dice.gauss(0, 0.2)))
    return found


def learnt(model: str, count: int = 200, **options: Any) -> tuple[RiverModel, list[Any]]:
    """Give a node readings and what came of each; gives it, and its answers."""
    node = RiverModel(model=model, takes=TAKES, gives=GIVES, **options)
    inputs: list[Message | Routed] = []
    for x, y in readings(count):
        inputs += [Message(x), Message(y).to("truth")]
    return node, [one.payload["current"] for one in talk(node, *inputs)[::2]]


def bayesian_x(x: dict[str, float]) -> dict[str, float]:
    return {**x, "(constant)": 1.0}


MADE: dict[str, tuple[Callable[[], Any], Callable[[dict[str, float]], dict[str, float]]]] = {
    "linear_model.LinearRegression": (
        lambda: linear_model.LinearRegression(optim.SGD(0.05), intercept_lr=0.05),
        lambda x: x,
    ),
    "linear_model.PARegressor": (lambda: linear_model.PARegressor(C=0.1, mode=2, eps=0.01), lambda x: x),
    "linear_model.BayesianLinearRegression": (linear_model.BayesianLinearRegression, bayesian_x),
}


@pytest.mark.parametrize("model", MADE)
def test_a_regression_answers_and_learns_as_river_itself_does(model: str) -> None:
    made, form = MADE[model]
    theirs = made()
    expected = []
    for x, y in readings(200):
        scaled = form({"speed": x["speed"] / 30 - 1, "load": x["load"] * 2 - 1})
        expected.append(min(max(20 + 20 * theirs.predict_one(scaled), 0.0), 40.0))
        theirs.learn_one(scaled, y / 20 - 1)
    node, found = learnt(model)
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    error = node._score.figures()["mae"]
    assert error is not None
    assert error < 4


def test_an_anomaly_score_is_river_s_on_the_shuttle_data_that_come_with_river() -> None:
    data = [x for x, _ in Shuttle().take(600)]
    bounds = {name: [min(x[name] for x in data) - 1.0, max(x[name] for x in data) + 1.0] for name in data[0]}
    theirs = anomaly.HalfSpaceTrees(5, 5, 50, seed=3)
    expected = []
    for x in data:
        scaled = {name: (x[name] - low) / (high - low) for name, (low, high) in bounds.items()}
        expected.append(theirs.score_one(scaled))
        theirs.learn_one(scaled)
    node = RiverModel(model="anomaly.HalfSpaceTrees", parameters=TREES, takes=bounds, gives=SCORE)
    found = [one.payload["score"] for one in talk(node, *[Message(x) for x in data])]
    assert found == pytest.approx(expected, rel=1e-12)
    assert len({*found}) > 50


def test_on_the_shuttle_data_faults_are_told_from_what_is_usual() -> None:
    data = list(Shuttle().take(3000))
    bounds = {name: [-100.0, 200.0] for name in data[0][0]}  # what the sensors can show, not what came
    node = RiverModel(
        model="anomaly.HalfSpaceTrees", parameters={"n_trees": 10}, takes=bounds, gives=SCORE, outside="uncertain"
    )
    area = metrics.ROCAUC()
    for (_, fault), one in zip(data, talk(node, *[Message(x) for x, _ in data]), strict=True):
        area.update(fault, one.payload["score"])
    assert area.get() > 0.8, area


@pytest.mark.parametrize("model", KINDS)
def test_what_was_learned_is_kept_as_numbers_and_goes_on_as_if_nothing_had_been(model: str) -> None:
    chosen = TREES if model.startswith("anomaly") else {}
    gives = SCORE if model.startswith("anomaly") else GIVES
    one = Learner(model, chosen, TAKES, gives)
    for x, y in readings(120):
        one.learn([*x.values()], None if gives is SCORE else [y])
    text = json.dumps(one.document())
    other = Learner(model, chosen, TAKES, gives)
    other.take_over(json.loads(text))
    for x, y in readings(80, seed=2):
        values = [*x.values()]
        assert one.run(values) == other.run(values)
        for learner in (one, other):
            learner.learn(values, None if gives is SCORE else [y])
    assert one.document() == other.document()


def test_over_a_restart_the_node_goes_on_and_with_other_options_it_begins_anew() -> None:
    node, _ = learnt("linear_model.LinearRegression")
    kept = unpack_value(pack_value(node.state()))
    again = RiverModel(model="linear_model.LinearRegression", takes=TAKES, gives=GIVES)
    again.restore(kept)
    ask = Message({"speed": 30.0, "load": 0.5})
    (found,) = talk(again, ask)
    assert found.payload["current"] == pytest.approx(20.0, abs=1.0)
    assert again._score.count == 200
    other = RiverModel(model="linear_model.LinearRegression", takes={**TAKES, "load": [0.0, 2.0]}, gives=GIVES)
    other.restore(kept)
    assert talk(other, ask)[0].payload["current"] == 20.0  # the middle of its bounds: nothing learned


def written(path: Path, node: RiverModel) -> dict[str, Any]:
    document = next(iter(node.state()["learned"].values()))
    path.write_text(json.dumps(document))
    return {"file": str(path), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}


def test_it_begins_from_a_file_and_a_challenger_is_compared_in_shadow(tmp_path: Path) -> None:
    good, _ = learnt("linear_model.LinearRegression")
    poor, _ = learnt("linear_model.LinearRegression", count=3)
    mine, theirs = written(tmp_path / "poor.json", poor), written(tmp_path / "good.json", good)
    node = RiverModel(
        takes=TAKES, gives=GIVES, learn=False, challenger=theirs["file"], challenger_sha256=theirs["sha256"], **mine
    )
    inputs: list[Message | Routed] = []
    for x, y in readings(50, seed=9):
        inputs += [Message(x), Message(y).to("truth")]
    report = talk(node, *inputs)[-1].msg.payload
    assert report["challenger"]["mae"] < 0.5 * report["mae"]
    assert report["better"] > 0.5
    measured = node.keepsake()["models"]
    assert [one["role"] for one in measured] == ["model", "challenger"]
    assert [one["answers"] for one in measured] == [50, 50]
    assert measured[0]["coverage"] == 1.0
    assert measured[1]["difference"] > 1.0

    damaged = json.loads((tmp_path / "good.json").read_text())
    damaged["numbers"]["weights"] = [1.0]
    (tmp_path / "bad.json").write_text(json.dumps(damaged))
    digest = hashlib.sha256((tmp_path / "bad.json").read_bytes()).hexdigest()
    with pytest.raises(ValueError, match="its numbers are not those of linear_model"):
        talk(RiverModel(takes=TAKES, gives=GIVES, file=str(tmp_path / "bad.json"), sha256=digest))
    with pytest.raises(ValueError, match="is another file than the one meant"):
        talk(RiverModel(takes=TAKES, gives=GIVES, file=mine["file"], sha256="0" * 64))


@pytest.mark.parametrize("written", ["1e999", "1" * 400, "1" * 5000, "NaN", '"x"', "null", "[" * 100_000])
@pytest.mark.parametrize("place", ['"intercept": 0.0', '"learned": 0'])
def test_a_document_of_anything_else_does_not_start(place: str, written: str, tmp_path: Path) -> None:
    document = json.dumps(Learner("linear_model.LinearRegression", {}, TAKES, GIVES).document())
    assert place in document
    file = tmp_path / "1.json"
    file.write_text(document.replace(place, f"{place.partition(':')[0]}: {written}"))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(ValueError, match=r"1\.json"):
        talk(RiverModel(takes=TAKES, gives=GIVES, file=str(file), sha256=digest))


def test_a_document_larger_than_any_model_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "1.json"
    with file.open("wb") as stream:
        stream.truncate(17 << 20)
    with pytest.raises(ValueError, match="has 17 MB; at most 16 are taken"):
        talk(RiverModel(takes=TAKES, gives=GIVES, file=str(file), sha256="0" * 64))


def test_nothing_is_learned_outside_its_bounds_nor_from_what_is_not_good() -> None:
    node = RiverModel(takes=TAKES, gives=GIVES)
    far, fine = Message({"speed": 99.0, "load": 0.5}), Message({"speed": 9.0, "load": 0.5})
    doubt = Message(5.0, quality="uncertain").to("truth")
    answers = talk(node, far, Message(5.0).to("truth"), fine, doubt, fine, Message(5.0).to("truth"))
    assert answers[0].quality == "uncertain"
    assert "speed 99 is outside 0 to 60" in answers[0].properties["reason"]
    assert isinstance(node._model, Learner)
    assert node._model.learned == 1
    trees = RiverModel(model="anomaly.HalfSpaceTrees", parameters=TREES, takes=TAKES, gives=SCORE)
    assert "no truth" not in str(talk(trees, far, fine)[0])
    assert isinstance(trees._model, Learner)
    assert trees._model.learned == 1
    (refused,) = talk(trees, Message(1.0).to("truth"))
    assert "not compared with a truth" in refused


def test_what_grows_beyond_all_bounds_begins_anew() -> None:
    node = RiverModel(takes=TAKES, gives=GIVES, parameters={"learning_rate": 1e6, "intercept_lr": 1e6})
    inputs: list[Message | Routed] = []
    for x, y in readings(60):
        inputs += [Message(x), Message(y).to("truth")]
    assert any("begins anew" in str(one) for one in talk(node, *inputs))
    json.dumps(node.state(), allow_nan=False)


@pytest.mark.parametrize("name", ["tree.HoeffdingTreeRegressor", "anomaly.LODA", "no.Such"])
def test_what_cannot_be_kept_as_numbers_is_refused_with_the_reason(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} cannot be kept as numbers here: river saves it by pickle only"):
        RiverModel(model=name, takes=TAKES, gives=GIVES)


def test_without_river_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "river", None)
    with pytest.raises(ValueError, match=r"pip install 'flowengine-ot\[river\]'"):
        RiverModel(takes=TAKES, gives=GIVES)


def test_options_that_fit_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="has no parameter 'depth'; it has learning_rate"):
        RiverModel(takes=TAKES, gives=GIVES, parameters={"depth": 1.0})
    with pytest.raises(ValueError, match="gives names 2 outputs"):
        RiverModel(takes=TAKES, gives={**GIVES, "more": [0.0, 1.0]})
    with pytest.raises(ValueError, match="at most 60000 nodes"):
        RiverModel(model="anomaly.HalfSpaceTrees", parameters={"n_trees": 1e4}, takes=TAKES, gives=SCORE)
    with pytest.raises(ValueError, match="takes is missing"):
        RiverModel(gives=GIVES)

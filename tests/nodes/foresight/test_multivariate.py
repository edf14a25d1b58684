from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import mahalanobis
from scipy.stats import chi2, f
from statsmodels.multivariate.pca import PCA

from flowengine import BadData, Message, Routed
from flowengine_nodes.foresight.multivariate import Model, Multivariate, _take

NAMES = ["current", "speed", "temperature"]


def plant(n: int, seed: int) -> list[dict[str, float]]:
    """Current follows speed, temperature follows current; each has noise of its own."""
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(n):
        speed = dice.normal(1000, 100)
        current = speed / 100 + dice.normal(0, 0.2)
        found.append({"speed": speed, "current": current, "temperature": 20 + 3 * current + dice.normal(0, 0.5)})
    return found


def learned(**options: Any) -> Multivariate:
    node = Multivariate(**{"names": NAMES, "baseline": 400, **options})
    for payload in plant(400, 1):
        node.process(Message(payload))
    return node


def send(node: Multivariate, payload: Any) -> list[Message | Routed]:
    return node.process(Message(payload)) or []


def test_with_every_component_it_is_the_mahalanobis_distance_of_scipy() -> None:
    points = np.array([[row[name] for name in NAMES] for row in plant(400, 1)])
    kept = {"n": 0, "mean": [0.0] * 3, "m2": [[0.0] * 3 for _ in range(3)]}
    for point in points:
        _take(kept, [float(value) for value in point])
    model = Model(kept["mean"], kept["m2"], 400, 1.0, 0.999)  # type: ignore[arg-type]
    limit = 3 * (400**2 - 1) / (400 * 397) * f.ppf(0.999, 3, 397)
    inverse = np.linalg.inv(np.cov(points.T))
    for row in plant(20, 2):
        point = [row[name] for name in NAMES]
        t2, spe, of_t2, _ = model.judge(point)
        assert t2 * limit == pytest.approx(mahalanobis(point, points.mean(axis=0), inverse) ** 2, rel=1e-9)
        assert spe == 0
        assert sum(of_t2) == pytest.approx(t2, rel=1e-9)


def test_with_some_components_both_distances_are_those_of_statsmodels() -> None:
    points = np.array([[row[name] for name in NAMES] for row in plant(400, 1)])
    around = points - points.mean(axis=0)
    model = Model(points.mean(axis=0).tolist(), (around.T @ around).tolist(), 400, 0.9, 0.95)
    deviations = points.std(axis=0, ddof=1)
    z = (points - points.mean(axis=0)) / deviations
    theirs = PCA(z, standardize=False, demean=False)
    kept, way = 1, theirs.eigenvecs[:, :1]
    variances = theirs.eigenvals / 399
    assert variances[0] / variances.sum() > 0.9
    t2_limit = kept * (400**2 - 1) / (400 * (400 - kept)) * f.ppf(0.95, kept, 400 - kept)
    rest = variances[kept:]
    spread = (rest**2).sum() / rest.sum()
    spe_limit = spread * chi2.ppf(0.95, rest.sum() / spread)  # Box, Annals of Mathematical Statistics 25 (1954) 290
    for point, row in zip(points[:20], z[:20], strict=True):
        t2, spe, _, _ = model.judge(point.tolist())
        assert t2 == pytest.approx(float((row @ way)[0]) ** 2 / variances[0] / t2_limit, rel=1e-8)
        assert spe == pytest.approx(((row - way @ (way.T @ row)) ** 2).sum() / spe_limit, rel=1e-6)


def test_usual_messages_are_within_their_limits_as_often_as_said() -> None:
    node = learned(confidence=0.95)
    beyond = [0, 0]
    for payload in plant(3000, 3):
        (out,) = [one for one in send(node, payload) if isinstance(one, Message)]
        beyond[0] += out.properties["t2"] > 1
        beyond[1] += out.properties["spe"] > 1
    assert beyond[0] / 3000 == pytest.approx(0.05, abs=0.02)
    assert beyond[1] / 3000 == pytest.approx(0.05, abs=0.02)


def test_what_looks_normal_alone_is_found_together_and_named() -> None:
    node = learned()
    odd = {"speed": 1000.0, "current": 10.0, "temperature": 47.0}  # 5 standard deviations hot for this current
    assert abs(47.0 - 50.0) < 3.1  # and yet nothing unusual among all temperatures
    sent = [one for _ in range(5) for one in send(node, odd)]
    (alarm,) = [one.msg.payload for one in sent if isinstance(one, Routed)]
    assert alarm["which"] == "spe"
    assert next(iter(alarm["contributions"])) == "temperature"
    assert sum(alarm["contributions"].values()) == pytest.approx(alarm["spe"], rel=1e-9)


def test_it_learns_first_and_anew_when_asked_and_keeps_that_over_a_restart() -> None:
    node = learned()
    other = Multivariate(names=NAMES, baseline=400)
    other.restore(node.state())
    point = plant(1, 9)[0]
    assert send(other, point) == send(node, point)
    node.on_reset(Message())
    (out,) = send(node, point)
    assert isinstance(out, Message)
    assert "t2" not in out.properties
    strange = Multivariate(names=["a", "b"], baseline=400)
    strange.restore(other.state())
    assert strange.learned == {}


def test_what_cannot_be_judged_is_said() -> None:
    node = learned()
    with pytest.raises(BadData, match="has no 'speed'"):
        send(node, {"current": 1, "temperature": 2})
    with pytest.raises(BadData, match="no object of readings"):
        send(node, 5)
    assert node.process(Message(5, quality="bad")) is None
    with pytest.raises(ValueError, match="comes twice"):
        Multivariate(names=["a", "a"])


def test_a_reading_that_stood_still_stands_out_when_it_moves() -> None:
    node = Multivariate(names=["a", "b"], baseline=50, in_a_row=1, keep=1.0)
    dice = np.random.default_rng(4)
    for _ in range(50):
        send(node, {"a": dice.normal(), "b": 7.0})
    assert any(isinstance(one, Routed) for one in send(node, {"a": 0.0, "b": 7.5}))

"""Models of river that can be kept as numbers, and how: their state is read and written number by number.

river itself saves models by pickle only, which is code that runs when it is read. So each kind is spelled out here, for
the one minor version of river that is pinned; what holds a graph of objects (Hoeffding and Mondrian trees, forests,
pipelines, nearest neighbours, LODA, one-class SVM) is refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Final, Literal

MOST_NODES: Final = 60_000
"""Nodes of half-space trees at most, over all trees: they are all kept."""

MOST_COUNTED: Final = 2**53
"""The greatest count that is kept exactly everywhere."""


def library() -> ModuleType:
    """Return river, imported when it is first needed.

    Raises:
        ValueError: it is not installed.
    """
    try:
        import river
        import river.anomaly
        import river.linear_model
        import river.optim
    except ImportError as error:
        raise ValueError(f"models of river need river: pip install 'flowengine-ot[river]' ({error})") from None
    module: ModuleType = river
    return module


@dataclass(frozen=True)
class Kind:
    """One kind of model of river."""

    task: Literal["regression", "anomaly"]
    parameters: Mapping[str, float]
    """What may be set, and what it is otherwise."""
    make: Callable[[Mapping[str, float], Sequence[str]], Any]
    """Makes one from parameters and the names of its inputs."""
    numbers: Callable[[Any], dict[str, Any]]
    """Returns all that it has learned, as plain values."""
    put: Callable[[Any, Mapping[str, Any], Sequence[str]], None]
    """Gives it back what `numbers` returned, after a check of its form."""


def kind_of(name: str) -> Kind:
    """Return the kind of a model by river's own name for it.

    Raises:
        ValueError: it cannot be kept as numbers, or is not known; says which can.
    """
    kind = KINDS.get(name)
    if kind is None:
        raise ValueError(
            f"river's {name:.80} cannot be kept as numbers here: river saves it by pickle only, which is code that runs"
            f" when it is read. These can: {', '.join(KINDS)}"
        )
    return kind


def vector(value: Any, length: int) -> list[float]:
    """Return a list of so many finite numbers.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, list) or len(value) != length:
        raise ValueError(f"expected {length} numbers")
    return [finite(one) for one in value]


def finite(value: Any) -> float:
    """Return a finite number.

    Raises:
        ValueError: it is none.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("expected a finite number")
    return value


def whole(value: Any) -> int:
    """Return a count.

    Raises:
        ValueError: it is none, or more than anything was ever counted.
    """
    if not 0 <= finite(value) <= MOST_COUNTED or value != int(value):
        raise ValueError("expected a whole number, 0 or more")
    return int(value)


# --- linear regression by stochastic gradient descent ---


def _linear(p: Mapping[str, float], names: Sequence[str]) -> Any:
    river = library()
    optimizer = river.optim.SGD(p["learning_rate"])
    model = river.linear_model.LinearRegression(optimizer, l2=p["l2"], intercept_lr=p["intercept_lr"])
    model._weights.update(dict.fromkeys(names, 0.0))
    return model


def _linear_numbers(model: Any) -> dict[str, Any]:
    weights = list(model.weights.values())
    return {"weights": weights, "intercept": float(model.intercept), "steps": model.optimizer.n_iterations}


def _linear_put(model: Any, kept: Mapping[str, Any], names: Sequence[str]) -> None:
    model._weights.update(dict(zip(names, vector(kept["weights"], len(names)), strict=True)))
    model.intercept, model.optimizer.n_iterations = finite(kept["intercept"]), whole(kept["steps"])


# --- passive-aggressive regression ---


def _passive(p: Mapping[str, float], names: Sequence[str]) -> Any:
    model = library().linear_model.PARegressor(C=p["C"], mode=2, eps=p["eps"])
    model.weights.update(dict.fromkeys(names, 0.0))
    return model


def _passive_numbers(model: Any) -> dict[str, Any]:
    return {"weights": [float(one) for one in model.weights.values()], "intercept": float(model.intercept)}


def _passive_put(model: Any, kept: Mapping[str, Any], names: Sequence[str]) -> None:
    model.weights.update(dict(zip(names, vector(kept["weights"], len(names)), strict=True)))
    model.intercept = finite(kept["intercept"])


# --- Bayesian linear regression ---


def _bayesian(p: Mapping[str, float], names: Sequence[str]) -> Any:
    model = library().linear_model.BayesianLinearRegression(p["alpha"], p["beta"], p["smoothing"] or None)
    model._ensure_features(names)
    model._m_dirty = True  # it can be asked before it has learned anything
    return model


def _bayesian_numbers(model: Any) -> dict[str, Any]:
    n = len(model._idx)
    return {
        "precision": model._ss_arr[:n, :n].tolist(),
        "covariance": model._ss_inv_arr[:n, :n].tolist(),
        "mean": model._eta_arr[:n].tolist(),
    }


def _bayesian_put(model: Any, kept: Mapping[str, Any], names: Sequence[str]) -> None:
    n = len(names)
    if not isinstance(kept["precision"], list) or not isinstance(kept["covariance"], list):
        raise ValueError("expected rows of numbers")
    precision, covariance = [[vector(row, n) for row in kept[name]] for name in ("precision", "covariance")]
    if len(precision) != n or len(covariance) != n:
        raise ValueError(f"expected {n} rows")
    model._ss_arr[:n, :n], model._ss_inv_arr[:n, :n] = precision, covariance
    model._eta_arr[:n] = vector(kept["mean"], n)
    model._m_dirty = True


# --- half-space trees ---


def _trees(p: Mapping[str, float], names: Sequence[str]) -> Any:
    trees, height, window, seed = (int(p[name]) for name in ("n_trees", "height", "window_size", "seed"))
    if trees < 1 or not 1 <= height <= 15 or window < 1 or trees * 2 ** (height + 1) > MOST_NODES:
        raise ValueError(f"half-space trees: at most {MOST_NODES} nodes over all trees, and a window of 1 at least")
    model = library().anomaly.HalfSpaceTrees(trees, height, window, seed=seed)
    model.learn_one(dict.fromkeys(names, 0.0))  # builds the trees; what it counted is taken back
    for node in (node for tree in model._tree_nodes for node in tree):
        node.l_mass = node.r_mass = 0
    model.counter, model._first_window = 0, True
    return model


def _trees_numbers(model: Any) -> dict[str, Any]:
    names = sorted(model.limits)
    inner = [[node for node in tree if hasattr(node, "threshold")] for tree in model._tree_nodes]
    return {
        "features": [[names.index(node.feature) for node in tree] for tree in inner],
        "thresholds": [[node.threshold for node in tree] for tree in inner],
        "before": [[node.r_mass for node in tree] for tree in model._tree_nodes],
        "now": [[node.l_mass for node in tree] for tree in model._tree_nodes],
        "counter": model.counter,
        "first": model._first_window,
    }


def _trees_put(model: Any, kept: Mapping[str, Any], names: Sequence[str]) -> None:
    ordered = sorted(names)
    count = len(model._tree_nodes)
    for part in ("features", "thresholds", "before", "now"):
        if not isinstance(kept[part], list) or len(kept[part]) != count:
            raise ValueError(f"{part}: expected {count} trees")
    for number, tree in enumerate(model._tree_nodes):
        inner = [node for node in tree if hasattr(node, "threshold")]
        features, thresholds = (
            vector(kept["features"][number], len(inner)),
            vector(kept["thresholds"][number], len(inner)),
        )
        for node, feature, threshold in zip(inner, features, thresholds, strict=True):
            if not 0 <= feature < len(ordered):
                raise ValueError(f"there is no input {feature}")
            node.feature, node.threshold = ordered[int(feature)], threshold
        before, now = vector(kept["before"][number], len(tree)), vector(kept["now"][number], len(tree))
        for node, old, new in zip(tree, before, now, strict=True):
            node.r_mass, node.l_mass = whole(old), whole(new)
    model.counter, model._first_window = whole(kept["counter"]), kept["first"] is True


KINDS: Final[Mapping[str, Kind]] = {
    "linear_model.LinearRegression": Kind(
        "regression",
        {"learning_rate": 0.05, "intercept_lr": 0.05, "l2": 0.0},
        _linear,
        _linear_numbers,
        _linear_put,
    ),
    "linear_model.PARegressor": Kind("regression", {"C": 0.1, "eps": 0.01}, _passive, _passive_numbers, _passive_put),
    "linear_model.BayesianLinearRegression": Kind(
        "regression", {"alpha": 1.0, "beta": 1.0, "smoothing": 0.0}, _bayesian, _bayesian_numbers, _bayesian_put
    ),
    "anomaly.HalfSpaceTrees": Kind(
        "anomaly", {"n_trees": 25, "height": 8, "window_size": 250, "seed": 42}, _trees, _trees_numbers, _trees_put
    ),
}
"""By river's own names."""

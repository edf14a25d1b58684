"""models/arx against weighted least squares of numpy and the recursive ones of statsmodels."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from statsmodels.regression.recursive_ls import RecursiveLS

from flowengine import BadData, Message, Routed
from flowengine.clock import Clock
from flowengine.store.packing import pack_value, unpack_value
from flowengine.testing import RecordingHost
from flowengine_nodes.models.arx import ArxModel
from flowengine_nodes.models.arx_equation import ArxEquation

START = 1_767_225_600.0
DELAY = 3
A, B, C = [1.5, -0.56], [[0.4, 0.1], [-0.3, 0.2]], 1.25
"""Poles at 0.7 and 0.8."""


def process(scans: int, noise: float, seed: int = 1) -> tuple[Any, Any]:
    """A process with two inputs and three scans of dead time: measurements, and inputs by scan."""
    dice = np.random.default_rng(seed)
    u, y = dice.normal(size=(scans, 2)), np.zeros(scans)
    for t in range(scans):
        y[t] = C + noise * dice.normal()
        y[t] += sum(A[i] * y[t - 1 - i] for i in range(2) if t > i)
        y[t] += sum(B[k][j] * u[t - DELAY - 1 - j, k] for k in range(2) for j in range(2) if t >= DELAY + 1 + j)
    return y, u


def equations(y: Any, u: Any) -> tuple[Any, Any]:
    """The same model as rows of numbers, written down another way: x and what it should give."""
    first = DELAY + 2
    columns = [y[first - i : len(y) - i] for i in (1, 2)]
    columns += [u[first - DELAY - j : len(y) - DELAY - j, k] for k in (0, 1) for j in (1, 2)]
    return np.column_stack([*columns, np.ones(len(y) - first)]), y[first:]


def learned(y: Any, u: Any, forget: float) -> tuple[ArxEquation, list[float]]:
    model = ArxEquation(2, 2, 2, DELAY, forget)
    errors = [model.take(float(a), b.tolist()) for a, b in zip(y, u, strict=True)]
    assert [error is None for error in errors] == [True] * (DELAY + 2) + [False] * (len(y) - DELAY - 2)
    return model, [error for error in errors if error is not None]


@pytest.mark.parametrize("forget", [1.0, 0.99, 0.95])
def test_its_parameters_are_those_of_weighted_least_squares_to_1e_9(forget: float) -> None:
    y, u = process(300, 0.5)
    model, _ = learned(y, u, forget)
    x, wanted = equations(y, u)
    weights = forget ** np.arange(len(wanted) - 1, -1, -1)
    begun = np.eye(7) * (forget ** len(wanted) / 1e3)  # what is known at the beginning: nearly nothing
    expected = np.linalg.solve((x.T * weights) @ x + begun, (x.T * weights) @ wanted)
    assert model.squares.theta == pytest.approx(expected.tolist(), rel=1e-9, abs=1e-9)


def test_its_one_step_errors_are_the_recursive_residuals_of_statsmodels() -> None:
    y, u = process(200, 0.5)
    x, wanted = equations(y, u)
    _, errors = learned(y, u, 1.0)
    theirs = RecursiveLS(wanted, x).fit()
    # Theirs begin with nothing known at all, ours with a variance of 1000: that fades as 1/n.
    steps = theirs.forecasts_error[0]
    assert errors[100:] == pytest.approx(steps[100:].tolist(), abs=2e-3)


def test_without_noise_it_finds_the_process_and_knows_where_it_goes() -> None:
    y, u = process(4000, 0.0)
    u[2000:] = u[2000]
    # the same process, with the inputs held from there on
    for t in range(2001, 4000):
        y[t] = C + A[0] * y[t - 1] + A[1] * y[t - 2]
        y[t] += sum(B[k][j] * u[t - DELAY - 1 - j, k] for k in range(2) for j in range(2))
    model, errors = learned(y[:2001], u[:2001], 1.0)
    a, b, c = model.parts()
    assert a == pytest.approx(A, abs=1e-4)
    assert b == [pytest.approx(row, abs=1e-4) for row in B]
    assert c == pytest.approx(C, abs=1e-3)
    assert abs(errors[-1]) < 1e-4
    assert model.ahead(1) == pytest.approx(y[2001], abs=1e-3)
    assert model.ahead(25) == pytest.approx(y[2025], abs=1e-2)
    assert model.gains() == [pytest.approx(0.5 / 0.06, rel=1e-2), pytest.approx(-0.1 / 0.06, rel=1e-2)]


# --- the node ---


def made(**options: Any) -> ArxModel:
    chosen: dict[str, Any] = {"order": 2, "input_order": 2, "dead_time": 3.0, "forget": 1e4, "least": 20}
    node = ArxModel(**{"acting": ["heater", "door"], **chosen, **options})
    node._host = RecordingHost(Clock())  # type: ignore[misc]
    return node


def scan(node: ArxModel, t: float, y: Any, u: Any, quality: Any = "good") -> dict[str, Any]:
    """Give a node its inputs and then its measurement; gives what leaves by port."""
    for topic, value in zip(node.acting, u, strict=True):
        good = value is not None
        node.on_input(Message(value, topic=topic, time=START + t, quality="good" if good else "bad"))
    sent = node.process(Message(y, topic="oven", time=START + t, quality=quality))
    assert all(isinstance(one, Routed) for one in sent)
    return {one.port: one.msg for one in sent}


def fed(node: ArxModel, y: Any, u: Any, first: int = 0) -> list[dict[str, Any]]:
    return [scan(node, first + t, float(y[t]), u[t].tolist()) for t in range(len(y))]


def test_the_error_of_a_scan_is_the_reading_less_what_was_said_before_it() -> None:
    y, u = process(120, 0.5)
    found = fed(made(), y, u)
    assert [bool(one) for one in found] == [False] * 24 + [True] * 96  # 5 scans of history, 20 equations
    for before, now, real in zip(found[30:], found[31:], y[31:], strict=False):
        assert now["residual"].payload == pytest.approx(real - before["out"].payload, abs=1e-12)


def test_the_report_names_inputs_and_tells_how_good_the_model_is() -> None:
    y, u = process(400, 0.1)
    report = [one["report"].payload for one in fed(made(span=1000), y, u) if "report" in one][-1]
    assert report["b"]["heater"] == pytest.approx(B[0], abs=0.05)
    assert report["gain"]["door"] == pytest.approx(-0.1 / 0.06, abs=0.6)
    assert report["rmse"] == pytest.approx(0.1, rel=0.25)  # the noise itself, and what was still to be learned
    assert report["count"] > 300


@pytest.mark.parametrize("fault", ["bad", "nan", "gap", "input bad"])
def test_a_scan_that_is_not_whole_interrupts_and_teaches_nothing(fault: str) -> None:
    y, u = process(140, 0.1)
    node = made()
    fed(node, y[:100], u[:100])
    known = list(node._model.squares.theta)
    first = 100
    if fault == "gap":
        first = 110
    elif fault == "input bad":
        assert scan(node, 100, 1.0, [0.0, None]) == {}
        first = 101
    else:
        assert scan(node, 100, math.nan if fault == "nan" else 1e6, [0, 0], "good" if fault == "nan" else "bad") == {}
        first = 101
    for t in range(DELAY + 1):
        assert scan(node, first + t, 1e5 + t, [1e5, 1e5]) == {}
    assert node._model.squares.theta == known


def test_an_uncertain_scan_counts_and_its_prediction_is_uncertain() -> None:
    y, u = process(101, 0.1)
    node = made()
    fed(node, y[:100], u[:100])
    sent = scan(node, 100, float(y[100]), u[100].tolist(), "uncertain")
    assert sent["out"].quality == sent["residual"].quality == "uncertain"


def test_a_late_reading_and_a_strange_topic_are_refused_with_a_reason() -> None:
    node = made()
    scan(node, 5, 1.0, [0, 0])
    with pytest.raises(BadData, match="0 s older than the last one"):
        scan(node, 5, 1.0, [0, 0])
    with pytest.raises(BadData, match=r"'window' is none of those that act: heater, door"):
        node.on_input(Message(1.0, topic="window"))


def test_numbers_beyond_all_bounds_make_it_begin_anew() -> None:
    y, u = process(60, 0.1)
    node = made()
    fed(node, y, u)
    with pytest.raises(BadData, match="begins anew"):
        scan(node, 60, 1e150, [0, 0])
    again = [m.get("out") for m in fed(node, y, u, 61)]
    assert [None if out is None else out.payload for out in again] == [
        None if out is None else out.payload for out in [m.get("out") for m in fed(made(), y, u, 61)]
    ]


def test_a_process_that_runs_away_is_not_foretold_beyond_all_bounds() -> None:
    node = made(acting=[], order=1, dead_time=0, horizon=1000, least=20)
    for n in range(21):
        scan(node, n, 2.0**n, [])
    with pytest.raises(BadData, match="grows beyond all bounds within 1000 scans"):
        scan(node, 21, 2.0**21, [])


def test_after_a_restart_it_goes_on_and_with_another_model_it_begins_anew() -> None:
    y, u = process(80, 0.5)
    one, other, third = made(), made(), made(order=3)
    fed(one, y[:60], u[:60])
    kept = pack_value(one.state())  # as on disk
    other.restore(unpack_value(kept))
    third.restore(unpack_value(kept))
    assert [m["out"] for m in fed(other, y[60:], u[60:], 60)] == [m["out"] for m in fed(one, y[60:], u[60:], 60)]
    assert third._learned == 0


def test_without_inputs_it_is_an_autoregressive_model() -> None:
    node = made(acting=[], order=2, dead_time=0)
    wave = [math.sin(t / 5) for t in range(200)]
    found = [scan(node, t, x, []) for t, x in enumerate(wave)]
    assert found[150]["out"].payload == pytest.approx(wave[151], abs=1e-3)


def test_options_that_say_nothing_are_refused() -> None:
    with pytest.raises(ValueError, match="stands twice"):
        made(acting=["a", "a"])
    with pytest.raises(ValueError, match="take a longer scan"):
        made(dead_time=1e6)
    with pytest.raises(ValueError, match="61 parameters, 60 at most"):
        made(order=20, input_order=20)

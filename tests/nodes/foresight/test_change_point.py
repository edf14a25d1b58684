"""foresight/change-point against river's Page-Hinkley test, and on steps whose place is known, of public data too."""

from __future__ import annotations

import random
from typing import Any, Literal

import pytest
from river import drift
from statsmodels.datasets import nile

from flowengine import Message
from flowengine.testing import messages_of
from flowengine_nodes.foresight.change_point import ChangePoint

START = 1e9


def stepped(seed: int, shift: float, at: int = 300, count: int = 600) -> list[float]:
    dice = random.Random(seed)
    return [dice.gauss(10 + (shift if n >= at else 0), 1) for n in range(count)]


def run(node: ChangePoint, numbers: list[float]) -> list[tuple[int, dict[str, Any]]]:
    inputs = [Message(x, time=START + n) for n, x in enumerate(numbers)]
    return [(round(r.msg.time - START), r.msg.payload) for r in messages_of(node, *inputs) if r.port == "alarm"]


@pytest.mark.parametrize("seed", range(8))
def test_page_hinkley_alarms_where_river_does(seed: int) -> None:
    numbers = stepped(seed, 2.0)
    test = drift.PageHinkley(min_instances=30, delta=0.1, threshold=40, alpha=1.0, mode="both")
    expected = []
    for n, value in enumerate(numbers):
        test.update(value)
        if test.drift_detected:
            expected.append(n)
    found = run(ChangePoint(delta=0.1, threshold=40), numbers)
    assert [n for n, _ in found] == expected


@pytest.mark.parametrize("method", ["page-hinkley", "cusum"])
def test_the_alarm_says_since_when_and_from_what_to_what(method: Literal["page-hinkley", "cusum"]) -> None:
    options = {"delta": 0.5, "threshold": 20.0} if method == "page-hinkley" else {"slack": 0.5, "threshold": 8.0}
    for seed in range(5):
        (n, evidence), *_ = run(ChangePoint(method=method, **options), stepped(seed, 3.0))  # type: ignore[arg-type]
        assert 300 <= n < 325
        assert evidence["direction"] == "up"
        assert evidence["since"] - START == pytest.approx(300, abs=12)
        assert evidence["before"] == pytest.approx(10, abs=0.6)
        assert evidence["after"] == pytest.approx(13, abs=1.5)  # a few readings of before may be among them


@pytest.mark.parametrize("baseline", [10, 15, 20, 25])
def test_the_nile_fell_in_1899(baseline: int) -> None:
    # Public data: volumes at Aswan 1871 to 1970, of statsmodels. Cobb, Biometrika 65 (1978) 243: lower from 1899 on.
    flow = nile.load().data
    inputs = [Message(float(volume), time=float(year)) for year, volume in zip(flow.year, flow.volume, strict=True)]
    node = ChangePoint(method="cusum", baseline=baseline, threshold=5)
    (alarm,) = [r.msg.payload for r in messages_of(node, *inputs) if r.port == "alarm"]
    assert (alarm["direction"], alarm["since"]) == ("down", 1899.0)


def test_changes_in_a_direction_that_does_not_matter_are_left_alone() -> None:
    assert run(ChangePoint(delta=0.5, threshold=20, direction="up"), stepped(1, -3.0)) == []
    assert run(ChangePoint(delta=0.5, threshold=20, direction="down"), stepped(1, -3.0))


def test_bad_readings_are_left_out_and_state_is_whole() -> None:
    numbers = stepped(2, 3.0)
    expected = run(ChangePoint(delta=0.5, threshold=20), numbers)
    node, found = ChangePoint(delta=0.5, threshold=20), list[Any]()
    for n, x in enumerate(numbers):
        again = ChangePoint(delta=0.5, threshold=20)
        again.restore(node.state())
        node = again
        assert node.process(Message(None, quality="bad")) is None
        found += [r for r in node.process(Message(x, time=START + n)) or [] if not isinstance(r, Message)]
    assert [r.msg.payload for r in found] == [payload for _, payload in expected]

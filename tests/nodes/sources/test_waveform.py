import statistics
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowengine_nodes.sources.waveform import Shape, waveform


def values(shape: Shape, at: list[float], **options: object) -> list[float]:
    made = waveform(shape, **{"amplitude": 2.0, "offset": 10.0, "period": 8.0, **options})  # type: ignore[arg-type]
    return [made(t) for t in at]


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ("sine", [10, 12, 10, 8, 10]),
        ("square", [12, 12, 8, 8, 12]),
        ("triangle", [10, 12, 10, 8, 10]),
        ("ramp", [8, 9, 10, 11, 8]),
    ],
)
def test_a_periodic_shape_has_its_values_at_the_quarters(shape: Shape, expected: list[float]) -> None:
    assert values(shape, [0, 2, 4, 6, 8]) == pytest.approx(expected, abs=1e-6)


def test_steps_take_their_levels_in_turn() -> None:
    assert values("steps", [0, 1.9, 2, 4, 6, 8], levels=[1, 2, 3, 4]) == [1, 1, 2, 3, 4, 1]


def test_noise_has_the_asked_deviation_and_repeats_with_its_seed() -> None:
    found = values("noise", [float(n) for n in range(5000)], seed=3)
    assert statistics.mean(found) == pytest.approx(10, abs=0.2)
    assert statistics.stdev(found) == pytest.approx(2, rel=0.1)
    assert found == values("noise", [float(n) for n in range(5000)], seed=3)
    assert found != values("noise", [float(n) for n in range(5000)], seed=4)


def test_noise_is_added_to_any_shape() -> None:
    found = values("square", [0.5] * 2000, noise=0.5)
    assert statistics.mean(found) == pytest.approx(12, abs=0.1)
    assert statistics.stdev(found) == pytest.approx(0.5, rel=0.15)


@given(st.integers(0, 1000))
def test_the_random_walk_stays_inside_and_moves_in_small_steps(seed: int) -> None:
    found = values("random-walk", [float(n) for n in range(300)], seed=seed)
    assert all(8 <= value <= 12 for value in found)
    assert max(abs(b - a) for a, b in pairwise(found)) < 1.0
